/** `nexum agent`, `nexum session` and `nexum demo bench`: real processes, killed where the command line says so. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, ROOT, runCli, temporaryFolder } from '../support/cli.js';
import { ScriptedProvider, type Asked, type Refusal, type Script } from '../support/scripted-provider.js';

const DOCS = join(ROOT, 'docs');
const FIXTURES = join(ROOT, 'test/fixtures/documents');
const QUESTION = 'What does a fenced lease guarantee?';
const CACHED = 'already COMPLETED (cached)';

const SEARCH = { query: 'lease heartbeat', limit: 3 };
const QUOTED = '- The default lease lasts 30 seconds.';
const QUOTED_LINE = 18;
const ANSWER = {
  question: QUESTION,
  status: 'answered',
  answer: 'The default lease lasts 30 seconds.',
  quotations: [{ text: QUOTED, path: 'leases.md', startLine: QUOTED_LINE, endLine: QUOTED_LINE }],
  uncovered: [],
};
/** A search, a look at what was found, an answer: by the results so far. */
const CONVERSATION: Script = {
  0: { calls: [['search_documents', SEARCH]] },
  1: { calls: [['read_document', { path: 'leases.md', start_line: 14, end_line: 21 }]] },
  2: { text: JSON.stringify(ANSWER) },
};
const CODE = `I search, then I answer.
\`\`\`js
const { hits } = await search_documents(${JSON.stringify(SEARCH)});
await final_answer('found it in ' + hits[0].path);
\`\`\`
`;

interface Report {
  readonly session: string;
  readonly state: string;
  readonly answer: string;
  readonly findings: { readonly quotations: readonly Quotation[] };
  readonly calls: { readonly executed: number; readonly replayed: number };
}

