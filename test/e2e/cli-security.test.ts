/** TLS, client certificates and tokens through the real command: who gets in, who does not, and what they are told. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NexumClient } from '../../src/rpc/client.js';
import type { ClientTls } from '../../src/rpc/connection.js';
import type * as HeartbeatModule from '../../src/worker/heartbeat.js';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder, type CliProcess, type CliResult } from '../support/cli.js';
import { tlsFile, tlsText } from '../support/tls-fixtures.js';

const RESEARCH = join(ROOT, 'pipelines/research.yaml');
const INPUTS = ['-i', 'query=What is a lease?', '-i', `docs=${join(ROOT, 'docs')}`];
const ROLES = ['admin', 'client', 'worker', 'read'] as const;
const SERVER_TLS = ['--tls-cert', tlsFile('server.pem'), '--tls-key', tlsFile('server-key.pem')];
const CA = ['--tls-ca', tlsFile('ca.pem')];
const CLIENT_TLS = [...CA, '--tls-cert', tlsFile('client.pem'), '--tls-key', tlsFile('client-key.pem')];

const cwd = temporaryFolder();
const tokens = join(cwd, 'tokens');
let server: CliProcess;
let address = '';

beforeAll(async () => {
  writeFileSync(tokens, ROLES.map((role) => `${role} test-${role} ${tokenOf(role)}\n`).join(''), { mode: 0o600 });
  server = startCli(
    [
      'server',
      '--json',
      '--listen',
      '0.0.0.0:0',
      '--data-dir',
      'secured',
      '--tokens-file',
      tokens,
      ...SERVER_TLS,
      ...CA,
    ],
    { cwd },
  );
  const [, port = ''] = await server.until(/"address":"0\.0\.0\.0:(\d+)"/);
  address = `localhost:${port}`;
});

afterAll(cleanUp);

function tokenOf(role: string): string {
  return `token-of-${role}-0123456789`;
}

function ps(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runCli(['ps', '--json', '--server', address, ...args], { cwd, env });
}

/** Whether a client with these settings is answered, or why not. */
async function answer(tls: ClientTls | undefined, at = address): Promise<string> {
  const client = new NexumClient({ addresses: [at], token: tokenOf('read'), ...(tls ? { tls } : {}) });
  try {
    return (await client.call('GetServerInfo', {}, { timeoutMs: 20_000 })).version;
  } catch (error) {
    return String(error);
  } finally {
    client.close();
  }
}

