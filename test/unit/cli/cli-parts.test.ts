import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { CrashPlan } from '../../../src/cli/crash-plan.js';
import { completionScript, SHELLS } from '../../../src/cli/completion-script.js';
import { checkModel, checkNode } from '../../../src/cli/doctor-checks.js';
import { resultText } from '../../../src/cli/execution-report.js';
import { exitCodeOf } from '../../../src/cli/exit-code.js';
import { BUILT_IN_HANDLERS, loadBuiltInHandlers } from '../../../src/cli/handler-table.js';
import { parseCount, parseDuration, parsePairs, parseTime } from '../../../src/cli/option-parsers.js';
import { Output, table } from '../../../src/cli/output.js';
import { buildProgram, COMMANDS } from '../../../src/cli/program.js';
import { formatDuration, formatZoned, shorten } from '../../../src/cli/text-format.js';
import { nexumError } from '../../../src/errors.js';

describe('option parsers', () => {
  test('durations are milliseconds', () => {
    expect(['500ms', '30s', '5m', '2h', '1d'].map(parseDuration)).toEqual([
      500, 30_000, 300_000, 7_200_000, 86_400_000,
    ]);
    for (const text of ['', '5', '1.5s', 'soon', '0s', '-1s'])
      expect(() => parseDuration(text)).toThrow('is not a duration');
  });

  test('counts are positive integers', () => {
    expect(parseCount('12')).toBe(12);
    for (const text of ['', '0', '-1', '1.5', 'x']) expect(() => parseCount(text)).toThrow('positive integer');
  });

  test('times are ISO 8601, in UTC unless they name an offset', () => {
    const noon = Date.UTC(2026, 10, 20, 12);
    for (const text of [
      '2026-11-20T12:00:00Z',
      '2026-11-20T12:00',
      '2026-11-20T13:00+01:00',
      '2026-11-20T12:00:00.000',
    ])
      expect(parseTime(text)).toBe(noon);
    expect(parseTime('2026-11-20')).toBe(noon - 12 * 3_600_000);
    for (const text of [
      '',
      'soon',
      '12:00',
      '2026',
      '2026-13-01',
      '2026-11-20 12:00',
      '2026-11-20T',
      '2026-11-20T25:00',
    ])
      expect(() => parseTime(text)).toThrow('is not a time');
  });

  test('pairs keep every = of the value; a later pair wins', () => {
    expect(parsePairs(['a=1', 'b=x=y', 'c=', 'a=2'])).toEqual({ a: '2', b: 'x=y', c: '' });
    expect(() => parsePairs(['=x'])).toThrow('-i key=value');
  });
});

