/** What a handler gets for each kind of task, and what its failure tells. */
import { describe, expect, it } from 'vitest';
import type { EdgeSpec, GraphSpec, Json, NodeBehaviour, WorkflowIr } from '../../../src/core/ir.js';
import { NonRetryableError } from '../../../src/errors.js';
import { evaluateExpression, renderTemplate } from '../../../src/pipeline/expressions.js';
import type { PollResponse__Output } from '../../../src/rpc/generated/nexum/PollResponse.js';
import type { Handler } from '../../../src/worker/handler.js';
import { runTask, type TaskResult } from '../../../src/worker/task-runner.js';
import { FakeSession } from '../agents/fake-session.js';

const SECRETS: Readonly<Record<string, string>> = { TOKEN: 'tok-123', LONG: 'tok-123-and-more', EMPTY: '', ODD: 'a"b' };

const GRAPH: GraphSpec = { entry: ['a'], scheduling: 'eager', maxTurns: 5, task: 'Go' };

function run(
  handler: Handler,
  behaviour: NodeBehaviour,
  task: Partial<PollResponse__Output> = {},
  { graph, others = {} }: { graph?: GraphSpec; others?: Readonly<Record<string, Handler>> } = {},
): Promise<TaskResult> {
  const ir: WorkflowIr = {
    nodes: { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'h', ...behaviour } } },
    pipeline: { name: 'p', inputs: {}, ...(graph ? { graph } : {}) },
  };
  const polled = {
    ...{ executionId: 'exec-1', workflowId: 'p', versionHash: 'sha256:v', nodeId: 'a', iteration: 1, attempt: 1 },
    ...{ inputJson: '{"input":{},"deps":{}}', idempotencyKey: 'key', skipped: [], failed: [], withJson: '' },
    ...{ pending: [], messages: [] },
    ...{ isMapSubtask: false, mapItemJson: '', mapIndex: 0 },
    ...task,
  } as unknown as PollResponse__Output;
  return runTask(
    {
      workerId: 'w',
      handlers: new Map([['h', handler], ...Object.entries(others)]),
      openSession: () => new FakeSession(),
      log: () => ({ info: () => undefined, warn: () => undefined, error: () => undefined }),
      expressions: () => Promise.resolve({ renderTemplate }),
      secrets: (name) => SECRETS[name],
    },
    polled,
    ir,
    new AbortController().signal,
  );
}

const echo: Handler = (input) => input;
const output = (result: TaskResult): unknown => (result.ok ? JSON.parse(result.outputJson) : result);

describe('an item of a map', () => {
  it('is read by expressions as item and index, and by the handler in its context', async () => {
    const task = { isMapSubtask: true, mapItemJson: '{"v":"x"}', mapIndex: 3 };
    const behaviour = {
      with: { v: '${{ item.v }}', n: '${{ index }}', e: '${{ env.N }}' },
      env: { N: 'no ${{ index }}' },
    };
    const handler: Handler = (input, { item = null, index = -1 }) => ({ input, item, index });
    expect(output(await run(handler, behaviour, task))).toEqual({
      input: { v: 'x', n: 3, e: 'no 3' },
      item: { v: 'x' },
      index: 3,
    });
  });

  it('exists for no other task', async () => {
    const handler: Handler = (_input, context) => ['item' in context, 'index' in context];
    expect(output(await run(handler, {}))).toEqual([false, false]);
  });
});

describe('a failed dependency', () => {
  it('has its status and its error, and no output', async () => {
    const task = {
      inputJson: '{"input":{},"deps":{"b":null,"c":1}}',
      failed: [{ nodeId: 'b', errorCode: 'HANDLER_FAILED', errorMessage: 'no disk' }],
    };
    const behaviour = { with: { b: '${{ nodes.b }}', status: '${{ nodes.c.status }}' } };
    expect(output(await run(echo, behaviour, task))).toEqual({
      b: { output: null, status: 'FAILED', error: 'no disk' },
      status: 'COMPLETED',
    });
  });
});

