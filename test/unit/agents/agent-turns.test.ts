import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { RetryableError } from '../../../src/errors.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { TaskBudget } from '../../../src/worker/task-budget.js';
import {
  agentContext,
  calls,
  docsFolder,
  lastWords,
  observations,
  speakingModel,
  type Folder,
  type Scripted,
} from './agent-fixture.js';
import { FakeSession, type Store } from './fake-session.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

type Options = Partial<Parameters<typeof agentContext>[0]> & { readonly library?: DocumentLibrary };

async function run(script: readonly Scripted[], { library = new DocumentLibrary(), ...options }: Options = {}) {
  const model = speakingModel({ '': script });
  const context = agentContext({ docs: folder.path, ...options });
  const handler = createAgentHandler({ library, env: {}, models: () => model });
  return { output: await handler({}, context), asked: model.asked, context };
}

const SEARCH = calls(['search_documents', { query: 'lease' }]);

describe('planning_interval', () => {
  it('asks for a plan before the first step and again after every so many steps, without tools', async () => {
    const { output, asked, context } = await run(['the plan', SEARCH, SEARCH, 'a new plan', 'done'], {
      spec: { planningInterval: 2 },
    });
    expect(output).toBe('done');
    expect(asked.map(({ tools }) => tools.length)).toEqual([0, 2, 2, 0, 2]);
    expect(lastWords(asked[0])).toMatch(/^Make a plan first.* You have 8 steps\./);
    expect(lastWords(asked[3])).toMatch(/6 steps are left/);
    expect(asked[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: 'the plan' },
      { role: 'user', content: 'Now go on by this plan.' },
    ]);
    const kinds = context.log.lines
      .filter(({ message }) => message === 'agent step')
      .map(({ fields }) => fields['kind']);
    expect(kinds).toEqual(['system_prompt', 'task', 'planning', 'action', 'action', 'planning', 'final_answer']);
  });

  it('does not count plans as steps', async () => {
    const { asked, context } = await run(['plan', SEARCH, 'plan', SEARCH, 'best effort'], {
      spec: { planningInterval: 1, maxSteps: 2 },
    });
    expect(asked).toHaveLength(5);
    expect(context.log.lines.at(-1)?.fields).toMatchObject({ state: 'max_steps', steps: 5 });
  });

  it('asks the offline model for none, whose policy is fixed', async () => {
    const context = agentContext({ docs: folder.path, spec: { planningInterval: 2, model: 'offline' } });
    const output = await createAgentHandler({ library: new DocumentLibrary(), env: {} })({}, context);
    expect(output).toMatchObject({ status: 'answered', engine: 'offline/extractive' });
    expect(context.log.lines.map(({ fields }) => fields['kind'])).not.toContain('planning');
  });
});

describe('calls in a turn without tools', () => {
  const unasked = { text: 'text', calls: SEARCH };
  const notExecuted = {
    role: 'tool',
    callId: 'c0',
    content: expect.stringMatching(/^<tool_error>\nnot executed/) as string,
  };

  it('of a plan are answered before the work goes on', async () => {
    const { asked, context } = await run([unasked, 'done'], { spec: { planningInterval: 2 } });
    expect(asked[1]?.messages.slice(-2)).toMatchObject([notExecuted, { role: 'user', purpose: 'plan' }]);
    expect(context.session.calls.map(({ tool }) => tool)).toEqual(['model:test/speaking', 'model:test/speaking']);
  });

  it('of a best effort and of a repair are answered before the next repair', async () => {
    const options = { spec: { maxSteps: 1, finalAnswerChecks: [{ minLength: 5 }] } };
    const { asked, output } = await run([SEARCH, unasked, unasked, 'long enough'], options);
    expect(output).toBe('long enough');
    for (const request of asked.slice(2))
      expect(request.messages.slice(-2)).toMatchObject([notExecuted, { role: 'user', purpose: 'repair' }]);
  });

  it('are those of tools that the model knows, which goes along for providers that must be told', async () => {
    const { asked } = await run([SEARCH, 'as far as I got'], { spec: { maxSteps: 1 } });
    expect(asked[1]?.tools).toEqual([]);
    expect(asked[1]?.withheld).toEqual(asked[0]?.tools);
  });
});