describe('output', () => {
  function captured(json: boolean): { output: Output; read: () => [string, string] } {
    const [out, err] = [new PassThrough(), new PassThrough()];
    return { output: new Output(json, out, err), read: () => [String(out.read() ?? ''), String(err.read() ?? '')] };
  }

  test('data go to stdout, the rest to stderr', () => {
    const { output, read } = captured(false);
    output.data({ a: 1 }, 'text');
    output.note('note');
    expect(read()).toEqual(['text\n', 'note\n']);
  });

  test('with --json data are one line of JSON, errors an object with code and cure', () => {
    const { output, read } = captured(true);
    output.data({ a: 1 }, 'text');
    output.error(nexumError('USAGE', 'no'));
    const [stdout, stderr] = read();
    expect(stdout).toBe('{"a":1}\n');
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'USAGE', message: 'no', fix: expect.any(String) as string },
    });
  });

  describe('O1: what a model, a tool or a page wrote commands no terminal', () => {
    const hostile = 'a\u001b]0;title\u0007b\u001b[2Jc\u009b31md\re\u007f\u0000\tf\r\ng\n';
    const harmless = 'a]0;titleb[2Jc31mde\tf\r\ng\n';

    test('as data, as a note, and as an error', () => {
      const { output, read } = captured(false);
      output.data(null, hostile);
      output.note(hostile);
      output.error(nexumError('USAGE', hostile));
      output.error(new Error(hostile));
      const [stdout, stderr] = read();
      expect(stdout).toBe(harmless);
      expect(stderr.startsWith(`${harmless}error USAGE: ${harmless}`)).toBe(true);
      expect(stderr.endsWith(`error: ${harmless}`)).toBe(true);
    });

    test('while the colours of the command itself stay', () => {
      const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY: true, hasColors: () => true })];
      const output = new Output(false, out, err);
      output.note(`${output.paint('red', `failed ${hostile.trimEnd()}`)} \u001b[31m${hostile}`);
      const stderr = String(err.read());
      expect(stderr).toBe(`\u001b[31mfailed ${harmless.trimEnd()}\u001b[39m [31m${harmless}`);
      expect(output.visible(output.paint('dim', hostile))).toBe(`\u001b[2m${harmless}\u001b[22m`);
    });

    test('in JSON, which says the same', () => {
      const { output, read } = captured(true);
      output.data({ text: hostile }, '');
      output.error(nexumError('USAGE', hostile));
      const [stdout, stderr] = read();
      for (const line of [stdout, stderr]) expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(stdout)).toEqual({ text: hostile });
      expect(JSON.parse(stderr)).toMatchObject({ error: { message: hostile } });
    });
  });

  test('errors are printed without what nobody may see', () => {
    for (const json of [false, true]) {
      const { output, read } = captured(json);
      const hide = (text: string): string => text.replaceAll('sk-canary', '***');
      output.error(nexumError('USAGE', 'the key sk-canary'), hide);
      output.error(new Error('the key sk-canary'), hide);
      expect(read()[1].split('the key ***')).toHaveLength(3);
    }
  });

  test('a table is as wide as its cells', () => {
    expect(table(['A', 'B'], [['long', 'x'], ['y', '']])).toBe('A     B\nlong  x\ny'); // prettier-ignore
  });

  test('a text prints as it is, an object with a path as the path, the rest as JSON', () => {
    expect(resultText('x')).toBe('x');
    expect(resultText({ path: '/r.md', bytes: 1 })).toBe('/r.md');
    expect(resultText({ path: 1 })).toBe('{\n  "path": 1\n}');
    expect(resultText(null)).toBe('null');
  });

  test('times in a time zone are those of its clocks, with the offset of that day', () => {
    expect(formatZoned(Date.UTC(2026, 0, 1, 23), 'Europe/Berlin')).toBe('2026-01-02 00:00 GMT+1');
    expect(formatZoned(Date.UTC(2026, 6, 1, 4, 0, 5), 'Europe/Berlin')).toBe('2026-07-01 06:00:05 GMT+2');
  });

  test('durations and long texts are short', () => {
    expect([42, 840, 12_345, 247_000, 7_380_000].map(formatDuration)).toEqual([
      '42 ms',
      '0.84 s',
      '12.3 s',
      '4m 07s',
      '2h 03m',
    ]);
    expect(shorten('a\n b  c', 3)).toBe('a …');
  });
});

test('exit codes follow the code of the error', () => {
  const codes = [
    'USAGE',
    'INVALID_WORKFLOW',
    'EXECUTION_NOT_FOUND',
    'WRONG_STATE',
    'SERVER_UNREACHABLE',
    'INTERNAL',
  ] as const;
  expect(codes.map((code) => exitCodeOf(nexumError(code, '')))).toEqual([2, 3, 5, 6, 7, 1]);
  expect(exitCodeOf(new Error('x'))).toBe(1);
});

