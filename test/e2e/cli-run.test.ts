import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder } from '../support/cli.js';

const DOCS = join(ROOT, 'docs');
const RESEARCH = join(ROOT, 'pipelines/research.yaml');

const HANDLERS = `import { existsSync } from 'node:fs';
export default {
  hold: async (input, { signal }) => {
    while (!existsSync(input.until)) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return 'released';
  },
  fail: async () => { throw Object.assign(new Error('the disk is on fire'), { name: 'NonRetryableError' }); },
};
`;
const HOLD = `name: hold
inputs: { until: { type: string, required: true } }
nodes:
  first: { uses: text.template, with: { text: one } }
  second: { needs: [first], uses: hold, with: { until: '\${{ inputs.until }}' } }
output: \${{ nodes.second.output }}
`;
const FAIL = `name: fail
nodes:
  boom: { uses: fail, retry: { max_attempts: 1 } }
`;

afterAll(cleanUp);

function folderWithHandlers(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'handlers.mjs'), HANDLERS);
  writeFileSync(join(cwd, 'hold.yaml'), HOLD);
  writeFileSync(join(cwd, 'fail.yaml'), FAIL);
  return cwd;
}

const RUN_HOLD = ['run', 'hold.yaml', '--handlers', 'handlers.mjs', '-i', 'until=go'];
const attach = (id: string): string[] => ['run', '--attach', id, '--handlers', 'handlers.mjs'];

