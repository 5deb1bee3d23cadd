/** What a worker keeps and loses: leases, results without an answer, connections. Real processes, real signals. */
import { afterEach, describe, expect, it } from 'vitest';
import { attempts, WireRig } from '../support/wire-rig.js';

const LEASE_MS = 1500;
let rig: WireRig;
afterEach(() => rig.close());

describe('a lease', () => {
  it('is kept while the handler blocks the event loop for longer than two leases', async () => {
    rig = await WireRig.open();
    await rig.startWorker({ leaseMs: LEASE_MS });
    const other = await rig.startWorker({ leaseMs: LEASE_MS });
    const id = await rig.start({ busy: { handler: 'test.busy', with: { ms: LEASE_MS * 2.5 } } });
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    expect(attempts(detail, 'busy')).toEqual(['COMPLETED']);
    expect(rig.notes(id)).toHaveLength(1);
    expect(other.exit).toBeUndefined();
  });

  it('E4: is lost by a process that is stopped for too long; its late result is refused and changes nothing', async () => {
    rig = await WireRig.open();
    const frozen = await rig.startWorker({ leaseMs: LEASE_MS });
    const id = await rig.start({
      a: { handler: 'test.gate', with: { gate: rig.path('gate') } },
      b: { handler: 'test.gate', needs: ['a'], with: { gate: rig.path('never') } },
    });
    await rig.noted(id, 'began');
    const fresh = await rig.startWorker({ leaseMs: 60_000 });
    frozen.kill('SIGSTOP');
    await rig.noted(id, 'began', 2);
    rig.openGate('gate');
    await fresh.waitForEvent('committed', { node: 'a', attempt: 2 });
    const before = await rig.client.call('GetExecution', { executionId: id });

    frozen.kill('SIGCONT');
    const dropped = await frozen.waitForEvent('dropped', { node: 'a' });
    expect(dropped['reason']).toMatch(/lease/i);
    const after = await rig.client.call('GetExecution', { executionId: id });
    expect(after.nodes[0]).toEqual(before.nodes[0]);
    expect(after.nodes[0]?.outputJson).toBe('{"attempt":2}');
    expect(attempts(after, 'a')).toEqual(['LOST', 'COMPLETED']);
    expect((await rig.kinds(id)).filter((kind) => kind === 'node_completed')).toHaveLength(1);
  });

  it('survives a restart of the server: the worker comes back with its task, and there is no second attempt', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker({ leaseMs: 20_000 });
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.noted(id, 'began');
    await rig.server.end('SIGKILL');
    await worker.waitForEvent('connection', { state: 'broken' });
    await rig.startServer();
    rig.openGate('gate');
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    expect(attempts(detail, 'a')).toEqual(['COMPLETED']);
    expect(rig.notes(id).map((note) => note.what)).toEqual(['began', 'passed']);
  });

  it('survives a server that is stopped in peace, and holds it up by nothing', async () => {
    rig = await WireRig.open();
    const worker = await rig.startWorker({ leaseMs: 20_000 });
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.noted(id, 'began');
    // The handler waits for its gate: a server that waited for it, or for the worker to leave, would never end.
    expect(await rig.server.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await worker.waitForEvent('connection', { state: 'draining' });
    await rig.startServer();
    rig.openGate('gate');
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    expect(attempts(detail, 'a')).toEqual(['COMPLETED']);
    expect(rig.notes(id).map((note) => note.what)).toEqual(['began', 'passed']);
  });
});

describe('a result', () => {
  it('W1: that got no answer is sent again under the same task id until it is answered', async () => {
    // The first batch starts the execution and leases its node, the second commits the result.
    rig = await WireRig.open({ NEXUM_FAILPOINT: 'engine.after-commit@2' });
    const worker = await rig.startWorker({ leaseMs: 20_000 });
    const id = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.noted(id, 'began');
    rig.openGate('gate');
    expect((await rig.server.waitForExit()).signal).toBe('SIGKILL');
    expect(worker.events('committed')).toEqual([]);
    await rig.startServer();
    await worker.waitForEvent('committed', { node: 'a', attempt: 1 });
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    expect(attempts(detail, 'a')).toEqual(['COMPLETED']);
    expect(await rig.kinds(id)).toEqual(['execution_started', 'node_leased', 'node_completed', 'execution_completed']);
    expect([worker.events('failed'), worker.events('dropped')]).toEqual([[], []]);
  });

  it('of 8 MB travels through the stream to the next node', async () => {
    rig = await WireRig.open();
    await rig.startWorker();
    const size = 8 * 1024 * 1024;
    const id = await rig.start({
      large: { handler: 'test.large', with: { size } },
      length: { handler: 'test.length', needs: ['large'], with: { text: '${{ nodes.large.output.text }}' } },
    });
    const detail = await rig.ended(id);
    expect(detail.summary?.status).toBe('COMPLETED');
    expect(detail.outputJson).toBe(String(size));
    expect(detail.nodes[0]?.outputJson).toHaveLength(size + '{"text":""}'.length);
  });
});

describe('a poison task', () => {
  it('ends its execution with TOO_MANY_LOST after three lost attempts, while another execution completes', async () => {
    rig = await WireRig.open();
    const healthy = await rig.start({ a: { handler: 'test.gate', with: { gate: rig.path('gate') } } });
    await rig.startWorker({ concurrency: 1 });
    await rig.noted(healthy, 'began');
    const poisoned = await rig.start({ poison: { handler: 'test.poison' } });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const worker = rig.spawnWorker({ leaseMs: LEASE_MS });
      expect((await worker.waitForExit()).signal).toBe('SIGKILL');
      await rig.waitFor(poisoned, 'attempt_lost', (event) => event.attempt === attempt);
    }
    const detail = await rig.ended(poisoned);
    expect(detail.summary).toMatchObject({ status: 'FAILED', failedNode: 'poison' });
    expect(detail.nodes[0]).toMatchObject({ status: 'FAILED', errorCode: 'TOO_MANY_LOST' });
    expect(attempts(detail, 'poison')).toEqual(['LOST', 'LOST', expect.stringMatching(/^LOST/) as string]);
    expect(rig.notes(poisoned)).toHaveLength(3);

    rig.openGate('gate');
    const other = await rig.ended(healthy);
    expect(other.summary?.status).toBe('COMPLETED');
    expect(attempts(other, 'a')).toEqual(['COMPLETED']);
  });
});
