/** `NODE_OPTIONS="--import ./otel.mjs"` on real servers and workers: one trace per execution, without propagation. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/ir.js';
import { until } from '../support/processes.js';
import { WireRig } from '../support/wire-rig.js';

const OTEL = new URL('../support/otel-file.js', import.meta.url).href;
const DOCUMENTS = fileURLToPath(new URL('../fixtures/documents/', import.meta.url));

interface Line {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly startMs: number;
  readonly endMs: number;
  readonly pid: number;
  readonly isMainThread: boolean;
}

let rig: WireRig;
afterEach(() => rig.close());

/** A server and a worker that both write their spans. */
async function open(): Promise<{ lines: (name: string) => Line[]; server: number; worker: number }> {
  rig = await WireRig.open();
  const file = rig.path('spans');
  const env = { NODE_OPTIONS: `--import ${OTEL}`, SPANS: file };
  await rig.server.end('SIGTERM');
  await rig.startServer(env);
  const worker = await rig.startWorker({ env });
  const read = (): Line[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Line)
      : [];
  return {
    lines: (name) => read().filter((line) => line.name === name),
    server: rig.server.pid,
    worker: worker.pid,
  };
}

it('an execution, its attempts and its durable calls share one trace over two processes', async () => {
  const { lines, server, worker } = await open();
  const id = await rig.start({
    look: { handler: 'test.context', retry: { ...DEFAULT_RETRY, initialIntervalMs: 10 } },
  });
  const { summary } = await rig.ended(id);
  const execution = await until(() => lines('execution wf1')[0], 'the span of the execution');
  const hex = id.slice(5).replaceAll('-', '');
  expect(execution).toMatchObject({ traceId: hex, parentSpanId: hex.slice(16), pid: server, isMainThread: true });
  expect(execution.startMs).toBe(Number(summary?.createdAtMs));
  expect(execution.endMs).toBe(Number(summary?.finishedAtMs));

  const [failed, completed, ...more] = lines('node look');
  expect(more).toEqual([]);
  expect(failed).toMatchObject({
    traceId: hex,
    parentSpanId: hex.slice(16),
    pid: worker,
    attributes: { 'nexum.node.attempt': 1, 'error.type': 'HANDLER_FAILED' },
    status: { code: 2, message: 'the first attempt fails' },
  });
  expect(completed).toMatchObject({ traceId: hex, attributes: { 'nexum.node.attempt': 2 }, status: { code: 1 } });

  // The call of the first attempt was committed; the second attempt reads it back.
  expect(lines('call ask')).toMatchObject([
    { traceId: hex, parentSpanId: failed?.spanId, attributes: { 'nexum.call.replayed': false } },
    { traceId: hex, parentSpanId: completed?.spanId, attributes: { 'nexum.call.replayed': true } },
  ]);
  // The execution that holds the call is no pipeline: it gets no span.
  expect(lines('execution nexum.call')).toEqual([]);
});

it('the SDK is loaded in every thread of a server, and spans leave from the main one', async () => {
  const { lines, server } = await open();
  const id = await rig.start({ large: { handler: 'test.large', with: { size: 1 } } });
  await rig.ended(id);
  await until(() => lines('execution wf1')[0], 'the span of the execution');
  const threads = lines('loaded').filter(({ pid }) => pid === server);
  expect(threads.map(({ isMainThread }) => isMainThread).sort()).toEqual([false, true]);
  expect(lines('execution wf1')).toMatchObject([{ isMainThread: true }]);
});

it('an agent shows its model and its tools, each inside its durable call', async () => {
  const { lines } = await open();
  const agent = { instructions: 'Collect facts.', tools: ['search_documents', 'read_document'], maxSteps: 8 };
  const question = 'What happens to a lease when the worker dies?';
  const id = await rig.start({ ask: { handler: 'agent', agent, prompt: question } }, { docs: DOCUMENTS });
  expect((await rig.ended(id)).summary?.status).toBe('COMPLETED');
  const chats = lines('chat extractive');
  const calls = lines('call model:offline/extractive');
  expect(chats.length).toBeGreaterThan(1);
  expect(chats.map((chat) => chat.parentSpanId)).toEqual(calls.map((call) => call.spanId));
  expect(chats[0]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'offline',
    'gen_ai.request.model': 'extractive',
  });
  const tools = lines('execute_tool search_documents');
  const toolCalls = lines('call tool:search_documents').map((call) => call.spanId);
  expect(tools.length).toBeGreaterThan(0);
  for (const tool of tools) expect(toolCalls).toContain(tool.parentSpanId);
  const [node] = lines('node ask');
  for (const call of calls) expect(call.parentSpanId).toBe(node?.spanId);
  expect(JSON.stringify([...chats, ...tools, ...calls])).not.toContain(question);
});