describe.concurrent('run', { timeout: 60_000 }, () => {
  test('prints the path of a report whose every quotation stands in its source; ps, get, events, output need no server', async () => {
    const cwd = temporaryFolder();
    const query = 'How does a lease protect a task?';
    const { code, stdout, stderr } = await runCli(['run', RESEARCH, '-i', `query=${query}`, '-i', `docs=${DOCS}`], {
      cwd,
    });
    expect(stderr).toMatch(/^execution exec-/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/.*\.md\n$/);
    const quotations = quotationsOf(readFileSync(stdout.trim(), 'utf8'));
    expect(quotations.length).toBeGreaterThan(0);
    for (const { text, path, start, end } of quotations) {
      const lines = readFileSync(join(DOCS, path), 'utf8')
        .split('\n')
        .slice(start - 1, end);
      expect(lines.join('\n')).toContain(text);
    }
    const ps = await runCli(['ps', '--json'], { cwd });
    const { executions } = JSON.parse(ps.stdout) as { executions: { executionId: string; status: string }[] };
    expect(executions).toMatchObject([{ workflowId: 'research-report', status: 'COMPLETED' }]);
    const id = executions[0]!.executionId;
    const [get, events, output, unknownNode, unknown] = await Promise.all([
      runCli(['get', id.slice(-8), '--json'], { cwd }),
      runCli(['events', 'last', '--json'], { cwd }),
      runCli(['output', id, 'report', '--json'], { cwd }),
      runCli(['output', id, 'nope'], { cwd }),
      runCli(['get', 'exec-00000000-0000-7000-8000-000000000000'], { cwd }),
    ]);
    expect(JSON.parse(get.stdout)).toMatchObject({
      executionId: id,
      status: 'COMPLETED',
      input: { query },
      error: null,
    });
    expect((JSON.parse(events.stdout) as { events: { kind: string }[] }).events.at(-1)).toMatchObject({
      kind: 'execution_completed',
    });
    expect(JSON.parse(output.stdout)).toMatchObject({
      executionId: id,
      node: 'report',
      output: { path: stdout.trim() },
    });
    expect(unknownNode.code).toBe(2);
    expect(unknown.code).toBe(5);
  });

  test('runs the parallel pipeline and gives one JSON object', async () => {
    const args = ['run', join(ROOT, 'pipelines/parallel.yaml'), '--docs', DOCS, '--json'];
    const { code, stdout } = await runCli(args, { cwd: temporaryFolder() });
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { nodes: { node: string; status: string }[]; output: unknown };
    expect(report).toMatchObject({ status: 'COMPLETED', error: null });
    expect(report.nodes).toHaveLength(6);
    expect(report.nodes.every(({ status }) => status === 'COMPLETED')).toBe(true);
  });

  test('exit 10 when a node fails, with node, attempt, text and cure', async () => {
    const cwd = folderWithHandlers();
    const { code, stderr } = await runCli(['run', 'fail.yaml', '--handlers', 'handlers.mjs'], { cwd });
    expect(code).toBe(10);
    expect(stderr).toContain('failed at node boom (attempt 1):');
    expect(stderr).toContain('the disk is on fire');
    const json = await runCli(['get', 'last', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ status: 'FAILED', error: { node: 'boom', attempt: 1 } });
  });

  test('exit 11 when another process cancels it', async () => {
    const cwd = folderWithHandlers();
    const run = startCli(RUN_HOLD, { cwd });
    const [, id = ''] = await run.until(/execution (exec-\S+)/);
    await run.until(/second started/);
    const cancel = await runCli(['cancel', id, '--json'], { cwd });
    expect(JSON.parse(cancel.stdout)).toEqual({ executionId: id, status: 'CANCELLED', alreadyApplied: false });
    expect((await run.ended).code).toBe(11);
    expect((await runCli(['output', id], { cwd })).code).toBe(6);
  });

  test('exit 12 after --timeout; --attach finishes it without running the committed node again', async () => {
    const cwd = folderWithHandlers();
    const late = await runCli([...RUN_HOLD, '--timeout', '4s', '--json'], { cwd });
    expect(late.code).toBe(12);
    const { executionId } = JSON.parse(late.stdout) as { executionId: string };
    expect(JSON.parse(late.stdout)).toMatchObject({
      status: 'RUNNING',
      interrupted: 'timeout',
      nodes: [{ node: 'first', status: 'COMPLETED' }, { node: 'second' }],
    });
    expect(late.stderr).toContain(`--attach ${executionId}`);
    writeFileSync(join(cwd, 'go'), '');
    const done = await runCli([...attach(executionId), '--json'], { cwd });
    expect(done.code).toBe(0);
    const report = JSON.parse(done.stdout) as { nodes: { node: string; attempts: number }[] };
    expect(report).toMatchObject({ executionId, output: 'released' });
    expect(report.nodes.map(({ node }) => node)).toEqual(['first', 'second']);
    expect(report.nodes[0]).toMatchObject({ attempts: 1 });
  });

  test('exit 130 on Ctrl-C; --attach finishes it', async () => {
    const cwd = folderWithHandlers();
    const run = startCli(RUN_HOLD, { cwd });
    await run.until(/second started/);
    run.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    const [, id = ''] = /--attach (exec-\S+)/.exec(stderr) ?? [];
    writeFileSync(join(cwd, 'go'), '');
    expect(await runCli(attach(id), { cwd })).toMatchObject({ code: 0, stdout: 'released\n' });
  });

  test('the same idempotency key names the same execution', async () => {
    const cwd = folderWithHandlers();
    writeFileSync(join(cwd, 'go'), '');
    const ids = [];
    for (let round = 0; round < 2; round += 1) {
      const { stdout } = await runCli([...RUN_HOLD, '--idempotency-key', 'k1', '--json'], { cwd });
      ids.push((JSON.parse(stdout) as { executionId: string }).executionId);
    }
    expect(ids[0]).toBe(ids[1]);
  });
});

function quotationsOf(report: string): { text: string; path: string; start: number; end: number }[] {
  return Array.from(
    report.matchAll(/((?:^> .*\n)+)— (.+):(\d+)-(\d+)$/gm),
    ([, block = '', path = '', start, end]) => ({
      text: block.slice(0, -1).replace(/^> /gm, ''),
      path,
      start: Number(start),
      end: Number(end),
    }),
  );
}
