/** What each span says, and what it never says. Real processes and their one trace are in test/e2e/tracing.test.ts. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ModelCalls } from '../../../src/agents/model-calls.js';
import type { Model } from '../../../src/agents/models/model.js';
import { ToolCalls } from '../../../src/agents/tools/tool-calls.js';
import type { AgentTool } from '../../../src/agents/tools/agent-tool.js';
import type { JsonObject, WorkflowIr } from '../../../src/core/ir.js';
import { NonRetryableError, nexumError } from '../../../src/errors.js';
import type { PollResponse__Output } from '../../../src/rpc/generated/nexum/PollResponse.js';
import { recordExecution } from '../../../src/tracing/execution-span.js';
import { isTracing, startSpan } from '../../../src/tracing/span.js';
import type { Handler } from '../../../src/worker/handler.js';
import { runTask, type TaskResult } from '../../../src/worker/task-runner.js';
import { recordingLog, scriptedModel } from '../agents/agent-fixture.js';
import { FakeSession, type Store } from '../agents/fake-session.js';
import { recordSpans } from '../../support/spans.js';

const TRACE_ID = '019a1b2caaaa7bbb8ccc0123456789ab';
/** OpenTelemetry takes small numbers for times since the process began. */
const EPOCH_S = 1_700_000_000;
const EXECUTION_ID = 'exec-019a1b2c-aaaa-7bbb-8ccc-0123456789ab';
const PARENT_ID = TRACE_ID.slice(16);
const SECRET = 'what the user asked';
const signal = new AbortController().signal;

function attempt(handler: Handler, behaviour: JsonObject = {}): Promise<TaskResult> {
  const ir = { nodes: { step: { type: 'EFFECT', dependencies: [], 'x-nexum': behaviour } } } as unknown as WorkflowIr;
  const task = {
    ...{ taskId: 't', executionId: EXECUTION_ID, workflowId: 'w', versionHash: 'sha256:v', nodeId: 'step' },
    ...{
      iteration: 2,
      attempt: 3,
      inputJson: `{"input":"${SECRET}","deps":{}}`,
      idempotencyKey: 'key',
      skipped: [],
      pending: [],
      messages: [],
      failed: [],
    },
  } as unknown as PollResponse__Output;
  return runTask(
    {
      workerId: 'w1',
      handlers: new Map([['step', handler]]),
      openSession: () => new FakeSession(),
      log: () => ({ info: () => undefined, warn: () => undefined, error: () => undefined }),
      expressions: () => Promise.reject(new Error('nothing to render')),
      secrets: () => undefined,
    },
    task,
    ir,
    signal,
  );
}

describe('the span of an attempt', () => {
  it('names the attempt, belongs to the trace of the execution, and is active in the handler', async () => {
    const spans = recordSpans();
    await attempt(async () => {
      await Promise.resolve();
      startSpan({ name: 'inside', kind: SpanKind.INTERNAL, attributes: {} }).end();
      return null;
    });
    const [span] = spans.named('node step');
    expect(span?.attributes).toEqual({
      'nexum.execution.id': EXECUTION_ID,
      'nexum.workflow.id': 'w',
      'nexum.node.id': 'step',
      'nexum.node.iteration': 2,
      'nexum.node.attempt': 3,
      'nexum.worker.id': 'w1',
    });
    expect(span?.status).toEqual({ code: SpanStatusCode.OK });
    expect(span?.spanContext().traceId).toBe(TRACE_ID);
    expect(span?.parentSpanContext).toMatchObject({ spanId: PARENT_ID, isRemote: true });
    const [inside] = spans.named('inside');
    expect(inside?.spanContext().traceId).toBe(TRACE_ID);
    expect(inside?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  it('records why the attempt failed', async () => {
    const spans = recordSpans();
    await attempt(() => {
      throw new NonRetryableError('the card was refused');
    });
    const [span] = spans.named('node step');
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'the card was refused' });
    expect(span?.attributes['error.type']).toBe('NonRetryableError');
    expect(span?.events).toMatchObject([{ name: 'exception' }]);
  });

  it('ends with the timeout, however long the handler goes on', async () => {
    const spans = recordSpans();
    await attempt(() => new Promise(() => undefined), { timeoutMs: 1 });
    expect(spans.named('node step')).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'NODE_TIMEOUT' } },
    ]);
  });
});

function modelCalls(model: Model, session: FakeSession): ModelCalls {
  const counts = { log: recordingLog(), spend: () => undefined, counted: new Set<string>() };
  return new ModelCalls({ model, session, prompt: SECRET, docs: '.', ...counts });
}

