/** What handlers get and what becomes of those that do not behave; how a worker and a server leave. */
import {
  credentials,
  loadPackageDefinition,
  type ChannelCredentials,
  type Client,
  type ClientReadableStream,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/ir.js';
import { attempts, WireRig } from '../support/wire-rig.js';
import { until } from '../support/processes.js';

const ONCE = { ...DEFAULT_RETRY, maxAttempts: 1 };
const SOON = { ...DEFAULT_RETRY, initialIntervalMs: 10 };

let rig: WireRig;
afterEach(() => rig.close());

describe('a handler', () => {
  it('sees its execution, node, iteration, attempt, env, inputs and deps, and one key over all attempts', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker();
    rig.openGate('gate');
    const id = await rig.start(
      {
        before: { handler: 'test.gate', with: { gate: rig.path('gate') } },
        look: { handler: 'test.context', needs: ['before'], retry: SOON, env: { WHO: '${{ inputs.who }}' } },
      },
      { who: 'me' },
    );
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    const look = detail.nodes.find((node) => node.nodeId === 'look');
    const { versionHash = '' } = detail.summary ?? {};
    expect(JSON.parse(look?.outputJson ?? '')).toEqual({
      executionId: id,
      node: 'look',
      iteration: 1,
      attempt: 2,
      idempotencyKey: `${id}:look:${versionHash}`,
      aborted: false,
      env: { WHO: 'me' },
      inputs: { who: 'me' },
      deps: { before: { attempt: 1 } },
    });
    expect(attempts(detail, 'look')).toEqual(['FAILED HANDLER_FAILED', 'COMPLETED']);

    const [first, second] = rig.notes(id).filter((note) => note.what === 'context');
    expect(first).toMatchObject({ attempt: 1, session: `${id}/look#1`, stats: { executed: 1, replayed: 0 } });
    // The call of the first attempt was committed: the second one reads it back, with the attempt that it had.
    expect(second).toMatchObject({ attempt: 2, session: `${id}/look#1`, stats: { executed: 0, replayed: 1 } });
    expect(second?.['key']).toBe(first?.['key']);
    expect(second?.['called']).toEqual(first?.['called']);
    const said = worker.lines.filter((line) => line['message'] === 'seen');
    expect(said).toMatchObject([
      { level: 'info', execution: id, node: 'look', attempt: 1, extra: 1 },
      { execution: id, node: 'look', attempt: 2 },
    ]);
  });

  it('that ignores its signal fails with NODE_TIMEOUT, and the worker goes on', async () => {
    rig = await WireRig.open();
    await rig.startWorker({ concurrency: 1 });
    const id = await rig.start({
      deaf: { handler: 'test.deaf', timeoutMs: 200, retry: ONCE, with: { gate: rig.path('never') } },
    });
    const detail = await rig.ended(id);
    expect(detail.summary).toMatchObject({ status: 'FAILED', failedNode: 'deaf' });
    expect(attempts(detail, 'deaf')).toEqual(['FAILED NODE_TIMEOUT']);
    const next = await rig.start({ large: { handler: 'test.large', with: { size: 1 } } });
    expect((await rig.ended(next)).summary?.status).toBe('COMPLETED');
  });

  it('that blocks the event loop beyond its timeout is ended by the server', async () => {
    rig = await WireRig.open();
    await rig.startWorker({ leaseMs: 1500 });
    const id = await rig.start({ busy: { handler: 'test.busy', timeoutMs: 200, retry: ONCE, with: { ms: 5000 } } });
    const detail = await rig.ended(id);
    expect(attempts(detail, 'busy')).toEqual(['FAILED NODE_TIMEOUT']);
  });

  it('hears of a cancel as an abort of its signal', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker();
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('never') } } });
    await rig.noted(id, 'began');
    await rig.client.call('CancelExecution', { executionId: id, reason: 'enough' });
    expect((await rig.noted(id, 'aborted'))['reason']).toMatch(/cancelled/);
    await worker.waitForEvent('dropped', { node: 'a' });
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('CANCELLED');
    expect(attempts(detail, 'a')).toEqual(['CANCELLED']);
  });

  it('that a worker does not have is never sent to it', async () => {
    rig = await WireRig.open();
    const without = rig.spawnWorker({ handlers: rig.noHandlers() });
    await without.waitForEvent('ready');
    const id = await rig.start({ large: { handler: 'test.large', with: { size: 1 } } });
    // Something that this worker can do comes after it and is done: the other task was not sent in between.
    const known = await rig.start({ text: { handler: 'text.template', with: { text: 'hello' } } });
    await rig.ended(known);
    expect(await rig.kinds(id)).toEqual(['execution_started']);
    const able = await rig.startWorker();
    expect((await rig.ended(id)).summary?.status).toBe('COMPLETED');
    expect(without.events('taken').map((line) => line['node'])).not.toContain('large');
    expect(able.events('taken').map((line) => line['node'])).toEqual(['large']);
  });
});

