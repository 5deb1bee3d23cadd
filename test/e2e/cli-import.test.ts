import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';

const FIXTURES = join(ROOT, 'test/fixtures/autogen');
const LOOP = join(FIXTURES, 'review-loop.json');

afterAll(cleanUp);

describe.concurrent('nexum import autogen', { timeout: 30_000 }, () => {
  test('writes a pipeline to stdout that validates, and what to know about it to stderr', async () => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await runCli(['import', 'autogen', LOOP], { cwd });
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('# yaml-language-server: $schema=./pipeline.schema.json');
    expect(stderr).toMatch(/^\S+review-loop\.json:\d+:\d+: warning IMPORT_CHANGED: .+\n {4}fix: .+\n$/);
    writeFileSync(join(cwd, 'loop.yaml'), stdout);
    const checked = await runCli(['validate', 'loop.yaml'], { cwd });
    expect(checked).toMatchObject({ code: 0, stdout: 'loop.yaml: ok (review-loop, 3 nodes)\n' });
  });

  test('writes a file once, and again only with --force', async () => {
    const cwd = temporaryFolder();
    const args = ['import', 'autogen', LOOP, '-o', 'loop.yaml'];
    const first = await runCli(args, { cwd });
    expect(first).toMatchObject({ code: 0, stdout: 'loop.yaml: written (review-loop, 3 nodes)\n' });
    const written = readFileSync(join(cwd, 'loop.yaml'), 'utf8');
    writeFileSync(join(cwd, 'loop.yaml'), 'mine\n');
    const second = await runCli(args, { cwd });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('loop.yaml exists; --force overwrites it');
    expect(readFileSync(join(cwd, 'loop.yaml'), 'utf8')).toBe('mine\n');
    expect(await runCli([...args, '--force'], { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'loop.yaml'), 'utf8')).toBe(written);
  });

  test('refuses what cannot be imported with exit 3, and writes nothing', async () => {
    const cwd = temporaryFolder();
    const args = ['import', 'autogen', join(FIXTURES, 'lost-functions.json'), '-o', 'lost.yaml'];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/lost-functions\.json:\d+:\d+: error NOT_IMPORTABLE: nothing ends the cycle A -> B -> A/);
    expect(existsSync(join(cwd, 'lost.yaml'))).toBe(false);
    const json = await runCli([...args, '--json'], { cwd });
    expect(json.code).toBe(3);
    const report = JSON.parse(json.stdout) as { valid: boolean; issues: { path: string; severity: string }[] };
    expect(report.valid).toBe(false);
    expect(report.issues.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual([
      'config.graph.nodes.B.edges[1]',
    ]);
  });

  test('reads stdin, takes another model, and answers in JSON', async () => {
    const cwd = temporaryFolder();
    const args = ['import', 'autogen', '-', '--model', 'offline', '--json'];
    const { code, stdout } = await runCli(args, { cwd, input: readFileSync(LOOP, 'utf8') });
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ valid: true, workflowId: 'stdin', nodes: 3, issues: [{ code: 'IMPORT_CHANGED' }] });
    expect(report['yaml']).toContain('model: offline');
  });

  test.each([
    ['a file that does not exist', ['import', 'autogen', 'none.json'], 'cannot read none.json'],
    ['another format', ['import', 'langgraph', LOOP], 'Allowed choices are autogen'],
  ])('%s: exit 2', async (_what, args, hint) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: temporaryFolder() });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(hint);
  });
});
