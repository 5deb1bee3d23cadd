/** A client of several servers: what it does when the one it talks to dies, refuses, drains or hangs. */
import { createServer, type Server as TcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NexumError } from '../../../src/errors.js';
import { NexumClient } from '../../../src/rpc/client.js';
import type { EndpointOptions } from '../../../src/rpc/endpoints.js';
import type { WorkResponse__Output } from '../../../src/rpc/generated/nexum/WorkResponse.js';
import { FakeServer } from '../../support/fake-server.js';

let first: FakeServer;
let second: FakeServer;
const clients: NexumClient[] = [];
const closers: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  [first, second] = await Promise.all([FakeServer.start(), FakeServer.start()]);
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  for (const client of clients.splice(0)) client.close();
  for (const server of [first, second]) server.kill();
});

/** Begins with the first address. */
function connect(addresses = [first.address, second.address], options: EndpointOptions = {}): NexumClient {
  const client = new NexumClient({ addresses }, { random: () => 0, ...options });
  clients.push(client);
  return client;
}

/** The address of the server that answers. */
async function whoAnswers(client: NexumClient, timeoutMs = 20_000): Promise<string> {
  return (await client.call('GetServerInfo', {}, { timeoutMs })).version;
}

async function refusal(call: Promise<unknown>): Promise<NexumError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NexumError);
  return error as NexumError;
}

function waitUntil(condition: () => boolean): Promise<void> {
  return expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}

describe('unary calls', () => {
  it('go to one server as long as it answers, and to the next when it dies', async () => {
    const client = connect();
    expect([await whoAnswers(client), await whoAnswers(client)]).toEqual([first.address, first.address]);
    first.kill();
    expect(await whoAnswers(client)).toBe(second.address);
    expect(second.calls).toEqual(['GetServerInfo']);
  });

  it('come back to the first when the second dies', async () => {
    const client = connect();
    await whoAnswers(client);
    first.cut();
    await whoAnswers(client);
    await first.restart();
    second.kill();
    const info = await client.call('GetServerInfo', {}, { timeoutMs: 20_000, waitForReady: true });
    expect(info.version).toBe(first.address);
  });

  it('use all servers over many clients', async () => {
    const addresses = [first.address, second.address];
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => {
        const client = new NexumClient({ addresses });
        clients.push(client);
        return whoAnswers(client);
      }),
    );
    for (const address of addresses) expect(answers.filter((one) => one === address).length).toBeGreaterThan(3);
  });

  it.each(['SERVER_STOPPING'] as const)('are repeated elsewhere after %s', async (code) => {
    const client = connect();
    first.behaviour = code;
    expect(await whoAnswers(client)).toBe(second.address);
  });

  it('are not repeated after an answer of the engine', async () => {
    const client = connect();
    first.behaviour = 'EXECUTION_NOT_FOUND';
    expect((await refusal(client.call('GetStatus', { executionId: 'x' }))).code).toBe('EXECUTION_NOT_FOUND');
    expect(second.calls).toEqual([]);
  });

  it('that broke under way are repeated when that is safe, and only then', async () => {
    const cases = [
      ['GetStatus', { executionId: 'x' }, true],
      ['CompleteTask', { taskId: 't', outputJson: '1' }, true],
      ['CancelExecution', { executionId: 'x' }, true],
      ['StartExecution', { workflowId: 'w', idempotencyKey: 'k' }, true],
      ['StartExecution', { workflowId: 'w' }, false],
      ['PollTask', { workerId: 'w' }, false],
    ] as const;
    for (const [method, request, repeated] of cases) {
      const dying = await FakeServer.start();
      dying.behaviour = 'hang';
      const client = connect([dying.address, second.address]);
      second.calls.length = 0;
      const call = client.call(method, request, { timeoutMs: 20_000 });
      const outcome = repeated ? call : refusal(call);
      await waitUntil(() => dying.calls.length > 0);
      // What a killed process leaves: a connection that is reset.
      dying.cut();
      await outcome;
      expect([method, second.calls]).toEqual([method, repeated ? [method] : []]);
    }
  });

  it('that were never sent are made elsewhere even when they must not be repeated', async () => {
    first.kill();
    const client = connect();
    expect((await client.call('StartExecution', { workflowId: 'w' })).executionId).toBe(second.address);
  });

  it('pass a server that takes connections and never speaks, with and without waiting', async () => {
    const silent = await silentServer();
    for (const waitForReady of [false, true]) {
      const client = connect([silent, second.address]);
      const info = await client.call('GetServerInfo', {}, { timeoutMs: 20_000, waitForReady });
      expect(info.version).toBe(second.address);
    }
  });

  it('wait for the first server that comes back when they are asked to', async () => {
    const client = connect();
    first.kill();
    second.cut();
    const waiting = client.call('GetServerInfo', {}, { timeoutMs: 20_000, waitForReady: true });
    await second.restart();
    expect((await waiting).version).toBe(second.address);
  });

  it('name all addresses when nobody answers, waiting or not', async () => {
    first.kill();
    second.kill();
    const error = await refusal(connect().call('GetServerInfo', {}));
    expect(error.code).toBe('SERVER_UNREACHABLE');
    expect(error.message).toContain(`no server answers at ${first.address}, ${second.address} (`);
    expect(error.details['addresses']).toEqual([first.address, second.address]);
    const waited = await refusal(connect().call('GetServerInfo', {}, { timeoutMs: 300, waitForReady: true }));
    expect(waited.message).toContain(`no server answers at ${first.address}, ${second.address} (`);
  });

  it('end when the client is closed', async () => {
    first.kill();
    second.kill();
    const client = connect();
    const waiting = refusal(client.call('GetServerInfo', {}, { timeoutMs: 20_000, waitForReady: true }));
    client.close();
    expect((await waiting).code).toBe('SERVER_UNREACHABLE');
  });
});

