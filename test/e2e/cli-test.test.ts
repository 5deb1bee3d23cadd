import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, runCli, startCli, temporaryFolder } from '../support/cli.js';

const PIPELINE = `name: p
nodes:
  a: { uses: text.template, with: { text: hi } }
output: \${{ nodes.a.output }}
`;
const TESTS = `pipeline: ./p.yaml
tests:
  - name: the good one
    nodes: { a: { output: hi } }
    expect: { output: hi }
  - name: the other one
    nodes: { a: { output: hi } }
    expect: { output: ho }
`;

afterAll(cleanUp);

/** A folder with `pipelines/p.yaml` and its tests. */
function folderWith(tests: string): string {
  const cwd = temporaryFolder();
  for (const [name, text] of [
    ['p.yaml', PIPELINE],
    ['p.test.yaml', tests],
  ] as const)
    writeFileSync(join(cwd, name), text);
  return cwd;
}

describe.concurrent('nexum test', { timeout: 30_000 }, () => {
  test('prints a line per test, shows what is different, and exits 10', async () => {
    const { code, stdout } = await runCli(['test', 'p.test.yaml'], { cwd: folderWith(TESTS) });
    expect(code).toBe(10);
    expect(stdout).toBe(
      [
        'p.test.yaml',
        '  ok      the good one',
        '  FAILED  the other one',
        '      p.test.yaml:8:15  expect.output',
        '        expected  "ho"',
        '        got       "hi"',
        '',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    );
  });

  test('--filter chooses by name, and finds nothing loudly', async () => {
    const cwd = folderWith(TESTS);
    const good = await runCli(['test', 'p.test.yaml', '--filter', 'good', '--json'], { cwd });
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual({
      passed: 1,
      failed: 0,
      files: [
        {
          file: 'p.test.yaml',
          pipeline: 'p',
          tests: [{ name: 'the good one', line: 3, status: 'COMPLETED', passed: true, failures: [] }],
        },
      ],
    });
    const none = await runCli(['test', 'p.test.yaml', '--filter', 'nobody'], { cwd });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no test has "nobody" in its name')]);
  });

  test('refuses wrong files with every problem and its place, before any test runs', async () => {
    const cwd = folderWith(
      TESTS.replace('nodes: { a:', 'nodes: { b:').replace('expect: { output: ho', 'expect: { outptu: ho'),
    );
    const shape = await runCli(['test', 'p.test.yaml'], { cwd });
    expect([shape.code, shape.stdout]).toEqual([3, '']);
    expect(shape.stderr).toContain('p.test.yaml:8:15: error UNKNOWN_KEY: `outptu` is no key in tests[1].expect');
    const names = await runCli(['validate', 'p.yaml', 'p.test.yaml'], {
      cwd: folderWith(TESTS.replace('{ a:', '{ b:')),
    });
    expect(names.code).toBe(3);
    expect(names.stdout).toContain('p.yaml: ok (p, 1 nodes)');
    expect(names.stdout).toContain('p.test.yaml:4:14: error UNKNOWN_NODE: the pipeline p has no node `b`');
  });

  test('says which file is missing', async () => {
    const cwd = folderWith(TESTS.replace('./p.yaml', './q.yaml'));
    for (const [args, text] of [
      [['test', 'no.test.yaml'], 'cannot read the tests no.test.yaml'],
      [['test', 'p.test.yaml'], 'cannot read the pipeline q.yaml'],
      [['test'], 'no files are given, and ./pipelines has no *.test.yaml'],
    ] as const) {
      const { code, stderr } = await runCli(args, { cwd });
      expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
    }
  });

  test('is found in ./pipelines, where nexum dev takes tests for no pipelines', async () => {
    const cwd = folderWith(TESTS);
    mkdirSync(join(cwd, 'pipelines'));
    for (const name of ['p.yaml', 'p.test.yaml']) renameSync(join(cwd, name), join(cwd, 'pipelines', name));
    expect((await runCli(['test'], { cwd })).stdout).toContain('1 passed, 1 failed');
    const dev = startCli(['dev', '--listen', '127.0.0.1:0', '--json'], { cwd });
    const [ready] = await dev.until(/^.*"event":"ready".*$/m);
    const { pipelines } = JSON.parse(ready) as { pipelines: { file: string }[] };
    expect(pipelines.map(({ file }) => file)).toEqual([join('pipelines', 'p.yaml')]);
    dev.kill('SIGINT');
    await dev.ended;
  });
});
