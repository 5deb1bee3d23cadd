/** `limits` as users of the command see them: a run that is paused, why, how it goes on, and what it has cost. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, runCli, temporaryFolder } from '../support/cli.js';
import { ANSWER, INPUT, limitedAgent } from '../support/limited-agent.js';

afterAll(cleanUp);

interface Report {
  readonly status: string;
  readonly waitsFor?: string;
  readonly limits?: readonly { readonly limit: string }[];
  readonly output: unknown;
  readonly usage: { readonly calls: number; readonly costUsd: number; readonly models: object } | null;
  readonly budget: { readonly pausedBy: string | null; readonly costUsd: number } | null;
}

test('max_cost_usd pauses before the call that is too many; a resume goes on, and nothing is called twice', async () => {
  const cwd = temporaryFolder();
  const { file, provider, env } = await limitedAgent(cwd, '{ max_cost_usd: 0.04 }');
  const cli = (...args: string[]): ReturnType<typeof runCli> => runCli(args, { cwd, env });
  try {
    const run = await cli('run', file, '-i', `docs=${INPUT.docs}`, '--json');
    expect(run.code, run.stderr).toBe(13);
    const paused = JSON.parse(run.stdout) as Report;
    expect(paused).toMatchObject({ status: 'PAUSED', waitsFor: 'resume', limits: [{ limit: 'max_cost_usd' }] });
    expect(paused).toMatchObject({ usage: { calls: 2, costUsd: 0.04 }, budget: { pausedBy: 'max_cost_usd' } });
    expect(provider.asked).toHaveLength(2);

    const shown = await cli('get', 'last');
    expect(shown.stdout).toContain('usage      2 model calls, 200 + 40 tokens, $0.0400 (openai/gpt-test)');
    expect(shown.stdout).toContain(
      'limit      paused: max_cost_usd (0.04) reached with $0.0400; go on with: nexum resume',
    );

    const resumed = await cli('resume', 'last');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout.trim()).toBe(`Report: ${ANSWER}`);
    expect(resumed.stderr).toContain('3 model calls, 300 + 60 tokens, $0.0600 (openai/gpt-test)');
    expect(provider.asked).toHaveLength(3);
    const logs = await cli('logs', 'last');
    expect(logs.stdout).toContain('execution paused: max_cost_usd reached');
    expect(logs.stdout).toContain('research used 1 model call, 100 + 20 tokens, $0.0200 (openai/gpt-test)');
  } finally {
    await provider.stop();
  }
}, 60_000);

test('max_duration pauses a pipeline without agents, and says so', async () => {
  const cwd = temporaryFolder();
  const file = join(cwd, 'slow.yaml');
  writeFileSync(
    file,
    `name: slow
limits: { max_duration: 1ms }
nodes:
  first: { wait: 20ms }
  second: { needs: [first], uses: text.template, with: { text: done } }
output: \${{ nodes.second.output }}
`,
  );
  const run = await runCli(['run', file], { cwd });
  expect(run.code, run.stderr).toBe(13);
  expect(run.stderr).toContain('paused: max_duration (1 ms) reached after');
});