describe('the crash plan', () => {
  test('kills after the commit of the named node only', () => {
    const kill = vi.fn();
    const plan = new CrashPlan({ after: 'b' }, kill);
    plan.afterCommit('a', 1);
    expect(kill).not.toHaveBeenCalled();
    plan.afterCommit('b', 1);
    expect(kill).toHaveBeenCalledOnce();
  });

  test('kills after the commit, or inside, of one iteration of a node', () => {
    const kill = vi.fn();
    const plan = new CrashPlan({ after: 'a#2', in: 'b#2', inCalls: 1 }, kill);
    plan.afterCommit('a', 1);
    plan.afterCall({ session: 'exec-1/b#1', outcome: 'executed' });
    expect(kill).not.toHaveBeenCalled();
    plan.afterCommit('a', 2);
    expect(kill).toHaveBeenCalledOnce();
    plan.afterCall({ session: 'exec-1/b#2', outcome: 'executed' });
    expect(kill).toHaveBeenCalledTimes(2);
  });

  test('kills inside a node after so many executed calls of it; replayed ones do not count', () => {
    const kill = vi.fn();
    const plan = new CrashPlan({ in: 'b', inCalls: 2 }, kill);
    for (const outcome of ['replayed', 'executed', 'failed']) plan.afterCall({ session: 'exec-1/b#1', outcome });
    plan.afterCall({ session: 'exec-1/a#1', outcome: 'executed' });
    expect(kill).not.toHaveBeenCalled();
    plan.afterCall({ session: 'exec-1/b#1', outcome: 'executed' });
    expect(kill).toHaveBeenCalledOnce();
  });

  test('comes from the environment', () => {
    expect(CrashPlan.fromEnv({}).active).toBe(false);
    expect(CrashPlan.fromEnv({ CRASH_AFTER: 'a', CRASH_IN: 'b' }).nodes).toEqual(['a', 'b']);
    expect(() => CrashPlan.fromEnv({ CRASH_IN_CALLS: '0' })).toThrow('CRASH_IN_CALLS');
  });
});

describe('the program', () => {
  test('has the commands of its table, each with a summary and examples', () => {
    const program = buildProgram();
    expect(program.commands.map((command) => command.name())).toEqual(COMMANDS.map(({ name }) => name));
    for (const command of program.commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain('Examples:');
      expect(help).toContain('--json');
    }
  });

  test.each(SHELLS)('completes every command and its options in %s', (shell) => {
    const script = completionScript(buildProgram(), shell);
    for (const { name } of COMMANDS) expect(script).toContain(name);
    expect(script).toContain(shell === 'fish' ? '-l crash-after' : '--crash-after');
    expect(script).toMatch(/yaml|ml\b/);
  });
});

test('the names of the built-in handlers are those that exist', async () => {
  expect([...(await loadBuiltInHandlers({})).keys()].sort()).toEqual([...BUILT_IN_HANDLERS].sort());
});

test.each<[NodeJS.ProcessEnv, string, string]>([
  [{}, 'ok', 'offline, unless a pipeline names another; no key found'],
  [{ GOOGLE_API_KEY: 'secret' }, 'ok', 'offline, unless a pipeline names another; found GOOGLE_API_KEY'],
  [
    { OPENAI_API_KEY: 'secret', NEXUM_MODEL: 'gpt-x' },
    'ok',
    'openai/gpt-x at api.openai.com with OPENAI_API_KEY (not called); found OPENAI_API_KEY',
  ],
  [
    { NEXUM_MODEL: 'ollama/llama3', OLLAMA_BASE_URL: 'http://gpu:11434?key=secret' },
    'ok',
    'ollama/llama3 at gpu:11434 without a key (not called); no key found',
  ],
  [
    { NEXUM_MODEL: 'claude-x', OPENAI_API_KEY: 'secret' },
    'warning',
    'the model anthropic/claude-x needs ANTHROPIC_API_KEY; found OPENAI_API_KEY',
  ],
])('doctor says which model is configured, without the values of keys: %j', (env, status, detail) => {
  expect(checkModel(env)).toMatchObject({ status, detail });
});

test('doctor knows an old Node.js', () => {
  expect(['20.18.9', '20.19.0', '24.1.0'].map((version) => checkNode(version).status)).toEqual(['error', 'ok', 'ok']);
});
