/** The service within one process: what NexumClient hears is what it would hear over a network. */
import { expect, it } from 'vitest';
import type { EnginePort, ExecuteFrame, ExecutePush } from '../../../src/engine/engine-port.js';
import { nexumError } from '../../../src/errors.js';
import { NexumClient } from '../../../src/rpc/client.js';
import { localStub } from '../../../src/rpc/local-stub.js';

const INFO = { version: '1.2.3', startedAtMs: 1, defaultLeaseMs: 1000 };

function clientOf(engine: Partial<EnginePort>): NexumClient {
  return new NexumClient('localhost:1', { local: localStub(engine as EnginePort, INFO) });
}

it('answers with every field of the message, as after a journey', async () => {
  const client = clientOf({ call: () => Promise.resolve({ store: 'sqlite' } as never) });
  const answer = await client.call('GetServerInfo', {});
  expect(answer).toMatchObject({ version: '1.2.3', store: 'sqlite', defaultLeaseMs: 1000 });
  const forgotten = clientOf({ call: () => Promise.resolve({ forgotten: 2 } as never) });
  expect(await forgotten.call('ForgetCalls', { session: 's', keys: ['k'] })).toEqual({ forgotten: 2, kept: 0 });
});

it('hands the handlers requests with every field', async () => {
  const seen: unknown[] = [];
  const client = clientOf({
    call: (_method, args) => {
      seen.push(args);
      return Promise.resolve({ taskId: 't', alreadyApplied: true } as never);
    },
  });
  expect(await client.call('CompleteTask', { taskId: 't', outputJson: '1' })).toMatchObject({ alreadyApplied: true });
  expect(seen).toEqual([{ taskId: 't', outputJson: '1' }]);
});

it('throws errors of the table, with their details', async () => {
  const client = clientOf({
    call: () => Promise.reject(nexumError('EXECUTION_NOT_FOUND', 'there is none', { executionId: 'e' })),
  });
  await expect(client.call('GetStatus', { executionId: 'e' })).rejects.toMatchObject({
    code: 'EXECUTION_NOT_FOUND',
    message: 'there is none',
    details: { executionId: 'e' },
  });
});

it('gives up at the deadline', async () => {
  const client = clientOf({ call: () => new Promise(() => undefined) });
  await expect(client.call('GetServerInfo', {}, { timeoutMs: 1 })).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
  });
});

it('carries a stream in both directions, in order, until one side ends it', async () => {
  const frames: ExecuteFrame[] = [];
  let push = (_: ExecutePush): void => undefined;
  let closed = false;
  const client = clientOf({
    openExecute: (sink) => {
      push = sink;
      return { send: (frame) => void frames.push(frame), close: () => (closed = true) };
    },
  });
  const heard: unknown[] = [];
  const stream = client.execute({
    onOpen: (send) => send({ watchExecutionIds: ['first'] }),
    onMessage: ({ finished }) => heard.push(...finished.map(({ executionId }) => executionId)),
  });
  stream.send({ watchExecutionIds: ['second'] });
  await expect.poll(() => frames.length).toBe(2);
  expect(frames.map(({ watchExecutionIds }) => watchExecutionIds)).toEqual([['first'], ['second']]);
  for (const executionId of ['a', 'b']) push({ started: [], finished: [{ executionId, status: 'COMPLETED' }] });
  await expect.poll(() => heard).toEqual(['a', 'b']);
  await stream.close();
  expect(closed).toBe(true);
});
