import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';

const FOLDER = join(ROOT, 'pipelines');
const FILES = readdirSync(FOLDER);
const PIPELINES = FILES.filter((file) => file.endsWith('.yaml') && !file.endsWith('.test.yaml'));
const DOCS = join(ROOT, 'test/fixtures/documents');

afterAll(cleanUp);

/** What cite.validate gives, as far as it is looked at here. */
interface Checked {
  readonly coverage: { readonly fraction: number };
  readonly quotations: readonly unknown[];
}

/** Runs an example offline on the documentation of this package, with its own default inputs. */
async function runOnDocs(file: string) {
  const cwd = temporaryFolder();
  const run = await runCli(['run', join(FOLDER, file), '--docs', join(ROOT, 'docs'), '--json'], { cwd });
  expect(run.code, run.stderr).toBe(0);
  const { executionId, output, nodes } = JSON.parse(run.stdout) as {
    executionId: string;
    output: Record<string, unknown>;
    nodes: { node: string; iteration: number }[];
  };
  return {
    output,
    report: nodes.map(({ node, iteration }) => (iteration > 1 ? `${node}#${iteration}` : node)),
    nodeOutput: async (node: string, iteration: number): Promise<unknown> => {
      const { stdout } = await runCli(['get', executionId, '--json'], { cwd });
      const detail = JSON.parse(stdout) as { nodes: { node: string; iteration: number; output: unknown }[] };
      return detail.nodes.find((each) => each.node === node && each.iteration === iteration)?.output;
    },
  };
}

describe.concurrent('the example pipelines', { timeout: 60_000 }, () => {
  test('all say how editors check them, and pass validation with their tests', async () => {
    for (const file of PIPELINES)
      expect(readFileSync(join(FOLDER, file), 'utf8')).toMatch(
        /^# yaml-language-server: \$schema=\.\/pipeline\.schema\.json\n/,
      );
    const { code, stdout } = await runCli(['validate', ...FILES.filter((file) => file.endsWith('.yaml'))], {
      cwd: FOLDER,
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('warning');
  });

  test('pass their tests, which are found without being named', async () => {
    const { code, stdout } = await runCli(['test', '--json'], { cwd: ROOT });
    expect(code).toBe(0);
    const { files, failed } = JSON.parse(stdout) as { files: { pipeline: string }[]; failed: number };
    expect(failed).toBe(0);
    expect(files.map(({ pipeline }) => pipeline)).toEqual(
      expect.arrayContaining([
        'digest',
        'nightly',
        'panel',
        'publish',
        'remind',
        'research-loop',
        'review-loop',
        'triage',
        'weekly',
      ]),
    );
  });

  test('digest.yaml maps over real files and writes one report', async () => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await runCli(['run', join(FOLDER, 'digest.yaml'), '--docs', DOCS, '--json'], {
      cwd,
    });
    expect(code, stderr).toBe(0);
    const { output } = JSON.parse(stdout) as { output: { path: string; documents: number } };
    expect(output.documents).toBe(5);
    const report = readFileSync(output.path, 'utf8');
    const sources = new Set([...report.matchAll(/^— (\S+):\d+-\d+$/gm)].map(([, path]) => path));
    expect([...sources]).toHaveLength(5);
  });

  test('weekly.yaml runs two other pipelines as executions of their own', async () => {
    const cwd = temporaryFolder();
    const args = ['run', join(FOLDER, 'weekly.yaml'), '--docs', DOCS, '-i', 'query=How long does a lease last?'];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^5 documents: \S+digest-of-the-week-\S+\.md\nHow long .+\? \S+how-long-\S+\.md\n$/);
    const { stdout: all } = await runCli(['ps', '--all', '--json'], { cwd });
    const { executions } = JSON.parse(all) as { executions: { workflowId: string; status: string }[] };
    expect(executions.map(({ workflowId, status }) => `${workflowId} ${status}`).sort()).toEqual([
      'digest COMPLETED',
      'research-report COMPLETED',
      'weekly COMPLETED',
    ]);
  });

  test('research-loop.yaml needs a second round, which finds what the first one missed', async () => {
    const { report, output, nodeOutput } = await runOnDocs('research-loop.yaml');
    expect(report).toEqual(['research', 'validate', 'research#2', 'validate#2', 'enough', 'summarize', 'report']);
    const [first, second] = [await nodeOutput('validate', 1), await nodeOutput('validate', 2)] as Checked[];
    expect(first?.coverage.fraction).toBeLessThan(0.9);
    expect(second?.coverage.fraction).toBe(1);
    expect(second?.quotations.length).toBeGreaterThan(first?.quotations.length ?? Infinity);
    expect(readFileSync(String(output['path']), 'utf8')).toContain('PostgreSQL');
  });

  test('review-loop.yaml sends the answer back once, and publishes it when it covers the question', async () => {
    const { report, output, nodeOutput } = await runOnDocs('review-loop.yaml');
    const labels = ['writer', 'check', 'reviewer', 'writer#2', 'check#2', 'reviewer#2', 'publish'];
    expect([...report].sort()).toEqual([...labels].sort());
    expect(await nodeOutput('reviewer', 1)).toMatch(/^What do the documents say about .+\?$/);
    expect(await nodeOutput('reviewer', 2)).toBe('APPROVE');
    expect(readFileSync(String(output['path']), 'utf8')).toContain('OpenTelemetry');
  });

  test('panel.yaml answers its questions one wave after the other', async () => {
    const { report, output } = await runOnDocs('panel.yaml');
    expect(report.filter((each) => each.startsWith('minutes'))).toHaveLength(2);
    expect(output).toMatchObject({ rounds: 2, bell: 'Question 2 has been answered.' });
    const text = readFileSync(String(output['report']), 'utf8');
    expect(text).toContain('What happens when a worker dies?');
    expect(text).toContain('What happens when the disk is full?');
  });

  test('publish.yaml waits for a person and publishes when they have signed off', async () => {
    const cwd = temporaryFolder();
    const run = await runCli(['run', join(FOLDER, 'publish.yaml'), '--json'], { cwd });
    expect(run.code, run.stderr).toBe(13);
    const { executionId } = JSON.parse(run.stdout) as { executionId: string };
    const approved = await runCli(['approve', executionId, 'sign_off', '--approver', 'ann'], { cwd });
    expect(approved.code, approved.stderr).toBe(0);
    const end = await runCli(['run', '--attach', executionId, '--json'], { cwd });
    expect(end.code, end.stderr).toBe(0);
    const { output } = JSON.parse(end.stdout) as { output: { path: string } };
    expect(readFileSync(output.path, 'utf8')).toContain('Signed off by ann.');
  });
});