describe('a node without an output yet', () => {
  it('is PENDING for expressions, and its output null; the iteration is that of the activation', async () => {
    const task = { inputJson: '{"input":{},"deps":{"b":null,"c":1}}', pending: ['b'], iteration: 3 };
    const behaviour = { with: { b: '${{ nodes.b }}', c: '${{ nodes.c.status }}', n: '${{ iteration }}' } };
    expect(output(await run(echo, behaviour, task))).toEqual({
      b: { output: null, status: 'PENDING' },
      c: 'COMPLETED',
      n: 3,
    });
  });
});

describe('the messages of a free graph', () => {
  const agent = { agent: { instructions: '', tools: [], maxSteps: 1 } };
  const task = { messages: [{ seq: 4, source: 'b', iteration: 2, content: 'hi', atMs: 9 }] };
  const handler: Handler = (_input, context) => ({ heard: (context.messages as Json | undefined) ?? null });

  it('reach agents', async () => {
    const heard = [{ source: 'b', iteration: 2, content: 'hi' }];
    expect(output(await run(handler, agent, task, { graph: GRAPH }))).toEqual({ heard });
    expect(output(await run(handler, agent, {}, { graph: GRAPH }))).toEqual({ heard: [] });
  });

  it('exist for no other node, and in no other pipeline', async () => {
    expect(output(await run(handler, {}, task, { graph: GRAPH }))).toEqual({ heard: null });
    expect(output(await run(handler, agent))).toEqual({ heard: null });
  });
});

describe('edges whose condition is a handler', () => {
  const edges: EdgeSpec[] = [
    { to: 'b', when: { handler: 'good' } },
    { to: 'c', when: { contains: 'x' } },
    { to: 'd', when: { handler: './check.js#bad' } },
  ];
  const node: Handler = () => ({ type: 'StopMessage', content: 'enough' });

  it('are asked after the node, in their order, about its output; the answers travel with the result', async () => {
    const asked: unknown[] = [];
    const condition =
      (holds: boolean): Handler =>
      (input, { node: name, attempt }) => {
        asked.push({ ...input, name, attempt });
        return holds;
      };
    const others = { good: condition(true), './check.js#bad': condition(false) };
    const result = await run(node, { edges }, { attempt: 2 }, { graph: GRAPH, others });
    expect(result).toEqual({
      ok: true,
      outputJson: '{"type":"StopMessage","content":"enough"}',
      conditions: [
        { edge: 0, holds: true },
        { edge: 2, holds: false },
      ],
    });
    const about = {
      output: { type: 'StopMessage', content: 'enough' },
      text: 'enough',
      from: 'a',
      name: 'a',
      attempt: 2,
    };
    expect(asked).toEqual([
      { ...about, to: 'b' },
      { ...about, to: 'd' },
    ]);
  });

  it('cannot change what the next one is told, nor the result', async () => {
    const spoil: Handler = (input) => {
      (input['output'] as { content: string }).content = 'changed';
      return input['text'] === 'enough';
    };
    const keeps: Handler = (input) => JSON.stringify(input['output']).includes('enough');
    const others = { good: spoil, './check.js#bad': keeps };
    const result = await run(node, { edges }, {}, { graph: GRAPH, others });
    expect(result).toMatchObject({ outputJson: expect.stringContaining('enough') as string });
    expect(result).toMatchObject({ conditions: [{ holds: true }, { holds: true }] });
  });

  it.each<[string, Handler, string]>([
    ['nothing', () => undefined as unknown as Json, 'a value of type undefined'],
    ['a text', () => 'true', 'a value of type string'],
    ['an object', () => ({ holds: true }), 'a value of type object'],
    ['null', () => null, 'null'],
  ])('fail the attempt when they answer %s', async (_what, bad, shown) => {
    const others = { good: () => true, './check.js#bad': bad };
    expect(await run(node, { edges }, {}, { graph: GRAPH, others })).toEqual({
      ok: false,
      code: 'OUTPUT_INVALID',
      message: `the condition ./check.js#bad of the edge a -> d: it must return true or false, and gave ${shown}`,
      retryable: true,
    });
  });

  it('fail the attempt with their own error, at their place', async () => {
    const others = {
      good: () => {
        throw new NonRetryableError('no such word');
      },
      './check.js#bad': () => true,
    };
    expect(await run(node, { edges }, {}, { graph: GRAPH, others })).toEqual({
      ok: false,
      code: 'NonRetryableError',
      message: 'the condition good of the edge a -> b: no such word',
      retryable: false,
    });
  });

  it('that this worker does not know fail the attempt before the node runs', async () => {
    let ran = false;
    const runs: Handler = () => (ran = true);
    expect(await run(runs, { edges }, {}, { graph: GRAPH, others: { good: () => true } })).toEqual({
      ok: false,
      code: 'UNKNOWN_HANDLER',
      message: 'this worker has no handler ./check.js#bad (condition of the edge a -> d, asked after node a)',
      retryable: false,
    });
    expect(ran).toBe(false);
  });

  it('are not asked for the items of a map', async () => {
    const task = { isMapSubtask: true, mapItemJson: '1', mapIndex: 0 };
    expect(await run(node, { edges }, task, { graph: GRAPH })).toEqual({
      ok: true,
      outputJson: '{"type":"StopMessage","content":"enough"}',
    });
  });
});

