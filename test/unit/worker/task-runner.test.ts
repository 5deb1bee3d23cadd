/** What a handler gets for each kind of task, and what its failure tells. */
import { describe, expect, it } from 'vitest';
import type { NodeBehaviour, WorkflowIr } from '../../../src/core/ir.js';
import { evaluateExpression, renderTemplate } from '../../../src/pipeline/expressions.js';
import type { PollResponse__Output } from '../../../src/rpc/generated/nexum/PollResponse.js';
import type { Handler } from '../../../src/worker/handler.js';
import { runTask, type TaskResult } from '../../../src/worker/task-runner.js';
import { FakeSession } from '../agents/fake-session.js';

const SECRETS: Readonly<Record<string, string>> = { TOKEN: 'tok-123', LONG: 'tok-123-and-more', EMPTY: '', ODD: 'a"b' };

function run(
  handler: Handler,
  behaviour: NodeBehaviour,
  task: Partial<PollResponse__Output> = {},
): Promise<TaskResult> {
  const ir: WorkflowIr = {
    nodes: { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'h', ...behaviour } } },
    pipeline: { name: 'p', inputs: {} },
  };
  const polled = {
    ...{ executionId: 'exec-1', workflowId: 'p', versionHash: 'sha256:v', nodeId: 'a', iteration: 1, attempt: 1 },
    ...{ inputJson: '{"input":{},"deps":{}}', idempotencyKey: 'key', skipped: [], failed: [], withJson: '' },
    ...{ isMapSubtask: false, mapItemJson: '', mapIndex: 0 },
    ...task,
  } as unknown as PollResponse__Output;
  return runTask(
    {
      workerId: 'w',
      handlers: new Map([['h', handler]]),
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