describe('leaving', () => {
  it('SIGTERM drains: the running node finishes, nothing new is taken, the exit code is 0', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker({ concurrency: 1 });
    const id = await rig.start({
      a: { handler: 'test.gate', with: { gate: rig.path('gate') } },
      b: { handler: 'test.large', needs: ['a'], with: { size: 1 } },
    });
    await rig.noted(id, 'began');
    worker.kill('SIGTERM');
    await worker.waitForEvent('connection', { state: 'draining' });
    rig.openGate('gate');
    expect(await worker.waitForExit()).toEqual({ code: 0, signal: null });
    expect(worker.events('committed').map((line) => line['node'])).toEqual(['a']);
    const detail = await rig.client.call('GetExecution', { executionId: id });
    expect(detail.nodes.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      ['a', 'COMPLETED'],
      ['b', 'READY'],
    ]);
    await rig.startWorker();
    expect(attempts(await rig.ended(id), 'b')).toEqual(['COMPLETED']);
  });

  it('a second signal ends the worker at once; its node runs again elsewhere', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker();
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.noted(id, 'began');
    worker.kill('SIGTERM');
    await worker.waitForEvent('connection', { state: 'draining' });
    worker.kill('SIGTERM');
    expect((await worker.waitForExit()).code).toBe(143);
    rig.openGate('gate');
    await rig.startWorker();
    expect(attempts(await rig.ended(id), 'a')).toEqual(['LOST', 'COMPLETED']);
  });

  it('CRASH_AFTER with an unknown node is refused with exit code 2 and the nearest name', async () => {
    rig = await WireRig.open();
    await rig.start({ validate: { handler: 'test.large' } });
    const worker = rig.spawnWorker({ env: { CRASH_AFTER: 'validte' } });
    expect(await worker.waitForExit()).toEqual({ code: 2, signal: null });
    expect(worker.text).toContain('did you mean validate?');
  });

  it('the health service answers SERVING, and NOT_SERVING while the server drains', async () => {
    rig = await WireRig.open();
    await rig.startWorker();
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.noted(id, 'began');
    const statuses: string[] = [];
    const watch = watchHealth(`127.0.0.1:${rig.port}`, (status) => statuses.push(status));
    try {
      await until(() => statuses[0], 'the first health status');
      rig.server.kill('SIGTERM');
      await until(() => statuses[1], 'the second health status');
      expect(statuses).toEqual(['SERVING', 'NOT_SERVING']);
    } finally {
      watch.close();
    }
  });
});

interface HealthClient extends Client {
  Watch(request: { service: string }): ClientReadableStream<{ status: string }>;
}

function watchHealth(address: string, onStatus: (status: string) => void): Client {
  const loaded = loadPackageDefinition(loadSync(protoPath, { enums: String, defaults: true })) as unknown as {
    grpc: { health: { v1: { Health: new (address: string, channel: ChannelCredentials) => HealthClient } } };
  };
  const client = new loaded.grpc.health.v1.Health(address, credentials.createInsecure());
  const stream = client.Watch({ service: 'nexum.NexumService' });
  stream.on('data', ({ status }: { status: string }) => onStatus(status));
  // The end of the server ends the stream too.
  stream.on('error', () => undefined);
  return client;
}
