import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder, type CliProcess } from '../support/cli.js';

const RESEARCH = join(ROOT, 'pipelines/research.yaml');

afterAll(cleanUp);

async function startServer(cwd: string): Promise<{ server: CliProcess; address: string }> {
  const server = startCli(['server', '--json', '--listen', '127.0.0.1:0'], { cwd });
  const [, address = ''] = await server.until(/"address":"([^"]+)"/);
  return { server, address };
}

describe.concurrent('server and worker', { timeout: 60_000 }, () => {
  test('run --server leaves the work to the workers there; --detach prints the id; SIGTERM drains', async () => {
    const cwd = temporaryFolder();
    const { server, address } = await startServer(cwd);
    const worker = startCli(['worker', RESEARCH, '--json', '--server', address], { cwd });
    await worker.until(/"event":"ready"/);
    const inputs = ['-i', 'query=What is a lease?', '-i', `docs=${join(ROOT, 'docs')}`];
    const run = await runCli(['run', RESEARCH, ...inputs, '--server', address, '--json'], { cwd });
    expect(run.code).toBe(0);
    expect(worker.stdout).toContain('"event":"committed"');
    const detached = await runCli(['run', RESEARCH, ...inputs, '--server', address, '--detach'], { cwd });
    expect(detached.stdout).toMatch(/^exec-\S+\n$/);
    const follow = await runCli(['events', detached.stdout.trim(), '--follow', '--json'], {
      cwd,
      env: { NEXUM_SERVER: address },
    });
    expect(follow.stdout.trim().split('\n').at(-1)).toContain('execution_completed');
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('a second server on the folder, and a run there, name the first and the cure; commands find the first', async () => {
    const cwd = temporaryFolder();
    const { address } = await startServer(cwd);
    const second = await runCli(['server', '--listen', '127.0.0.1:0'], { cwd });
    expect(second.code).toBe(6);
    expect(second.stderr).toContain(`in use by the server at ${address}`);
    const run = await runCli(['run', RESEARCH, '-i', 'query=x'], { cwd });
    expect(run.code).toBe(6);
    expect(run.stderr).toContain(`--server ${address}`);
    expect(await runCli(['ps', '--json'], { cwd })).toMatchObject({ code: 0, stdout: '{"executions":[]}\n' });
  });

  test('a second signal ends a worker at once', async () => {
    const cwd = temporaryFolder();
    const { address } = await startServer(cwd);
    const worker = startCli(['worker', '--server', address], { cwd });
    await worker.until(/ready/);
    worker.kill('SIGINT');
    worker.kill('SIGINT');
    expect((await worker.ended).code).toBe(130);
  });

  test('pause and resume change the status', async () => {
    const cwd = temporaryFolder();
    const { address } = await startServer(cwd);
    const started = await runCli(['run', RESEARCH, '-i', 'query=x', '--server', address, '--detach'], { cwd });
    const id = started.stdout.trim();
    expect((await runCli(['pause', id, '--json'], { cwd })).stdout).toContain('"status":"PAUSED"');
    expect((await runCli(['resume', id], { cwd })).stdout).toContain('RUNNING');
  });

  test('CRASH_AFTER with an unknown node is refused', async () => {
    const cwd = temporaryFolder();
    const { address } = await startServer(cwd);
    const args = ['worker', RESEARCH, '--server', address];
    const { code, stderr } = await runCli(args, { cwd, env: { CRASH_AFTER: 'validat' } });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean validate?');
  });

  test('dev says where it is, and registers the pipelines', async () => {
    const cwd = temporaryFolder();
    const dev = startCli(['dev', RESEARCH, '--listen', '127.0.0.1:0'], { cwd });
    const [, address = ''] = await dev.until(/ready on (\S+) in \d+ ms/);
    await dev.until(/nexum run \S+research.yaml -i query="..." --server \S+\n/);
    const inputs = ['-i', 'query=What is a lease?', '--docs', join(ROOT, 'docs')];
    expect((await runCli(['run', RESEARCH, ...inputs, '--server', address], { cwd })).code).toBe(0);
    dev.kill('SIGINT');
    expect((await dev.ended).code).toBe(130);
  });
});