describe('an edited `with`', () => {
  it('takes the place of the one in the workflow, its expressions included', async () => {
    const task = { inputJson: '{"input":{"q":"x"},"deps":{}}', withJson: '{"v":"${{ inputs.q }}!"}' };
    expect(output(await run(echo, { with: { v: 1, w: 2 } }, task))).toEqual({ v: 'x!' });
    expect(output(await run(echo, {}, task))).toEqual({ v: 'x!' });
  });
});

describe('secrets', () => {
  it('reach `with` and `env` of the node that declares them', async () => {
    const behaviour = {
      secrets: ['TOKEN'],
      with: { t: '${{ secrets.TOKEN }}' },
      env: { T: 'Bearer ${{ secrets.TOKEN }}' },
    };
    const handler: Handler = (input, { env }) => ({ input, env });
    expect(output(await run(handler, behaviour))).toEqual({
      input: { t: 'tok-123' },
      env: { T: 'Bearer tok-123' },
    });
  });

  it('exist only where they are declared', async () => {
    expect(output(await run(echo, { secrets: ['TOKEN'], with: { t: '${{ secrets.LONG }}' } }))).toEqual({ t: null });
  });

  it('that the worker does not have fail the node for good, by name', async () => {
    expect(await run(echo, { secrets: ['TOKEN', 'NOPE'] })).toEqual({
      ok: false,
      code: 'MISSING_SECRET',
      message: 'node a needs the secret NOPE',
      retryable: false,
    });
  });

  it('never show in the error of the node', async () => {
    const handler: Handler = () => {
      throw new Error('401 for tok-123-and-more, tok-123 and {"p":"a\\"b"} (a"b)');
    };
    const result = await run(handler, { secrets: ['TOKEN', 'LONG', 'EMPTY', 'ODD'] });
    expect(result).toMatchObject({ message: '401 for ***, *** and {"p":"***"} (***)' });
  });

  it('are masked before a long error is cut', async () => {
    const handler: Handler = () => {
      throw new Error(`${'x'.repeat(3996)}tok-123`);
    };
    const result = await run(handler, { secrets: ['TOKEN'] });
    expect(result).toMatchObject({ message: `${'x'.repeat(3996)}***` });
  });
});

describe('expressions outside of a map', () => {
  it('have null as item, index and secrets', () => {
    const context = { inputs: {}, nodes: {}, run: {} };
    expect(evaluateExpression('item', context)).toBeNull();
    expect(evaluateExpression('index', context)).toBeNull();
    expect(evaluateExpression('secrets.X', context)).toBeNull();
    expect(evaluateExpression('item', { ...context, item: null, index: 0 })).toBeNull();
    expect(evaluateExpression('index', { ...context, item: null, index: 0 })).toBe(0);
  });
});
