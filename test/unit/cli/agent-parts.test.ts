import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AgentCrash } from '../../../src/cli/agent/agent-crash.js';
import { planAgent, type AgentFlags, type PlanSurroundings } from '../../../src/cli/agent/agent-plan.js';
import { agentReport, answerText } from '../../../src/cli/agent/agent-report.js';
import { callLabel, secretsOf } from '../../../src/cli/agent/call-label.js';
import { callLines, outcomeText } from '../../../src/cli/agent/call-lines.js';
import { newestLines, openLiveText } from '../../../src/cli/agent/live-text.js';
import { WatchedSession, type EndedCall } from '../../../src/cli/agent/watched-session.js';
import { Output } from '../../../src/cli/output.js';
import type { AgentOutcome } from '../../../src/agents/agent-loop.js';
import type { JsonObject } from '../../../src/core/ir.js';
import { FakeSession } from '../agents/fake-session.js';

const AROUND: PlanSurroundings = {
  env: {},
  knownTools: ['search_documents', 'read_document'],
  usualTools: ['search_documents'],
  remote: false,
};

function plan(question: string, flags: Partial<AgentFlags> = {}, around: Partial<PlanSurroundings> = {}) {
  return planAgent(question, { docs: '.', maxSteps: 8, ...flags }, { ...AROUND, ...around });
}

