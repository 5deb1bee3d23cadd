/** Which nodes a worker asks for: those that its handlers execute, in its queue if it has one. */
import { afterEach, describe, expect, it } from 'vitest';
import { NexumClient } from '../../../src/rpc/client.js';
import { NexumWorker } from '../../../src/worker/worker.js';
import { FakeServer } from '../../support/fake-server.js';

const closers: (() => unknown)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** The handlers that a worker with `one` and `two` announces. */
async function announced(queue?: string): Promise<readonly string[]> {
  const server = await FakeServer.start();
  const client = new NexumClient({ addresses: [server.address] });
  closers.push(
    () => server.kill(),
    () => client.close(),
  );
  const unused = (): never => {
    throw new Error('no task comes');
  };
  const worker = new NexumWorker({
    client,
    workerId: 'w',
    concurrency: 1,
    leaseMs: 5000,
    ...(queue === undefined ? {} : { queue }),
    handlers: new Map([
      ['one', unused],
      ['two', unused],
    ]),
    leases: { hold: unused, drop: unused },
    secrets: unused,
    expressions: unused,
    openSession: unused,
    log: unused,
  });
  void worker.start();
  await expect.poll(() => server.workRequests.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await worker.stop({ graceMs: 0 });
  return server.workRequests[0]?.hello?.handlers ?? [];
}

describe('a worker', () => {
  it('without a queue announces its handlers as they are', async () => {
    expect(await announced()).toEqual(['one', 'two']);
  });

  it('of a queue announces its handlers in that queue only', async () => {
    expect(await announced('gpu')).toEqual(['one@gpu', 'two@gpu']);
  });
});
