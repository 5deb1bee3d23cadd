/** Looking at pipelines, versions, executions and workers through the real command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, runCli, startCli, temporaryFolder, type CliResult } from '../support/cli.js';

const HANDLERS = `export default {
  fail: async () => { throw Object.assign(new Error('the disk is on fire'), { name: 'NonRetryableError' }); },
};
`;
const GREET = `name: greet
inputs: { who: { type: string, default: you } }
nodes:
  last: { needs: [first], uses: text.template, with: { text: '\${{ nodes.first.output }}!' } }
  first: { uses: text.template, with: { text: 'Hello \${{ inputs.who }}' } }
`;
const SAFE = GREET.replace('who: { type', 'loud: { type: boolean, default: false }, who: { type');
const BREAKING = GREET.replaceAll('first', 'start');
const FAIL = `name: fail
nodes:
  fine: { uses: text.template, with: { text: one } }
  boom: { needs: [fine], uses: fail, retry: { max_attempts: 1 } }
`;
const SLOW = 'name: slow\nnodes:\n  nap: { wait: 1h }\n';
const ASK = "name: ask\nnodes:\n  sure: { approval: { message: 'Really?' } }\n";
const GPU =
  'name: gpu\nnodes:\n  heavy: { uses: text.template, queue: gpu, with: { text: done } }\noutput: ${{ nodes.heavy.output }}\n';

afterAll(cleanUp);

function folder(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

async function json<T>(result: Promise<CliResult>): Promise<T> {
  return JSON.parse((await result).stdout) as T;
}

interface Diff {
  readonly compatibility: string;
  readonly changes: readonly { readonly breaking: boolean; readonly node: string | null }[];
}

describe.concurrent('looking', { timeout: 60_000 }, () => {
  test('plan, diff and versions of a pipeline, before and after it is registered', async () => {
    const cwd = folder({ 'greet.yaml': GREET, 'safe.yaml': SAFE, 'breaking.yaml': BREAKING });
    const cli = (...args: string[]): Promise<CliResult> => runCli(args, { cwd });
    const plan = await json<{ nodes: { node: string }[]; versionHash: string; compatibility: string }>(
      cli('plan', 'greet.yaml', '--data-dir', 'nothing', '--json'),
    );
    expect(plan.compatibility).toBe('unknown (no server)');
    expect(plan.nodes).toMatchObject([
      { node: 'first', type: 'EFFECT', needs: [], handler: 'text.template' },
      { node: 'last', needs: ['first'] },
    ]);
    expect((await cli('run', 'greet.yaml')).code).toBe(0);

    const after = await cli('plan', 'greet.yaml');
    expect(after.stdout).toMatch(/compatibility +IDENTICAL/);
    const ir = await json<{ nodes: object }>(cli('plan', 'greet.yaml', '--ir'));
    expect(Object.keys(ir.nodes).sort()).toEqual(['first', 'last']);
    expect(await json<Diff>(cli('diff', 'safe.yaml', '--json'))).toMatchObject({ compatibility: 'SAFE' });
    expect((await cli('diff', 'safe.yaml', '--exit-code')).code).toBe(0);
    const breaking = await cli('diff', 'breaking.yaml', '--exit-code', '--json');
    expect(breaking.code).toBe(1);
    const { compatibility, changes } = JSON.parse(breaking.stdout) as Diff;
    expect(compatibility).toBe('BREAKING');
    expect(changes[0]).toMatchObject({ breaking: true, node: 'first' });

    expect((await cli('run', 'breaking.yaml')).code).toBe(0);
    const registered = await json<{ versions: { versionHash: string; compatibility: string; reasons: string[] }[] }>(
      cli('versions', 'greet', '--json'),
    );
    expect(registered.versions).toMatchObject([
      { compatibility: 'BREAKING' },
      { compatibility: 'NEW', versionHash: plan.versionHash },
    ]);
    expect(registered.versions[0]?.reasons).toContain('node first: was removed');
    const text = await cli('diff', 'greet', plan.versionHash.slice(7, 17));
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('! BREAKING  node first: was removed');
    expect((await cli('versions', 'nothing')).code).toBe(5);
  });

  test('logs, wait and watch of executions that have ended, sleep, or wait for a person', async () => {
    const cwd = folder({
      'handlers.mjs': HANDLERS,
      'fail.yaml': FAIL,
      'slow.yaml': SLOW,
      'ask.yaml': ASK,
      'greet.yaml': GREET,
    });
    const cli = (...args: string[]): Promise<CliResult> => runCli(args, { cwd });
    expect((await cli('run', 'fail.yaml', '--handlers', 'handlers.mjs')).code).toBe(10);
    const logs = await cli('logs', 'last', '--node', 'boom');
    expect(logs.stdout).toMatch(
      /boom started, attempt 1, worker \S+\n.* boom attempt 1 failed: \S+: the disk is on fire/,
    );
    expect(logs.stdout).not.toContain('fine');
    expect((await cli('logs', 'last', '-f')).stdout).toMatch(/execution failed at boom: .*the disk is on fire\n$/);
    expect((await cli('logs', 'last', '--node', 'bom')).stderr).toContain('(nodes: boom, fine)');
    expect(await cli('wait', 'last')).toMatchObject({ code: 10, stdout: '' });
    const watch = await cli('watch', 'last');
    expect(watch.code).toBe(10);
    expect(watch.stderr).toContain('fine completed');

    expect((await cli('run', 'greet.yaml')).code).toBe(0);
    expect((await cli('wait', 'last')).code).toBe(0);
    expect((await cli('run', 'slow.yaml', '--timeout', '1s')).code).toBe(12);
    expect(await cli('wait', 'last', '--timeout', '100ms')).toMatchObject({ code: 12, stdout: '' });
    expect((await cli('get', 'last')).stdout).toContain('waits for timer until');
  });

  test('wait ends with 13 when only a person can go on', async () => {
    const cwd = folder({ 'ask.yaml': ASK });
    await runCli(['run', 'ask.yaml', '--timeout', '1s'], { cwd });
    const { code, stdout } = await runCli(['wait', 'last', '--json'], { cwd });
    expect(code).toBe(13);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'RUNNING', reason: 'approval', approvals: ['sure'] });
  });

  test('a worker with a queue is listed with it, and takes the nodes of that queue', async () => {
    const cwd = folder({ 'gpu.yaml': GPU });
    const dev = startCli(['dev', 'gpu.yaml', '--listen', '127.0.0.1:0'], { cwd });
    const [, server = ''] = await dev.until(/ready on (\S+) in \d+ ms/);
    const worker = startCli(['worker', '--server', server, '--queue', 'gpu'], { cwd });
    await worker.until(/ready/);
    const { workers } = await json<{ workers: { queue: string | null; handlers: string[] }[] }>(
      runCli(['workers', '--json'], { cwd }),
    );
    expect(workers.map(({ queue }) => queue).sort()).toEqual(['gpu', null]);
    expect(workers.every(({ handlers }) => handlers.includes('text.template'))).toBe(true);
    expect(await runCli(['run', 'gpu.yaml', '--server', server], { cwd })).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(worker.stderr).toContain('heavy');
  });
});