describe('ask_human', () => {
  const spec = { tools: ['ask_human'] };

  it('waits for a person, whose words are the observation and no fetched data', async () => {
    const session = new FakeSession(new Map(), Infinity, (question) => ({
      approved: true,
      approver: 'anna',
      comment: `you asked: ${question}`,
    }));
    const { asked } = await run([calls(['ask_human', { question: 'May I?' }]), 'done'], { spec, session });
    expect(observations(asked[1])).toEqual(['anna approves: you asked: May I?']);
    expect(session.calls.map(({ tool }) => tool)).toEqual(['model:test/speaking', 'ask', 'model:test/speaking']);
  });

  it('takes a rejection as an answer, and is asked once', async () => {
    const store: Store = new Map();
    const person = () => ({ approved: false, approver: 'bob', comment: '' });
    const script = [calls(['ask_human', { question: 'May I?' }]), 'done'];
    await run(script, { spec, session: new FakeSession(store, Infinity, person) });
    const { asked } = await run(script, { spec, session: new FakeSession(store) });
    expect(asked).toEqual([]);
  });

  it('T4: waits no longer when another call fails the attempt, or when it is aborted', async () => {
    class Silent extends FakeSession {
      override ask = (): Promise<never> => new Promise(() => undefined);
    }
    class Broken extends DocumentLibrary {
      override search(): Promise<never> {
        return Promise.reject(new RetryableError('the disk is away'));
      }
    }
    const ask = ['ask_human', { question: 'May I?' }] as const;
    const both = { tools: ['ask_human', 'search_documents'] };
    const script = [calls(ask, ['search_documents', { query: 'a' }])];
    const failing = run(script, { spec: both, session: new Silent(), library: new Broken() });
    await expect(failing).rejects.toThrow('the disk is away');
    const controller = new AbortController();
    const aborted = run([calls(ask)], { spec, session: new Silent(), signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
  });

  it('T2: refuses a question that nobody could read', async () => {
    const { asked } = await run([calls(['ask_human', { question: 'x'.repeat(3000) }]), 'done'], { spec });
    expect(observations(asked[1])[0]).toMatch(/^<tool_error>\ninvalid arguments: .*2000/);
  });
});

describe('on_divergence: truncate', () => {
  const script = [SEARCH, calls(['read_document', { path: 'leases.md' }]), 'done'];

  it('M2: goes on anew from the turn that differs; committed tool calls stay', async () => {
    const store: Store = new Map();
    await run(script, { session: new FakeSession(store) });
    const spec = { onDivergence: 'truncate', instructions: 'Something else.' } as const;
    const second = await run(script, { session: new FakeSession(store), spec });
    expect(second.asked).toHaveLength(3);
    expect(second.context.session.stats).toEqual({ executed: 3, replayed: 5 });
    expect(second.context.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { turn: 1 } }]);
    const third = await run(script, { session: new FakeSession(store), spec });
    expect(third.asked).toEqual([]);
    expect(third.context.session.stats.executed).toBe(0);
  });

  it('M7: tells what forgotten turns have used in every attempt that follows', async () => {
    const store: Store = new Map();
    await run(script, { session: new FakeSession(store) });
    const used = async (spec: Options['spec']): Promise<unknown> => {
      const budget = new TaskBudget();
      await run(script, { session: new FakeSession(store), spec: { onDivergence: 'truncate', ...spec }, budget });
      return budget.usage;
    };
    expect(await used({})).toMatchObject([{ calls: 3, costNanoUsd: 1.5e9 }]);
    const twice = [{ calls: 6, inputTokens: 60, costNanoUsd: 3e9 }];
    expect(await used({ instructions: 'Something else.' })).toMatchObject(twice);
    expect(await used({ instructions: 'Something else.' })).toMatchObject(twice);
    expect(await used({})).toMatchObject([{ calls: 9 }]);
    expect(await used({})).toMatchObject([{ calls: 9 }]);
  });

  it('M7: misses none of it, wherever it dies', async () => {
    const recorded: Store = new Map();
    await run(script, { session: new FakeSession(recorded) });
    const spec = { onDivergence: 'truncate', instructions: 'Something else.' } as const;
    for (const dieAfter of [1, 2, 3]) {
      const store: Store = new Map(recorded);
      await expect(run(script, { session: new FakeSession(store, dieAfter), spec })).rejects.toThrow('killed');
      const budget = new TaskBudget();
      await run(script, { session: new FakeSession(store), spec, budget });
      // Whoever dies right after the first commit counts again what it did not come to forget.
      expect(budget.usage).toMatchObject([{ calls: dieAfter === 1 ? 8 : 6 }]);
    }
  });

  it('M7: forgets nothing while the model has not answered', async () => {
    const store: Store = new Map();
    await run(script, { session: new FakeSession(store) });
    const before = new Map(store);
    const spec = { onDivergence: 'truncate', instructions: 'Something else.' } as const;
    await expect(run([], { session: new FakeSession(store), spec })).rejects.toThrow('no reply 0');
    expect(store).toEqual(before);
  });

  it('M2: keeps the turns before the one that differs', async () => {
    const store: Store = new Map();
    await run([...SEARCHES, 'done'], { session: new FakeSession(store), spec: { maxSteps: 2 } });
    // With one step more the third request offers tools again: another request.
    const spec = { onDivergence: 'truncate', maxSteps: 2, tools: ['search_documents', 'read_document'] } as const;
    const second = await run([...SEARCHES, 'done'], { session: new FakeSession(store), spec });
    expect(second.asked).toEqual([]);
  });

  it('M2: loses nothing when it dies while it forgets', async () => {
    const store: Store = new Map();
    await run(script, { session: new FakeSession(store) });
    const spec = { onDivergence: 'truncate', instructions: 'Something else.' } as const;
    // Forgets all three turns, then dies with the commit of the first new one.
    await expect(run(script, { session: new FakeSession(store, 1), spec })).rejects.toThrow('killed');
    const { asked, output } = await run(script, { session: new FakeSession(store), spec });
    expect(output).toBe('done');
    expect(asked).toHaveLength(2);
  });
});

const SEARCHES = [SEARCH, calls(['search_documents', { query: 'crash' }])];

describe('a model that never ends', () => {
  it('L1: makes the same call until the steps are used up; the call runs once', async () => {
    const { context, asked } = await run([...Array.from({ length: 8 }, () => SEARCH), 'done']);
    expect(asked).toHaveLength(9);
    expect(context.session.calls.filter(({ tool, replayed }) => tool.startsWith('tool:') && !replayed)).toHaveLength(1);
  });
});