describe('the plan of an agent', () => {
  test('the session is named, by the option before the variable, or made of the question', () => {
    const env = { SESSION_ID: 'of-env' };
    expect(plan('q', { sessionId: 's1' }, { env })).toMatchObject({ sessionId: 's1', derived: false });
    expect(plan('q', {}, { env })).toMatchObject({ sessionId: 'of-env', derived: false });
    const derived = plan(' q ');
    expect(derived).toMatchObject({
      sessionId: expect.stringMatching(/^agent-[0-9a-f]{12}$/) as string,
      derived: true,
    });
    expect(plan('q').sessionId).toBe(derived.sessionId);
    expect(plan('another').sessionId).not.toBe(derived.sessionId);
  });

  test('what would make the recorded conversation another one makes another session; the model does not', () => {
    const { sessionId } = plan('q');
    expect(plan('q', { model: 'offline' }).sessionId).toBe(sessionId);
    for (const flags of [{ maxSteps: 3 }, { tools: [] }, { instructions: 'Be brief.' }, { code: true }])
      expect(plan('q', flags).sessionId).not.toBe(sessionId);
  });

  test('a derived session is that of one folder, wherever the command was given: projects may share a server', () => {
    const { sessionId } = plan('q', { docs: 'docs' });
    for (const docs of ['./docs/', `${process.cwd()}/docs`]) expect(plan('q', { docs }).sessionId).toBe(sessionId);
    const here = vi.spyOn(process, 'cwd').mockReturnValue('/elsewhere');
    onTestFinished(() => here.mockRestore());
    const other = plan('q', { docs: 'docs' });
    expect(other).toMatchObject({ docs: 'docs', derived: true });
    expect(other.sessionId).not.toBe(sessionId);
    expect(plan('q', { docs: '/elsewhere/docs' }).sessionId).toBe(other.sessionId);
  });

  test('the same folder has one name', () => {
    expect(['docs', './docs/', `${process.cwd()}/docs`].map((docs) => plan('q', { docs }).docs)).toEqual(
      Array(3).fill('docs'),
    );
    expect([process.cwd(), '/', '..'].map((docs) => plan('q', { docs }).docs)).toEqual([
      '.',
      '/',
      expect.stringMatching(/^\//),
    ]);
  });

  test('an endpoint is that of whichever provider the model names', () => {
    const { env } = plan('q', { model: 'm', baseUrl: 'http://127.0.0.1:9/v1' }, { env: { A: '1' } });
    expect(env).toMatchObject({
      A: '1',
      NEXUM_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_BASE_URL: env['NEXUM_BASE_URL'],
    });
  });

  test.each<[string, Partial<AgentFlags>, string]>([
    ['an unknown tool', { tools: ['serch_documents'] }, 'did you mean search_documents?'],
    ['too many steps', { maxSteps: 51 }, 'at most 50'],
    ['a bad session id', { sessionId: '../x' }, '--session-id: "../x" is not a session id: 1 to 64 letters'],
    ['an unknown crash point', { crashPoint: 'call.commited' }, 'did you mean call.committed?'],
    ['a crash point of a worker', { crashPoint: 'worker.result-sent' }, 'unknown crash point'],
    ['a bad number of a crash point', { crashPoint: 'call.claimed@0' }, '<name>@<n>'],
    ['two crashes', { crashPoint: 'call.claimed', crashAfterStep: 1 }, 'choose one'],
    ['an endpoint without a model', { baseUrl: 'http://127.0.0.1:9' }, '--model'],
    ['an endpoint that is no URL', { baseUrl: 'localhost:8000?key=hidden', model: 'm' }, '--base-url must be'],
  ])('%s is refused with its cure', (_name, flags, hint) => {
    expect(() => plan('q', flags)).toThrow(hint);
  });

  test('crash points of the server are refused where the server is another process', () => {
    expect(plan('q', { crashPoint: 'engine.after-commit@2' }).crashPoint).toBe('engine.after-commit@2');
    expect(() => plan('q', { crashPoint: 'engine.after-commit' }, { remote: true })).toThrow('another process');
    expect(() => plan(' ')).toThrow('the question is empty');
  });
});

describe('labels of calls', () => {
  test.each([
    ['model:offline/extractive', { conversation: 'x', turn: 2 }, 'model offline/extractive, turn 2'],
    ['tool:search_documents', { docs: '.', arguments: { query: 'a lease' } }, 'search_documents "a lease"'],
    ['tool:search_documents', { docs: '.', arguments: { queries: ['a', 'b'] } }, 'search_documents "a", "b"'],
    ['tool:read_document', { arguments: { path: 'a.md', start_line: 2, end_line: 9 } }, 'read_document a.md:2-9'],
    ['tool:read_document', { arguments: { path: 'a.md' } }, 'read_document a.md'],
    ['tool:visit_webpage', { arguments: { url: 'https://u:p@host/a?token=t' } }, 'visit_webpage url=https://host/a'],
    ['tool:http_request', { arguments: { headers: { a: 'b' }, api_key: 'k' } }, 'http_request headers=*** api_key=***'],
    ['tool:none', { arguments: {} }, 'none'],
    ['price', { item: 'apple' }, 'price item="apple"'],
    ['price', null, 'price'],
  ])('%s %j is %s', (tool, args, label) => {
    expect(callLabel(tool, args)).toBe(label);
  });

  test('values of secret variables are masked wherever they stand', () => {
    const secrets = secretsOf({ A_API_KEY: 'sk-canary-1', SHORT_KEY: 'abc', HOME: '/root-folder' });
    expect(secrets).toEqual({ A_API_KEY: 'sk-canary-1' });
    expect(callLabel('tool:t', { arguments: { query: 'use sk-canary-1 now' } }, secrets)).toBe('t "use *** now"');
  });

  const secret = 'sk-canary-"a\\b"-0123456789-0123456789-0123456789';
  test.each<[string, JsonObject]>([
    ['a query', { query: `${'x'.repeat(50)} ${secret}` }],
    ['a value', { note: `${'x'.repeat(30)} ${secret}` }],
    ['a nested value', { list: ['x'.repeat(25), secret] }],
    ['a URL', { url: `https://u:p@host/${'x'.repeat(18)}/${secret}` }],
    ['a path', { path: `${'x'.repeat(50)}/${secret}` }],
  ])('half a secret is a secret: %s is masked before it is shortened', (_what, args) => {
    const label = callLabel('tool:t', { arguments: args }, { A_KEY: secret });
    expect(label).toContain('***');
    expect(label).not.toContain('sk-c');
  });

  test('long arguments are shortened', () => {
    expect(callLabel('tool:t', { arguments: { query: 'x'.repeat(500) } }).length).toBeLessThan(70);
  });
});

describe('lines of calls', () => {
  const call = { number: 1, tool: 'tool:t', args: { arguments: { query: 'q' } } };

  function written(json: boolean): { output: Output; text: () => string } {
    const stderr = new PassThrough();
    return { output: new Output(json, new PassThrough(), stderr), text: () => String(stderr.read() ?? '') };
  }

  test('say submitted, done, cached and failed', () => {
    expect(outcomeText({ outcome: 'executed', ms: 12 })).toBe('done  12 ms');
    expect(outcomeText({ outcome: 'passed', ms: 1200 })).toBe('done  1.20 s (not stored)');
    expect(outcomeText({ outcome: 'cached', ms: 1 })).toBe('already COMPLETED (cached)');
    expect(outcomeText({ outcome: 'failed', ms: 1, error: new Error('no  way') })).toBe('failed  no way');
    const { output, text } = written(false);
    const lines = callLines(output, {});
    lines.submitted(call);
    lines.ended({ ...call, outcome: 'cached', ms: 1 });
    expect(
      text()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ').trim()),
    ).toEqual(['1 t "q" submitted', '1 t "q" already COMPLETED (cached)', '']);
  });

  test('O1: command no terminal', async () => {
    const hostile = 'q \u001b]0;title\u0007\u009b2J';
    const { output, text } = written(false);
    const lines = callLines(output, {});
    lines.submitted({ ...call, args: { path: hostile } });
    lines.ended({ ...call, outcome: 'failed', ms: 1, error: new Error(hostile) });
    expect(text()).not.toMatch(/[^\P{Cc}\n]/u);
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    const live = await openLiveText(new Output(false, new PassThrough(), stderr), false);
    live.add?.(hostile);
    const shown = String(stderr.read());
    expect(shown).toContain('q ]0;title2J');
    for (const control of ['\u001b]', '\u0007', '\u009b']) expect(shown).not.toContain(control);
  });

  test('show no secret of an error, and no half of one', () => {
    const secret = 'sk-canary-0123456789-0123456789';
    const error = new Error(`refused ${secret}, ${'x'.repeat(125)} ${secret}`);
    expect(outcomeText({ outcome: 'failed', ms: 1, error }, { A_KEY: secret })).not.toContain('sk-');
    for (const json of [false, true]) {
      const { output, text } = written(json);
      callLines(output, { A_KEY: secret }).ended({ ...call, outcome: 'failed', ms: 1, error });
      expect(text()).not.toContain('sk-');
    }
  });

  test('are objects with --json', () => {
    const { output, text } = written(true);
    callLines(output, {}).ended({ ...call, outcome: 'executed', ms: 1.26 });
    expect(JSON.parse(text())).toEqual({ event: 'call', number: 1, call: 't "q"', state: 'done', ms: 1.3 });
  });

  test('of a question say who answers it', () => {
    const { output, text } = written(false);
    callLines(output, {}).submitted({ number: 2, tool: 'ask', args: { question: 'Ship?' } });
    expect(text()).toMatch(/ask question="Ship\?" +submitted; a person answers: nexum approvals/);
  });

  test('only the newest lines of a streamed text are shown', () => {
    expect(newestLines('1\n2\n3\n4\n5\n6\n7\n')).toBe('2\n3\n4\n5\n6\n7');
  });
});

describe('a watched session', () => {
  async function watch(dieAfter?: number): Promise<{ ended: EndedCall[]; submitted: number[]; kill: number[] }> {
    const ended: EndedCall[] = [];
    const submitted: number[] = [];
    const kill: number[] = [];
    const crash = new AgentCrash(
      dieAfter === undefined ? {} : { crashAfterCalls: dieAfter },
      { submitted: ({ number }) => submitted.push(number), ended: (call) => ended.push(call) },
      () => kill.push(ended.length),
    );
    const session = new WatchedSession(new FakeSession(), crash);
    await session.call('a', 1, () => 'x');
    await session.call('a', 1, () => 'x');
    await session.call('b', 1, () => 'y', { repeat: 'never' });
    await session.call('c', 1, () => 'z');
    await expect(session.call('d', 1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    return { ended, submitted, kill };
  }

  test('tells what was executed, read back, not stored and failed', async () => {
    const { ended, submitted } = await watch();
    expect(ended.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'executed'],
      [2, 'cached'],
      [3, 'passed'],
      [4, 'executed'],
      [5, 'failed'],
    ]);
    expect(submitted).toEqual([1, 3, 4, 5]);
  });

  test('a crash comes after the n-th newly executed call: what is cached or not stored does not count', async () => {
    expect((await watch(1)).kill).toEqual([1]);
    expect((await watch(2)).kill).toEqual([4]);
    expect((await watch(3)).kill).toEqual([]);
  });

  test('a question is submitted only when its answer does not come at once', async () => {
    vi.useFakeTimers();
    try {
      let answer = (): void => undefined;
      const inner = new FakeSession();
      inner.ask = () =>
        new Promise((resolve) => {
          answer = () => resolve({ approved: true, approver: 'ada', comment: '' });
        });
      const told: string[] = [];
      const session = new WatchedSession(inner, {
        submitted: () => told.push('submitted'),
        ended: ({ outcome }) => told.push(outcome),
      });
      const first = session.ask('Ship?');
      answer();
      await first;
      const second = session.ask('Really?');
      await vi.advanceTimersByTimeAsync(1000);
      answer();
      await second;
      expect(told).toEqual(['cached', 'submitted', 'executed']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('an order that was not carried out says so', () => {
    const silent = { submitted: () => undefined, ended: () => undefined };
    expect(new AgentCrash({ crashAfterCalls: 9 }, silent).survived).toContain('0 calls were newly executed');
    expect(new AgentCrash({ crashPoint: 'call.claimed' }, silent).survived).toContain('call.claimed was not reached');
    expect(new AgentCrash({}, silent).survived).toBeUndefined();
  });
});

describe('the answer', () => {
  const quotation = { text: 'A lease\nis a claim.', path: 'a.md', startLine: 4, endLine: 5, sha256: '' };
  const findings = {
    question: 'q',
    engine: 'openai/m',
    status: 'answered',
    answer: 'It is a claim.',
    quotations: [quotation],
    uncovered: [],
  };

  test('has the text and each quotation with its place', () => {
    expect(answerText(findings)).toBe('It is a claim.\n\n[1] a.md:4-5\n    A lease\n    is a claim.');
  });

  test('of the offline engine is its quotations, and says so', () => {
    const text = answerText({ ...findings, engine: 'offline/extractive' });
    expect(text).toContain('no language model');
    expect(text).not.toContain('It is a claim.');
    expect(text).toContain('[1] a.md:4-5');
  });

  test('says what is missing', () => {
    const nothing = { ...findings, quotations: [], status: 'insufficient_evidence', answer: '', uncovered: ['fence'] };
    expect(answerText(nothing)).toBe(
      'Insufficient evidence: the documents do not carry an answer.\n\nNo evidence was found for: fence',
    );
  });

  test('is a text as it is, and anything else JSON', () => {
    expect(answerText('plain')).toBe('plain');
    expect(answerText({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(answerText({ quotations: ['mine'] })).toContain('"quotations"');
  });

  test.each([
    ['a quotation without a text', { ...findings, quotations: [{ path: 'a.md' }] }],
    ['a quotation that is a text', { ...findings, quotations: ['mine'] }],
  ])('with %s is JSON: it is no findings', (_what, output) => {
    expect(JSON.parse(answerText(output))).toEqual(output);
    const outcome: AgentOutcome = { output, state: 'completed', steps: 1, usage: { inputTokens: 1, outputTokens: 1 } };
    const ran = { sessionId: 's', question: 'q', model: 'm', calls: { executed: 1, replayed: 0 }, durationMs: 1 };
    expect(agentReport({ ...ran, outcome })).toMatchObject({ answer: output, findings: null });
  });
});