interface Quotation {
  readonly text: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

interface Shown {
  readonly session: string;
  readonly calls: readonly { readonly number: number; readonly tool: string; readonly status: string }[];
  readonly steps: readonly { readonly kind: string }[];
}

interface Figures {
  readonly median: number;
  readonly p95: number;
}

interface Bench {
  readonly fsync: Figures;
  readonly call: Readonly<Record<string, Figures>>;
  readonly agent: Readonly<Record<string, Figures>>;
  readonly ratios: Readonly<Record<string, number>>;
}

/** Nor does OpenAI stream every model to everybody: then the reply is asked for in one piece. */
const NO_STREAMS: Refusal = (asked) => {
  if (!streams(asked)) return undefined;
  const message = 'Your organization must be verified to stream this model.';
  return { status: 400, body: JSON.stringify({ error: { message, param: 'stream' } }) };
};

const providers: ScriptedProvider[] = [];

afterAll(async () => {
  await Promise.all(providers.map((provider) => provider.stop()));
  await cleanUp();
});

async function scripted(script: Script): Promise<ScriptedProvider> {
  const provider = await ScriptedProvider.start(script, NO_STREAMS);
  providers.push(provider);
  return provider;
}

function streams({ body }: Asked): boolean {
  return (JSON.parse(body) as { stream?: boolean }).stream === true;
}

/** The keys of the model calls that it has answered. */
function answered({ asked }: ScriptedProvider): string[] {
  return asked.filter((each) => !streams(each)).map(({ idempotencyKey }) => idempotencyKey);
}

/** A line for each durable call: `  2  search_documents "lease"    done  4 ms`. */
function callLine(number: number, what: string): RegExp {
  return new RegExp(`^ +${number} .*${what.replace(/[()]/g, '\\$&')}`, 'm');
}

describe.concurrent('nexum agent', { timeout: 60_000 }, () => {
  it('goes on after the last committed call when it was killed, offline; its session can be listed, shown and forgotten', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'docs'));
    for (const file of ['leases.md', 'guarantees.md']) copyFileSync(join(DOCS, file), join(cwd, 'docs', file));
    const ask = ['agent', QUESTION, '--session-id', 's1', '--docs'];
    const killed = await runCli([...ask, join(cwd, 'docs'), '--crash-after-step', '1'], { cwd });
    expect(killed).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
    expect(killed.stderr).toMatch(callLine(1, 'done'));
    expect(killed.stderr).not.toContain(CACHED);

    // The same folder by another name: the same calls.
    const second = await runCli([...ask, 'docs'], { cwd });
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toMatch(callLine(1, CACHED));
    expect(second.stderr.split(CACHED)).toHaveLength(2);
    const places = [...second.stdout.matchAll(/^\[\d+\] (\S+\.md):(\d+)(?:-(\d+))?$/gm)];
    expect(places.length).toBeGreaterThan(0);

    const third = await runCli([...ask, './docs/', '--json'], { cwd });
    expect(third.code, third.stderr).toBe(0);
    const report = JSON.parse(third.stdout) as Report;
    expect(report).toMatchObject({ session: 's1', state: 'completed', calls: { executed: 0 } });
    const { quotations } = report.findings;
    expect(quotations.map(placeOf)).toEqual(places.map(([line]) => line.replace(/^\[\d+\] /, '')));
    for (const { text, path, startLine, endLine } of quotations) {
      expect(linesOf(join(DOCS, path), startLine, endLine)).toContain(text);
    }

    const [list, show] = await Promise.all([
      runCli(['session', 'ls', '--json'], { cwd }),
      runCli(['session', 'show', 's1', '--json'], { cwd }),
    ]);
    const { replayed } = report.calls;
    expect(JSON.parse(list.stdout)).toMatchObject({ sessions: [{ session: 's1', calls: replayed }] });
    const { session, calls, steps } = JSON.parse(show.stdout) as Shown;
    expect(session).toBe('s1');
    expect(calls.map(({ number }) => number)).toEqual(calls.map((_call, index) => index + 1));
    expect(calls).toHaveLength(replayed);
    expect(calls[0]).toMatchObject({ tool: 'model:offline/extractive', attempts: 1 });
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
    expect(steps.slice(0, 3).map(({ kind }) => kind)).toEqual(['system_prompt', 'task', 'action']);
    expect(steps.at(-1)?.kind).toBe('final_answer');

    const removed = await runCli(['session', 'rm', 's1', '--json'], { cwd });
    expect(removed.code, removed.stderr).toBe(0);
    expect(JSON.parse(removed.stdout)).toEqual({ session: 's1', forgotten: replayed, kept: 0 });
    const gone = await runCli(['session', 'show', 's1'], { cwd });
    expect(gone).toMatchObject({ code: 5, stdout: '' });
    expect(gone.stderr).toContain('SESSION_NOT_FOUND');
  });

  it('asks the provider for each model call once although it was killed; SESSION_ID names the session', async () => {
    const provider = await scripted(CONVERSATION);
    const { OPENAI_BASE_URL: url = '', ...others } = provider.env();
    const options = { cwd: temporaryFolder(), env: { ...others, SESSION_ID: 'from-env' } };
    const ask = ['agent', QUESTION, '--docs', FIXTURES, '--model', 'openai/gpt-test', '--base-url', url];
    // Committed: a model call, its search, a model call, about which the agent has heard nothing.
    const killed = await runCli([...ask, '--crash-point', 'call.committed@3'], options);
    expect(killed, killed.stderr).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
    expect(answered(provider)).toHaveLength(2);

    const next = await runCli([...ask, '--json'], options);
    expect(next.code, next.stderr).toBe(0);
    expect(JSON.parse(next.stdout)).toMatchObject({
      session: 'from-env',
      model: 'openai/gpt-test',
      state: 'completed',
      answer: ANSWER.answer,
      findings: { quotations: ANSWER.quotations },
      steps: 3,
      calls: { executed: 2, replayed: 3 },
    });
    const keys = answered(provider);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(3);
  });

  it('runs JavaScript of the model with --code, in a session made of the question', async () => {
    const provider = await scripted({ 0: { text: CODE } });
    const options = { cwd: temporaryFolder(), env: { ...provider.env(), SESSION_ID: '' } };
    const ask = ['agent', QUESTION, '--docs', FIXTURES, '--code'];
    const fresh = await runCli(ask, options);
    expect(fresh, fresh.stderr).toMatchObject({ code: 0, stdout: 'found it in leases.md\n' });
    expect(fresh.stderr).toContain('search_documents "lease heartbeat"');
    const [, id] = /^session (agent-[0-9a-f]+) \(of this question\)/m.exec(fresh.stderr) ?? [];
    expect(id).toBeDefined();

    const again = await runCli([...ask, '--json'], options);
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      session: id,
      answer: 'found it in leases.md',
      findings: null,
      calls: { executed: 0 },
    });
    expect(answered(provider)).toHaveLength(1);
  });

  it.each([
    {
      wrong: ['--tools', 'search_document'],
      says: ['UNKNOWN_TOOL', 'did you mean search_documents?', 'read_document'],
    },
    { wrong: ['--session-id', 'a b'], says: ['USAGE', '--session-id', '1 to 64 letters, digits'] },
    { wrong: ['--max-steps', '0'], says: ['USAGE', '--max-steps', '"0" is not a positive integer'] },
    {
      wrong: ['--docs', 'no-such-folder'],
      says: ['DOCUMENTS_NOT_FOUND', 'no-such-folder does not exist', '--docs <folder>'],
    },
    { wrong: ['--crash-point', 'nonsense'], says: ['USAGE', '"nonsense"', 'call.claimed', 'call.committed'] },
  ])('exit 2 and a cure for $wrong', async ({ wrong, says }) => {
    const { code, stdout, stderr } = await runCli(['agent', QUESTION, ...wrong], { cwd: temporaryFolder() });
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    for (const text of says) expect(stderr).toContain(text);
  });
});

describe.concurrent('nexum demo bench', { timeout: 60_000 }, () => {
  it('measures plain, cold and cached calls, and an agent in the same ways', async () => {
    const { code, stdout, stderr } = await runCli(['demo', 'bench', '--runs', '2', '--json'], {
      cwd: temporaryFolder(),
    });
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Bench;
    expect(report).toMatchObject({ runs: 2, agentRuns: 1, question: QUESTION });
    const modes = ['plain', 'cold', 'cached'];
    expect(Object.keys(report.call)).toEqual(modes);
    expect(Object.keys(report.agent)).toEqual(modes);
    for (const { median, p95 } of [report.fsync, ...Object.values(report.call), ...Object.values(report.agent)]) {
      expect(median).toBeGreaterThan(0);
      expect(p95).toBeGreaterThanOrEqual(median);
    }
    const ratios = ['coldAddedPerFsync', 'cachedPerCold', 'agentColdPerPlain', 'agentCachedPerPlain'];
    expect(Object.keys(report.ratios)).toEqual(ratios);
    for (const ratio of Object.values(report.ratios)) expect(ratio).toBeTypeOf('number');
  });
});

function placeOf({ path, startLine, endLine }: Quotation): string {
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function linesOf(file: string, start: number, end: number): string {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(start - 1, end)
    .join('\n');
}
