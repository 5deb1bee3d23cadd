import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, runCli, startCli, temporaryFolder, type CliResult } from '../support/cli.js';

/** In Kathmandu it is 5:45 later than UTC. */
const NIGHTLY = `name: nightly
inputs:
  topic: { type: string, required: true }
schedule:
  - { name: yearly, cron: '0 0 1 1 *', timezone: Asia/Kathmandu, overlap: skip, catch_up: none, with: { topic: news } }
nodes:
  report: { uses: text.template, with: { template: 'About \${{ inputs.topic }}' } }
`;

const HOURLY =
  "  - { name: hourly, cron: '0 * * * *', timezone: UTC, overlap: queue, catch_up: last, with: { topic: x } }\n";

afterAll(cleanUp);

describe.concurrent('nexum schedule', { timeout: 60_000 }, () => {
  async function dev(pipeline: string): Promise<(...args: string[]) => Promise<CliResult>> {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'nightly.yaml'), pipeline);
    const process = startCli(['dev', 'nightly.yaml', '--listen', '127.0.0.1:0'], { cwd });
    await process.until(/ready on (\S+) in \d+ ms/);
    return (...args) => runCli(['schedule', ...args], { cwd });
  }

  test('list, pause, resume, trigger and backfill of the one schedule of a pipeline', async () => {
    const schedule = await dev(NIGHTLY);
    const list = async (): Promise<unknown> => {
      const { stdout } = await schedule('list', '--json');
      return (JSON.parse(stdout) as { schedules: unknown[] }).schedules[0];
    };
    expect(await list()).toEqual({
      workflowId: 'nightly',
      name: 'yearly',
      cron: '0 0 1 1 *',
      timezone: 'Asia/Kathmandu',
      overlap: 'skip',
      catchUp: 'none',
      paused: false,
      nextAt: expect.stringMatching(/^\d{4}-12-31T18:15:00\.000Z$/) as unknown,
      lastAt: null,
      lastExecutionId: null,
      lastProblem: null,
    });
    expect((await schedule('list')).stdout).toMatch(/nightly +yearly +0 0 1 1 \* .* \d{4}-01-01 00:00 GMT\+5:45/);
    expect((await schedule('pause', 'nightly')).stdout).toBe('paused\n');
    expect(await list()).toMatchObject({ paused: true, nextAt: null });
    expect((await schedule('resume', 'nightly', 'yearly')).stdout).toMatch(/^next: \d{4}-01-01 00:00 GMT\+5:45\n$/);
    const triggered = await schedule('trigger', 'nightly');
    expect(triggered.stdout).toMatch(/^exec-\S+\n$/);
    expect(await list()).toMatchObject({ lastExecutionId: triggered.stdout.trim() });
    const range = ['--from', '2019-12-31T18:15:00Z', '--to', '2022-01-02'];
    const filled = await schedule('backfill', 'nightly', ...range, '--json');
    const { executionIds } = JSON.parse(filled.stdout) as { executionIds: string[] };
    expect(executionIds).toHaveLength(3);
  });

  test('what it cannot do names the place and the cure', async () => {
    const schedule = await dev(NIGHTLY.replace('nodes:', `${HOURLY}nodes:`));
    const cases: [args: string[], code: number, text: string][] = [
      [['pause', 'nightly'], 2, 'nightly has several schedules: hourly, yearly'],
      [['pause', 'nightly', 'daily'], 5, 'has no schedule "daily"; it has the schedules hourly, yearly'],
      [['pause', 'nobody'], 5, 'nobody has no schedules'],
      [['pause'], 2, 'nexum schedule pause <workflow>'],
      [['backfill', 'nightly', 'hourly', '--from', '2020-01-01'], 2, '--from and --to'],
      [['backfill', 'nightly', 'hourly', '--from', 'soon', '--to', '2020-01-01'], 2, '"soon" is not a time'],
      [['backfill', 'nightly', 'hourly', '--from', '2020-01-01', '--to', '2020-03-01'], 2, '1440 times'],
      [['list', '--to', '2020-01-01'], 2, 'belong to `backfill`'],
      [['stop', 'nightly'], 2, 'list, pause, resume, trigger, backfill'],
    ];
    for (const [args, code, text] of cases) {
      const result = await schedule(...args);
      expect(result.stderr).toContain(text);
      expect(result.code).toBe(code);
    }
  });

  test('a schedule that nobody understands is an error of the pipeline, at its place', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'bad.yaml'), NIGHTLY.replace('Asia/Kathmandu', 'Mars/Base'));
    const { code, stdout } = await runCli(['validate', 'bad.yaml'], { cwd });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^bad\.yaml:5:\d+: error \w+: .*"Mars\/Base" is no time zone/m);
  });
});
