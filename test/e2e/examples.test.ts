/**
 * The examples, as `npm run examples` runs them, and killed: SIGKILL right after the first call was committed, which is
 * between two tool calls; the next run executes only the missing one. Real processes, one framework each.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/cli.js';
import { temporaryFolder } from '../support/processes.js';

const NAMES = readdirSync(join(ROOT, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));
/** In it nodes are committed, not calls; the crash tests of pipelines kill those. */
const CALLS = NAMES.filter((name) => name !== 'pipeline');
const home = temporaryFolder();

beforeAll(() => {
  // What a user of the packages and of our declarations would see: a type error in an example fails here.
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'examples/tsconfig.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}, 120_000);
afterAll(() => home.remove());

interface Run {
  readonly signal: NodeJS.Signals | undefined;
  readonly code: unknown;
  /** The calls that were made, in their order. */
  readonly made: readonly string[];
  readonly answer: string;
  readonly stderr: string;
}

function run(name: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const options = { env: { ...process.env, NEXUM_HOME: join(home.path, name), ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, '.examples', `${name}.js`)], options, (error, stdout, stderr) => {
      const made = [...stderr.matchAll(/^reading the thermometer in (\w+)/gm)].map(([, city]) => city ?? '');
      const answer = stdout.trimEnd().split('\n').at(-1) ?? '';
      resolve({ signal: error?.signal ?? undefined, code: error?.code, made, answer, stderr });
    });
  });
}

// Files run two at a time already; here two processes are enough to fill the waits of one another.
describe.concurrent('the example', { timeout: 120_000, concurrent: true }, () => {
  it.each(CALLS)('%s: killed between two tool calls, it executes only the missing one', async (name) => {
    const killed = await run(name, { NEXUM_FAILPOINT: 'call.committed' });
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    expect(killed.made).toEqual(['Oslo']);

    const second = await run(name);
    expect(second.code, second.stderr).toBeUndefined();
    expect(second.made).toEqual(['Lima']);
    expect(second.answer).toContain('{ executed: 1, replayed: 1 }');
  });

  it('pipeline: two runs with one key are one execution', async () => {
    const first = await run('pipeline');
    expect(first.code, first.stderr).toBeUndefined();
    expect([...first.made].sort()).toEqual(['Lima', 'Oslo']);
    const second = await run('pipeline');
    expect(second.code, second.stderr).toBeUndefined();
    expect(second.made).toEqual([]);
    expect(second.answer).toBe(first.answer);
  });
});

describe('every example', () => {
  it.each(NAMES)('%s has at most 40 lines, and a page that names it', (name) => {
    expect(
      readFileSync(join(ROOT, 'examples', `${name}.ts`), 'utf8')
        .trimEnd()
        .split('\n').length,
    ).toBeLessThanOrEqual(40);
    expect(readFileSync(join(ROOT, 'docs/frameworks/README.md'), 'utf8')).toContain(`examples/${name}.ts`);
  });
});
