/** `nexum purge` on a data folder: what goes, what stays, what it says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';

const HELLO = `name: hello
nodes:
  say: { uses: text.template, with: { text: hello } }
`;

afterAll(cleanUp);

async function json(args: readonly string[], cwd: string): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], { cwd });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe.concurrent('purge', { timeout: 60_000 }, () => {
  test('counts with --dry-run, deletes executions with their durable calls, and leaves the rest', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'hello.yaml'), HELLO);
    const research = ['run', join(ROOT, 'pipelines/research.yaml'), '-i', 'query=What is a lease?'];
    expect((await runCli([...research, '-i', `docs=${join(ROOT, 'docs')}`], { cwd })).code).toBe(0);
    expect((await runCli(['run', 'hello.yaml'], { cwd })).code).toBe(0);
    const all = (await json(['ps', '--internal', '--all'], cwd))['executions'] as unknown[];
    expect(all.length).toBeGreaterThan(2);

    expect(await json(['purge'], cwd)).toEqual({ purged: 0, dryRun: false });
    expect(await json(['purge', '--older-than', '1d'], cwd)).toEqual({ purged: 0, dryRun: false });
    const refused = await runCli(['purge', '--status', 'running'], { cwd });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('RUNNING executions are never purged');
    const everything = ['purge', '--older-than', '1ms'];
    expect(await json([...everything, '--dry-run'], cwd)).toEqual({ purged: 2, dryRun: true });
    expect(await json([...everything, '--status', 'failed,cancelled'], cwd)).toEqual({ purged: 0, dryRun: false });
    expect(await json([...everything, '--workflow', 'research-report'], cwd)).toEqual({ purged: 1, dryRun: false });
    const left = (await json(['ps', '--internal', '--all'], cwd))['executions'] as { workflowId: string }[];
    expect(left.map(({ workflowId }) => workflowId)).toEqual(['hello']);

    const { code, stdout } = await runCli(everything, { cwd });
    expect([code, stdout]).toEqual([0, '1 execution purged\n']);
    expect(await json(['ps'], cwd)).toEqual({ executions: [] });
  });
});