describe('a server with TLS, client certificates and tokens', { timeout: 60_000 }, () => {
  const ca = tlsText('ca.pem');
  const own = { cert: tlsText('client.pem'), key: tlsText('client-key.pem') };

  test('answers those who have all three, by name and by address', async () => {
    expect(await answer({ ca, ...own })).toMatch(/^\d+\.\d+\.\d+/);
    expect(await answer({ ca, ...own }, address.replace('localhost', '127.0.0.1'))).toMatch(/^\d+\.\d+\.\d+/);
    expect(await ps(CLIENT_TLS, { NEXUM_TOKEN: tokenOf('read') })).toMatchObject({
      code: 0,
      stdout: '{"executions":[]}\n',
    });
  });

  test.each([
    ['no TLS', undefined],
    ['no certificate of its own', { ca }],
    ['a certificate of its own making', { ca, cert: tlsText('stranger.pem'), key: tlsText('stranger-key.pem') }],
    ['another idea of whom to trust', { ...own }],
  ])('does not answer a client with %s', async (_name, tls) => {
    expect(await answer(tls)).toContain('no server answers at');
  });

  test('says what is wrong with the certificate', async () => {
    expect(await answer({ ...own })).toContain('the CA of its certificate is not trusted: name it with --tls-ca');
  });

  test('a certificate for another name is not accepted', async () => {
    const client = new NexumClient(
      { addresses: [address.replace('localhost', 'evil.test')], token: tokenOf('read'), tls: { ca, ...own } },
      { lookup: () => Promise.resolve(['127.0.0.1', '127.0.0.2']) },
    );
    const refused = client.call('GetServerInfo', {}, { timeoutMs: 20_000 });
    await expect(refused).rejects.toThrow(/evil\.test/);
    client.close();
    const named = new NexumClient(
      { addresses: [address.replace('localhost', 'nexum.test')], token: tokenOf('read'), tls: { ca, ...own } },
      { lookup: () => Promise.resolve(['127.0.0.1', '127.0.0.2']) },
    );
    expect(await named.call('GetServerInfo', {})).toMatchObject({ version: expect.any(String) as string });
    named.close();
  });

  test('no token, a wrong one and one of a weak role: exit 4, with the cure', async () => {
    const none = await ps(CLIENT_TLS);
    expect(none.code).toBe(4);
    expect(JSON.parse(none.stderr)).toMatchObject({
      error: { code: 'UNAUTHENTICATED', fix: expect.stringContaining('NEXUM_TOKEN') as string },
    });
    const wrong = await ps(CLIENT_TLS, { NEXUM_TOKEN: 'wrong-token-0123456789' });
    expect(wrong.code).toBe(4);
    expect(wrong.stderr + wrong.stdout).not.toContain('wrong-token');
    const weak = await runCli(['run', RESEARCH, ...INPUTS, '--json', '--server', address, ...CLIENT_TLS], {
      cwd,
      env: { NEXUM_TOKEN: tokenOf('read') },
    });
    expect(weak.code).toBe(4);
    expect(weak.stderr).toContain(
      'the token of test-read has the role read, and RegisterWorkflow needs admin or client',
    );
    const worker = await runCli(['worker', '--server', address, ...CLIENT_TLS], { cwd });
    expect(worker.code).toBe(4);
    expect(worker.stderr).toContain('UNAUTHENTICATED');
  });

  test('a worker with its durable calls, and a run, from start to result', async () => {
    const env = {
      NEXUM_TLS_CA: tlsFile('ca.pem'),
      NEXUM_TLS_CERT: tlsFile('client.pem'),
      NEXUM_TLS_KEY: tlsFile('client-key.pem'),
      NEXUM_SERVER: address,
    };
    const tokenFile = join(cwd, 'worker-token');
    writeFileSync(tokenFile, `${tokenOf('worker')}\n`);
    const worker = startCli(['worker', RESEARCH, '--json'], {
      cwd,
      env: { ...env, NEXUM_TOKEN_FILE: tokenFile },
    });
    await worker.until(/"event":"ready"/);
    const run = await runCli(['run', RESEARCH, ...INPUTS, '--json'], {
      cwd,
      env: { ...env, NEXUM_TOKEN: tokenOf('client') },
    });
    expect(run).toMatchObject({ code: 0 });
    const report = JSON.parse(run.stdout) as { status: string; nodes: { attempts: number }[] };
    expect(report.status).toBe('COMPLETED');
    expect(report.nodes.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    expect(worker.stdout).toContain('"event":"call"');
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    for (const text of [server.stdout, server.stderr, worker.stdout, worker.stderr, run.stdout, run.stderr]) {
      expect(text).not.toMatch(/token-of-|PRIVATE KEY/);
    }
  });

  test('heartbeats from their own thread', async () => {
    // From the build: a thread starts from a file, and that file is JavaScript.
    const built = pathToFileURL(join(ROOT, 'dist/worker/heartbeat.js')).href;
    const { Heartbeat } = (await import(built)) as typeof HeartbeatModule;
    const connection = { addresses: [address], token: tokenOf('worker'), tls: { ca, ...own } };
    // Only a server that was asked can say that it does not know this task.
    const stale = await new Promise<readonly string[]>((resolve) => {
      const heartbeat = new Heartbeat({ connection, workerId: 'w' }, (taskIds) => {
        void heartbeat.stop().then(() => resolve(taskIds));
      });
      heartbeat.hold([{ taskId: 'task-unknown', leaseMs: 1500 }]);
    });
    expect(stale).toEqual(['task-unknown']);
  });

  test('doctor says whether the token is right', async () => {
    const check = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
      const { stdout } = await runCli(['doctor', '--json', '--server', address, ...CLIENT_TLS], { cwd, env });
      const { checks } = JSON.parse(stdout) as { checks: { name: string }[] };
      return checks.find(({ name }) => name === 'Server');
    };
    expect(await check({ NEXUM_TOKEN: tokenOf('read') })).toMatchObject({ status: 'ok' });
    expect(await check({})).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('answers, but: the call carries no token') as string,
      fix: expect.stringContaining('NEXUM_TOKEN') as string,
    });
  });

  test('a command on its data folder finds it, and says that it talks TLS', async () => {
    const env = { NEXUM_TOKEN: tokenOf('read') };
    const plain = await runCli(['ps', '--data-dir', 'secured'], { cwd, env });
    expect(plain.code).toBe(7);
    expect(plain.stderr).toContain('talks TLS: add --tls-ca');
  });
});

