/** The service over a real connection, in front of an engine that only says what a test put into it. */
import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineCalls, EnginePort } from '../../../src/engine/engine-port.js';
import { nexumError } from '../../../src/errors.js';
import { NexumClient } from '../../../src/rpc/client.js';
import type { PayloadChunk__Output } from '../../../src/rpc/generated/nexum/PayloadChunk.js';
import { detailMessage, eventMessage } from '../../../src/rpc/detail-messages.js';
import { taskMessage } from '../../../src/rpc/messages.js';
import { FRAME_BYTES, loadProtocol } from '../../../src/rpc/protocol.js';
import { createService } from '../../../src/rpc/service.js';

type Answers = { [M in keyof EngineCalls]?: (args: EngineCalls[M]['args']) => EngineCalls[M]['result'] };

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const end of cleanUp.splice(0)) end();
});

async function serve(answers: Answers): Promise<{ address: string; client: NexumClient }> {
  const unused = (): never => {
    throw nexumError('INTERNAL', 'no test asks for this');
  };
  const engine: EnginePort = {
    call: (method, args) => Promise.resolve().then(() => (answers[method] ?? unused)(args)),
    openWork: unused,
    openExecute: unused,
    watch: unused,
  };
  const server = new Server();
  const { handlers } = createService(engine, { version: '0', startedAtMs: 1, defaultLeaseMs: 1000 });
  server.addService(loadProtocol().nexum.NexumService.service, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const client = new NexumClient(address);
  cleanUp.push(
    () => client.close(),
    () => server.forceShutdown(),
  );
  return { address, client };
}

async function chunks(address: string, seq: number): Promise<Buffer[]> {
  const stub = new (loadProtocol().nexum.NexumService)(address, credentials.createInsecure());
  cleanUp.push(() => stub.close());
  const read: Buffer[] = [];
  for await (const chunk of stub.GetPayload({ executionId: 'exec-1', seq })) {
    read.push((chunk as PayloadChunk__Output).data);
  }
  return read;
}

describe('GetPayload', () => {
  it('sends a payload in chunks of at most 1 MiB, and a character over two of them stays whole', async () => {
    const payload = JSON.stringify(`a${'ü'.repeat(3 * FRAME_BYTES)}`);
    const { address } = await serve({ getPayload: ({ seq }) => ({ payload: seq === 7 ? payload : 'null' }) });
    const read = await chunks(address, 7);
    expect(read.length).toBe(Math.ceil(Buffer.byteLength(payload) / FRAME_BYTES));
    expect(Math.max(...read.map((chunk) => chunk.length))).toBe(FRAME_BYTES);
    expect(Buffer.concat(read).toString() === payload).toBe(true);
  });

  it('ends with the error of the engine', async () => {
    const { address } = await serve({
      getPayload: () => {
        throw nexumError('EXECUTION_NOT_FOUND', 'execution exec-1 does not exist');
      },
    });
    await expect(chunks(address, 1)).rejects.toMatchObject({ details: 'execution exec-1 does not exist' });
  });
});

describe('requests', () => {
  it('bring labels, and a priority of 0 only when it was given', async () => {
    const started: unknown[] = [];
    const { client } = await serve({
      start: (args) => {
        started.push(args);
        return { executionId: 'exec-1', alreadyApplied: false };
      },
    });
    const request = { workflowId: 'w', versionHash: 'v', inputJson: '{}' };
    await client.call('StartExecution', request);
    await client.call('StartExecution', { ...request, labels: { team: 'a' }, hasPriority: true, priority: 0 });
    expect(started).toEqual([request, { ...request, labels: { team: 'a' }, priority: 0 }]);
  });

  it('leave out what is empty on the wire', async () => {
    const reruns: unknown[] = [];
    const { client } = await serve({
      rerun: (args) => {
        reruns.push(args);
        return { executionId: 'exec-2', alreadyApplied: false };
      },
    });
    await client.call('RerunExecution', { executionId: 'exec-1' });
    await client.call('RerunExecution', { executionId: 'exec-1', fromNode: 'b', inputJson: '{}' });
    expect(reruns).toEqual([{ executionId: 'exec-1' }, { executionId: 'exec-1', fromNode: 'b', inputJson: '{}' }]);
  });

  it('with a word that nobody knows are refused before the engine hears of them', async () => {
    const { client } = await serve({});
    const schedule = { workflowId: 'w', name: 's', action: 'explode' };
    await expect(client.call('ControlSchedule', schedule)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(client.call('PurgeExecutions', { statuses: ['DONE'] })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });
});

describe('answers', () => {
  it.each(['WAITING', 'PAUSED'] as const)('%s is RUNNING for clients of Nexum 0.2', async (status) => {
    const { client } = await serve({
      getSummary: () => ({ executionId: 'exec-1', workflowId: 'w', versionHash: 'v', status, createdAtMs: 1 }),
      getCompletedNodes: () => ({ status, outputsJson: '{}' }),
    });
    expect(await client.call('GetStatus', { executionId: 'exec-1' })).toMatchObject({
      status: 'RUNNING',
      trueStatus: status,
    });
  });

  it('carry the item of a map, failed dependencies and an edited `with`', () => {
    const task = {
      taskId: 't',
      executionId: 'exec-1',
      workflowId: 'w',
      versionHash: 'v',
      node: 'n',
      nodeType: 'MAP',
      iteration: 1,
      attempt: 1,
      leaseMs: 1000,
      inputJson: '{}',
      idempotencyKey: 'k',
      skipped: [],
      failed: [{ node: 'a', code: 'C', message: 'm' }],
      withJson: '{"x":1}',
    };
    expect(taskMessage({ ...task, item: { index: 0, total: 3, itemJson: '"i"' } })).toMatchObject({
      isMapSubtask: true,
      mapIndex: 0,
      mapTotal: 3,
      mapItemJson: '"i"',
      failed: [{ nodeId: 'a', errorCode: 'C', errorMessage: 'm' }],
      withJson: '{"x":1}',
    });
    expect(taskMessage(task)).not.toHaveProperty('isMapSubtask');
  });

  it('say the size of what the engine left out, and which event holds it', () => {
    const leftOut = { outputJson: '', outputBytes: 30_000_000, outputSeq: 9 };
    const message = detailMessage({
      executionId: 'exec-1',
      workflowId: 'w',
      versionHash: 'v',
      status: 'COMPLETED',
      createdAtMs: 1,
      inputJson: '',
      inputBytes: 20_000_000,
      ...leftOut,
      lastSeq: 9,
      nodes: [
        { node: 'n', iteration: 1, status: 'COMPLETED', dependencies: [], attempts: [], ...leftOut, outputSeq: 4 },
      ],
    });
    expect(message).toMatchObject({ inputJson: '', inputBytes: 20_000_000, ...leftOut });
    expect(message.nodes).toMatchObject([{ outputJson: '', outputBytes: 30_000_000, outputSeq: 4 }]);
  });

  it('keep the item of an event and hide the fence of an attempt', () => {
    const message = eventMessage({
      kind: 'node_leased',
      executionId: 'exec-1',
      seq: 3,
      atMs: 5,
      node: 'n',
      iteration: 1,
      item: 0,
      attempt: 1,
      workerId: 'w',
      nonce: 'secret',
      leaseMs: 1000,
    });
    expect(JSON.parse(message.dataJson ?? '')).toEqual({ item: 0, workerId: 'w', leaseMs: 1000 });
  });
});
