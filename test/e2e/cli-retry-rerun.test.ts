import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, runCli, startCli, temporaryFolder } from '../support/cli.js';

/** Each call is noted in a file; `stumble` fails until there is a file `fixed`. */
const HANDLERS = `import { appendFileSync, existsSync } from 'node:fs';
export default {
  note: async ({ text }) => { appendFileSync('calls', text + '\\n'); return text; },
  stumble: async () => {
    if (!existsSync('fixed')) throw Object.assign(new Error('not yet'), { name: 'NonRetryableError' });
    return 'better';
  },
};
`;
const CHAIN = `name: chain
inputs: { topic: { type: string, default: leases }, size: { type: integer, default: 1 } }
nodes:
  first: { uses: note, with: { text: "first \${{ inputs.topic }}" } }
  second:
    needs: [first]
    uses: note
    with: { text: "second \${{ inputs.topic }} \${{ inputs.size }}", tone: calm }
output: { first: "\${{ nodes.first.output }}", second: "\${{ nodes.second.output }}" }
`;
const STUMBLE = `name: stumble
nodes:
  before: { uses: note, with: { text: before } }
  shaky: { needs: [before], uses: stumble, retry: { max_attempts: 1 } }
output: \${{ nodes.shaky.output }}
`;
const PAID = `name: paid
nodes:
  payment: { wait: { signal: paid } }
  thanks: { needs: [payment], uses: text.template, with: { text: "thanks for \${{ nodes.payment.output.amount }}" } }
output: \${{ nodes.thanks.output }}
`;
const OWN = ['--handlers', 'handlers.mjs'];

afterAll(cleanUp);

function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'handlers.mjs'), HANDLERS);
  writeFileSync(join(cwd, 'chain.yaml'), CHAIN);
  writeFileSync(join(cwd, 'stumble.yaml'), STUMBLE);
  writeFileSync(join(cwd, 'paid.yaml'), PAID);
  return cwd;
}

async function json(cwd: string, ...args: string[]): Promise<Record<string, unknown> & { executionId: string }> {
  const { stdout } = await runCli([...args, '--json'], { cwd });
  return JSON.parse(stdout) as Record<string, unknown> & { executionId: string };
}

function calls(cwd: string): string[] {
  return readFileSync(join(cwd, 'calls'), 'utf8').trimEnd().split('\n');
}

describe.concurrent('running again', { timeout: 60_000 }, () => {
  test('rerun --from keeps what was committed before the node, and links source and rerun', async () => {
    const cwd = folder();
    const { executionId } = await json(cwd, 'run', 'chain.yaml', ...OWN, '-i', 'size=4');
    const again = await json(cwd, 'rerun', executionId, '--from', 'second', '-i', 'topic=retries', ...OWN);
    expect(again).toMatchObject({
      rerunOf: executionId,
      from: 'second',
      status: 'COMPLETED',
      output: { first: 'first leases', second: 'second retries 4' },
    });
    expect(again.executionId).not.toBe(executionId);
    expect(await json(cwd, 'get', executionId)).toMatchObject({ status: 'COMPLETED', reruns: [again.executionId] });
    expect(await json(cwd, 'get', again.executionId)).toMatchObject({ rerunOf: executionId });
    expect(calls(cwd)).toEqual(['first leases', 'second leases 4', 'second retries 4']);
  });

  test('rerun replaces all inputs with --input, and one setting of a node with --with', async () => {
    const cwd = folder();
    const { executionId } = await json(cwd, 'run', 'chain.yaml', ...OWN, '-i', 'size=4', '-i', 'topic=queues');
    writeFileSync(join(cwd, 'input.json'), '{"size": 7}');
    const other = await json(cwd, 'rerun', executionId, '--input', '@input.json', ...OWN);
    expect(other).toMatchObject({ from: null, output: { first: 'first leases', second: 'second leases 7' } });
    const args = ['--from', 'second', '--with', 'second.tone={"loud": true}', '--with', 'first.text=never'];
    const kept = await json(cwd, 'rerun', executionId, ...args, ...OWN);
    expect(kept).toMatchObject({ output: { first: 'first queues', second: 'second queues 4' } });
    const changed = await json(cwd, 'rerun', executionId, '--with', 'second.text=short', ...OWN);
    expect(changed).toMatchObject({ output: { first: 'first queues', second: 'short' } });
    const [noNode, noKey] = [
      await runCli(['rerun', executionId, '--from', 'third', ...OWN], { cwd }),
      await runCli(['rerun', executionId, '--with', 'second=short', ...OWN], { cwd }),
    ];
    expect([noNode.code, noNode.stderr]).toEqual([2, expect.stringContaining('it has first, second') as string]);
    expect([noKey.code, noKey.stderr]).toEqual([2, expect.stringContaining('--with node.key=value') as string]);
  });

  test('retry goes on with a FAILED execution from what failed', async () => {
    const cwd = folder();
    const run = await runCli(['run', 'stumble.yaml', ...OWN, '--json'], { cwd });
    expect(run.code).toBe(10);
    const { executionId } = JSON.parse(run.stdout) as { executionId: string };
    const still = await runCli(['retry', 'last', ...OWN], { cwd });
    expect([still.code, still.stderr]).toEqual([10, expect.stringContaining('not yet') as string]);
    writeFileSync(join(cwd, 'fixed'), '');
    expect(await json(cwd, 'retry', 'last', ...OWN)).toMatchObject({
      executionId,
      status: 'COMPLETED',
      output: 'better',
      alreadyApplied: false,
    });
    expect(calls(cwd)).toEqual(['before']);
    expect((await runCli(['retry', executionId, ...OWN], { cwd })).code).toBe(6);
  });

  test('a signal reaches the node that waits for it in another process', async () => {
    const cwd = folder();
    const run = startCli(['run', 'paid.yaml'], { cwd });
    await run.until(/payment waits for signal/);
    const unknown = await runCli(['signal', 'last', 'payd'], { cwd });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('it waits for paid') as string]);
    const sent = await json(cwd, 'signal', 'last', 'paid', '--data', '{"amount": 30}');
    expect(sent).toMatchObject({ signal: 'paid' });
    const { code, stdout } = await run.ended;
    expect([code, stdout]).toEqual([0, 'thanks for 30\n']);
    expect(existsSync(join(cwd, '.nexum', 'server.json'))).toBe(false);
  });
});