describe('the spans of an agent', () => {
  it('follow the conventions for generative AI, and hold no prompt and no answer', async () => {
    const spans = recordSpans();
    const model = { ...scriptedModel([`the answer to ${SECRET}`]), id: 'openai/gpt-x' };
    const answering: typeof model = {
      ...model,
      chat: async (request, options) => ({ ...(await model.chat(request, options)), model: 'gpt-x-2026-01-01' }),
    };
    const calls = modelCalls(answering, new FakeSession());
    await calls.next({ messages: [{ role: 'user', content: SECRET }], tools: [] }, signal);
    const [span] = spans.named('chat gpt-x');
    expect(span?.kind).toBe(SpanKind.CLIENT);
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-x',
      'gen_ai.response.model': 'gpt-x-2026-01-01',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 2,
    });
    expect(JSON.stringify(spans.all().map(({ name, attributes, events }) => [name, attributes, events]))).not.toContain(
      SECRET,
    );
  });

  it('exist for what ran, not for what was read back', async () => {
    const spans = recordSpans();
    const store: Store = new Map();
    const ask = async (): Promise<unknown> => {
      const calls = modelCalls(scriptedModel(['x']), new FakeSession(store));
      return calls.next({ messages: [{ role: 'user', content: 'p' }], tools: [] }, signal);
    };
    await ask();
    await ask();
    expect(spans.named('chat scripted')).toHaveLength(1);
  });

  it('show tools, and the failure of a tool', async () => {
    const spans = recordSpans();
    const run = (args: JsonObject): Promise<JsonObject> =>
      args['bad'] === true ? Promise.reject(nexumError('TOOL_FAILED', 'no such page')) : Promise.resolve({});
    const tool = { name: 'look', description: '', parameters: { type: 'object' }, run } satisfies AgentTool;
    const available = new Map([['look', tool]]);
    const calls = new ToolCalls({ available, names: ['look'], session: new FakeSession(), docs: '.' });
    await calls.runAll([{ id: '1', name: 'look', arguments: `{"q":"${SECRET}"}` }], signal);
    await calls.runAll([{ id: '2', name: 'look', arguments: '{"bad":true}' }], signal);
    const [good, bad] = spans.named('execute_tool look');
    expect(good?.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'gen_ai.tool.type': 'function',
    });
    expect(good?.status.code).toBe(SpanStatusCode.UNSET);
    expect(bad?.attributes['error.type']).toBe('TOOL_FAILED');
    // Its text may hold a secret.
    expect(bad?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'TOOL_FAILED' });
  });
});

describe('the span of an execution', () => {
  it('has the times of its events and says how it ended', () => {
    const spans = recordSpans();
    const closed = { executionId: EXECUTION_ID, workflowId: 'w', versionHash: 'sha256:v', startedAtMs: EPOCH_S * 1000 };
    recordExecution({ ...closed, status: 'COMPLETED', endedAtMs: EPOCH_S * 1000 + 2500 });
    recordExecution({
      ...closed,
      status: 'FAILED',
      endedAtMs: EPOCH_S * 1000 + 3000,
      failedNode: 'step',
      error: { code: 'TOO_MANY_LOST', message: 'died three times' },
    });
    const [completed, failed] = spans.named('execution w');
    expect([completed?.startTime, completed?.endTime]).toEqual([
      [EPOCH_S, 0],
      [EPOCH_S + 2, 500_000_000],
    ]);
    expect(completed?.spanContext().traceId).toBe(TRACE_ID);
    expect(completed?.parentSpanContext?.spanId).toBe(PARENT_ID);
    expect(completed?.status.code).toBe(SpanStatusCode.OK);
    expect(completed?.attributes).toEqual({
      'nexum.execution.id': EXECUTION_ID,
      'nexum.execution.status': 'COMPLETED',
      'nexum.workflow.id': 'w',
      'nexum.workflow.version': 'sha256:v',
    });
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'died three times' });
    expect(failed?.attributes).toMatchObject({ 'nexum.node.id': 'step', 'error.type': 'TOO_MANY_LOST' });
  });
});

describe('without an SDK', () => {
  it('nobody traces, and everything works', async () => {
    expect(isTracing()).toBe(false);
    expect(await attempt(() => 'done')).toEqual({ ok: true, outputJson: '"done"' });
  });

  it('the question whether somebody traces leaves no span', () => {
    const spans = recordSpans();
    expect(isTracing()).toBe(true);
    expect(spans.all()).toEqual([]);
  });
});
