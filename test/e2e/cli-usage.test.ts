import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';

const BAD = `name: bad
nodes:
  a: { needs: [c], uses: text.template, with: { template: '\${{ inputs. }}' } }
  b: { needs: [nope], uses: text.template }
  c: { needs: [a], uses: text.template }
  d: { uses: text.template, with: hello }
  d: { uses: text.template }
`;

afterAll(cleanUp);

describe.concurrent('the command line', { timeout: 30_000 }, () => {
  test('validate lists every problem of every file at once, each with place and cure', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'bad.yaml'), BAD);
    const { code, stdout } = await runCli(
      ['validate', 'missing.yaml', 'bad.yaml', join(ROOT, 'pipelines/research.yaml')],
      { cwd },
    );
    expect(code).toBe(3);
    for (const problem of ['CYCLE', 'BAD_EXPRESSION', 'UNKNOWN_NODE', 'WRONG_TYPE', 'DUPLICATE_KEY']) {
      expect(stdout).toMatch(new RegExp(`^bad\\.yaml:\\d+:\\d+: error ${problem}: .+\\n    fix: .+`, 'm'));
    }
    expect(stdout).toContain('missing.yaml:1:1: error FILE_NOT_FOUND');
    expect(stdout).toContain('research.yaml: ok (research-report, 4 nodes)');
    const json = await runCli(['validate', '--json', 'bad.yaml'], { cwd });
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: false, files: [{ file: 'bad.yaml', valid: false }] });
  });

  test.each([
    ['an unknown command', ['versoin'], 'Did you mean version'],
    ['an unknown option', ['ps', '--jsn'], 'Did you mean --json'],
    ['a missing argument', ['get'], "missing required argument 'execution'"],
    ['a bad duration', ['run', 'x.yaml', '--timeout', 'soon'], 'is not a duration'],
    ['a bad input', ['run', join(ROOT, 'pipelines/research.yaml'), '-i', 'query'], '-i key=value'],
    ['no pipeline', ['run'], '--attach'],
    ['--detach without a server', ['run', 'x.yaml', '--detach'], '--server'],
    ['an unknown input', ['run', join(ROOT, 'pipelines/research.yaml'), '-i', 'qery=x'], 'did you mean `query`'],
  ])('%s: exit 2 and a hint', async (_name, args, hint) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: temporaryFolder() });
    expect(stderr).toContain(hint);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  test('no server and no data: exit 7, as JSON too', async () => {
    const cwd = temporaryFolder();
    const env = { NEXUM_SERVER: '127.0.0.1:1' };
    const { code, stderr } = await runCli(['ps', '--json'], { cwd, env });
    expect(code).toBe(7);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'SERVER_UNREACHABLE' } });
    const run = await runCli(['run', join(ROOT, 'pipelines/research.yaml'), '-i', 'query=x'], { cwd, env });
    expect(run.code).toBe(7);
    expect((await runCli(['ps', '--data-dir', 'empty'], { cwd })).code).toBe(7);
  });

  test('version, doctor, schema, graph and completion answer on stdout', async () => {
    const cwd = temporaryFolder();
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout } = await runCli(args, { cwd });
      expect([args[0], code]).toEqual([args[0], 0]);
      return stdout;
    };
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(JSON.parse(await run('version', '--json'))).toMatchObject({ nexum: version, node: process.versions.node });
    expect(JSON.parse(await run('doctor', '--json'))).toMatchObject({ ok: true });
    expect(await run('schema')).toBe(readFileSync(join(ROOT, 'pipelines/pipeline.schema.json'), 'utf8'));
    expect(await run('graph', join(ROOT, 'pipelines/parallel.yaml'))).toMatch(/^flowchart TD\n/);
    expect(await run('completion', 'bash')).toContain('crash-demo) words="');
    expect(await run('run', '--help')).toContain('Examples:');
  });
});