describe('a DNS name', () => {
  it('with several addresses is several servers', async () => {
    const other = await FakeServer.start('127.0.0.2', Number(second.address.split(':')[1]));
    const port = second.address.split(':')[1];
    const lookup = (): Promise<string[]> => Promise.resolve(['127.0.0.1', '127.0.0.2']);
    const client = connect([`nexum.test:${port}`], { lookup });
    expect(await whoAnswers(client)).toBe(second.address);
    second.kill();
    expect(await whoAnswers(client)).toBe(other.address);
    other.kill();
  });
});

describe('streams', () => {
  interface Opened {
    readonly hellos: string[];
    readonly messages: WorkResponse__Output[];
    broken: number;
    brokenAtMs: number;
    attachedAtMs: number;
  }

  function work(client: NexumClient): Opened {
    const opened: Opened = { hellos: [], messages: [], broken: 0, brokenAtMs: 0, attachedAtMs: 0 };
    const stream = client.work({
      onOpen: (send) => {
        opened.hellos.push(client.currentAddress);
        send({ hello: { workerId: 'w', handlers: [] } });
      },
      onMessage: (message) => {
        opened.messages.push(message);
        opened.attachedAtMs = performance.now();
      },
      onBroken: () => {
        opened.broken += 1;
        opened.brokenAtMs = performance.now();
      },
    });
    closers.push(() => stream.close());
    return opened;
  }

  it('go on at the next server when theirs dies, and send there what R1 asks for', async () => {
    const opened = work(connect());
    await waitUntil(() => opened.messages.length === 1);
    first.kill();
    await waitUntil(() => second.works.length === 1 && opened.messages.length === 2);
    expect(second.workRequests[0]?.hello?.workerId).toBe('w');
    expect(opened.hellos).toEqual([first.address, second.address]);
  });

  it('go on at the next server when theirs drains', async () => {
    const opened = work(connect());
    await waitUntil(() => opened.messages.length === 1);
    first.works[0]?.write({ draining: true });
    first.works[0]?.end();
    await waitUntil(() => second.works.length === 1);
    expect(first.works).toHaveLength(1);
  });

  it('move within a small part of a second', async () => {
    const times: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const dying = await FakeServer.start();
      const opened = work(connect([dying.address, second.address]));
      await waitUntil(() => opened.messages.length === 1);
      dying.cut();
      await waitUntil(() => opened.messages.length === 2);
      times.push(opened.attachedAtMs - opened.brokenAtMs);
      dying.kill();
    }
    // The best of three: the machine may be busy, a backoff would be in all of them.
    expect(Math.min(...times)).toBeLessThan(200);
  });

  it('pass a server that takes connections and never speaks', async () => {
    const opened = work(connect([await silentServer(), second.address]));
    await waitUntil(() => opened.messages.length === 1);
    expect(opened.hellos).toEqual([second.address]);
  });

  it('with one address wait for that server, as before', async () => {
    const opened = work(connect([first.address]));
    await waitUntil(() => opened.messages.length === 1);
    first.cut();
    await waitUntil(() => opened.broken > 0);
    await first.restart();
    await waitUntil(() => opened.messages.length === 2);
  });

  it('a watch goes on elsewhere after the last event it has seen', async () => {
    const client = connect();
    const events = client.watch('exec')[Symbol.asyncIterator]();
    const one = events.next();
    await waitUntil(() => first.watches.length === 1);
    first.watches[0]?.write({ executionId: 'exec', seq: 7, kind: 'x' });
    expect((await one).value).toMatchObject({ seq: 7 });
    const two = events.next();
    first.cut();
    await waitUntil(() => second.watches.length === 1);
    expect(second.watches[0]?.request).toMatchObject({ executionId: 'exec', afterSeq: 7 });
    second.watches[0]?.write({ executionId: 'exec', seq: 8, kind: 'y' });
    expect((await two).value).toMatchObject({ seq: 8 });
    second.watches[0]?.end();
    expect((await events.next()).done).toBe(true);
  });
});

/** Accepts connections and says nothing, as a process that hangs. */
async function silentServer(): Promise<string> {
  const server: TcpServer = createServer((socket) => {
    socket.on('error', () => undefined);
    closers.push(() => {
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
