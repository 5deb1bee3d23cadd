import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';

const FOLDER = join(ROOT, 'pipelines');
const FILES = readdirSync(FOLDER);
const PIPELINES = FILES.filter((file) => file.endsWith('.yaml') && !file.endsWith('.test.yaml'));
const DOCS = join(ROOT, 'test/fixtures/documents');

afterAll(cleanUp);

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
      expect.arrayContaining(['digest', 'nightly', 'publish', 'remind', 'triage', 'weekly']),
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