describe('where a server may listen', { timeout: 60_000 }, () => {
  test.each([
    ['both', [], 'the server has no TLS (--tls-cert and --tls-key) and no tokens (--tokens-file)'],
    ['TLS', ['--tokens-file', tokens], 'the server has no TLS (--tls-cert and --tls-key)'],
    ['tokens', SERVER_TLS, 'the server has no tokens (--tokens-file)'],
  ])('beyond loopback: %s missing is refused, and says so', async (_name, args, missing) => {
    for (const command of ['server', 'dev']) {
      const at = temporaryFolder();
      const refused = await runCli([command, '--json', '--listen', '0.0.0.0:0', ...args], { cwd: at });
      expect(refused.code).toBe(2);
      const { error } = JSON.parse(refused.stderr) as { error: { code: string; message: string; fix: string } };
      expect(error.code).toBe('INSECURE_LISTEN');
      expect(error.message).toMatch(new RegExp(`${missing.replace(/[()]/g, '\\$&')}$`));
      expect(error.fix).toContain('--insecure');
    }
  });

  test('--insecure listens all the same, with a warning', async () => {
    const open = startCli(['server', '--listen', '0.0.0.0:0', '--insecure'], { cwd: temporaryFolder() });
    await open.until(/warning: 0\.0\.0\.0:0 can be reached from other machines, and the server has no TLS/);
    await open.until(/listening on/);
    open.kill('SIGTERM');
    expect((await open.ended).code).toBe(0);
  });

  test('dev with tokens and --insecure: its own worker gets in, and so does a command on its data folder', async () => {
    const at = temporaryFolder();
    const open = ['--listen', '0.0.0.0:0', '--insecure', '--tokens-file', tokens];
    const dev = startCli(['dev', RESEARCH, ...open], { cwd: at });
    await dev.until(/no TLS \(--tls-cert and --tls-key\)\n[^]*ready on 0\.0\.0\.0:/);
    const env = { NEXUM_TOKEN: tokenOf('client') };
    const executions = await runCli(['ps', '--json'], { cwd: at, env });
    expect(executions).toMatchObject({ code: 0, stdout: '{"executions":[]}\n' });
    expect((await runCli(['ps', '--json'], { cwd: at })).code).toBe(4);
    dev.kill('SIGTERM');
    await dev.ended;
  });

  test('dev listens for other machines with TLS and tokens, and its own worker gets in', async () => {
    const at = temporaryFolder();
    const env = { NEXUM_TOKENS_FILE: tokens };
    const dev = startCli(['dev', RESEARCH, '--listen', '0.0.0.0:0', ...SERVER_TLS, ...CA], { cwd: at, env });
    const [, port = ''] = await dev.until(/ready on 0\.0\.0\.0:(\d+)/);
    const run = await runCli(['run', RESEARCH, ...INPUTS, '--json', '--server', `localhost:${port}`, ...CLIENT_TLS], {
      cwd: at,
      env: { NEXUM_TOKEN: tokenOf('client') },
    });
    expect(run).toMatchObject({ code: 0 });
    dev.kill('SIGTERM');
    await dev.ended;
  });
});

describe('files and options', { timeout: 60_000 }, () => {
  const key = ['--tls-key', tlsFile('server-key.pem')];

  test.each([
    [
      'a certificate without a key',
      ['--tls-cert', tlsFile('server.pem')],
      '--tls-cert names a certificate, but there is no key',
    ],
    ['a key without a certificate', key, '--tls-key names a key, but there is no certificate'],
    ['a missing file', ['--tls-cert', 'missing.pem', ...key], 'cannot read missing.pem (--tls-cert)'],
    ['a certificate that is none', ['--tls-cert', RESEARCH, ...key], 'is no certificate in PEM'],
    ['a key that is none', ['--tls-cert', tlsFile('server.pem'), '--tls-key', RESEARCH], 'is no private key in PEM'],
    [
      'the key of another certificate',
      ['--tls-cert', tlsFile('client.pem'), ...key],
      'does not belong to the certificate',
    ],
    ['a CA for clients, but no TLS', CA, '--tls-ca asks clients for certificates, but the server has none'],
    ['an option of clients', ['--tls'], '--tls is for clients'],
    ['the token of a client', ['--token-file', tokens], 'a server takes --tokens-file'],
    ['a missing tokens file', ['--tokens-file', 'missing'], 'cannot read the tokens file missing'],
  ])('%s: a server ends with exit 2 and names it', async (_name, args, message) => {
    const { code, stderr } = await runCli(['server', '--listen', '127.0.0.1:0', ...args], { cwd: temporaryFolder() });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('a token never travels in clear to another machine, unless --insecure', async () => {
    const env = { NEXUM_TOKEN: tokenOf('read'), NEXUM_SERVER: 'nexum.test:50051,127.0.0.1:1' };
    const { code, stderr } = await runCli(['ps', '--json'], { cwd, env });
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'INSECURE_TOKEN', message: 'the token would travel to nexum.test:50051 without encryption' },
    });
    const insecure = { addresses: ['nexum.test:50051'], token: tokenOf('read'), insecure: true };
    const client = new NexumClient(insecure);
    client.close();
  });

  test('a tokens file that others can read is reported', async () => {
    const at = temporaryFolder();
    const open = join(at, 'open');
    copyFileSync(tokens, open);
    chmodSync(open, 0o644);
    const loose = startCli(['server', '--listen', '127.0.0.1:0', '--tokens-file', open], { cwd: at });
    await loose.until(/warning: .*open can be read by other users of this machine/);
    expect(readFileSync(open, 'utf8')).toContain(tokenOf('read'));
    loose.kill('SIGTERM');
    await loose.ended;
  });

  test('--address means --server, and only one of them may be given', async () => {
    const { code, stderr } = await runCli(['worker', '--server', 'a:1', '--address', 'b:1'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('--address means the same as --server');
    const bad = await runCli(['worker', '--address', 'a:1,b'], { cwd });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('not an address: "b"');
  });
});
