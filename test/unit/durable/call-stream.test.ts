/** What a process makes of the answers of a server, and of answers that come late; with a clock that stands still. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallStream, type Answer } from '../../../src/durable/call-stream.js';
import { NexumCalls } from '../../../src/durable/nexum-calls.js';
import { nexumError } from '../../../src/errors.js';
import type { NexumClient } from '../../../src/rpc/client.js';

const NEVER = new AbortController().signal;
const TASK = { taskId: 'task', attempt: 1 };

/** A server that answers when the test says so. */
class FakeServer {
  readonly sent: { readonly starts?: readonly { readonly ref: number }[] }[] = [];
  readonly calls: string[] = [];
  readonly stale: string[][] = [];
  #answer = (_response: unknown): void => undefined;

  get client(): NexumClient {
    return {
      execute: ({ onMessage }: { onMessage: (response: unknown) => void }) => {
        this.#answer = onMessage;
        return { send: (request: never) => this.sent.push(request), close: () => Promise.resolve() };
      },
      call: (method: string) => {
        this.calls.push(method);
        return Promise.resolve(method === 'Heartbeat' ? { staleTaskIds: this.stale.shift() ?? [] } : {});
      },
    } as unknown as NexumClient;
  }

  /** The newest start. */
  get ref(): number {
    return this.sent.at(-1)?.starts?.[0]?.ref ?? 0;
  }

  started(fields: object): void {
    this.#answer({ started: [{ ref: this.ref, executionId: 'e', code: '', message: '', ...fields }], finished: [] });
  }

  finished(fields: object): void {
    const finished = { executionId: 'e', outputJson: '1', code: '', message: '', ageMs: 0, ...fields };
    this.#answer({ started: [], finished: [finished] });
  }
}

let server: FakeServer;
let stream: CallStream;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  server = new FakeServer();
  stream = new CallStream(server.client, { onUnwanted: () => undefined });
  stream.hold();
});

afterEach(() => vi.useRealTimers());

function ask(): Promise<Answer> {
  return stream.start({ workflowId: 'w' }, undefined, NEVER);
}

it.each([
  ['while somebody waited for it, however late that is heard', 40, true],
  ['before anybody asked', 60, false],
])('C4: an end %s', async (_when, ageMs, fresh) => {
  const [failed, done] = [ask(), ask()];
  server.started({ ref: 1 });
  server.started({ ref: 2 });
  vi.advanceTimersByTime(50);
  server.finished({ status: 'FAILED', code: 'TOOL_FAILED', ageMs });
  expect(await failed).toMatchObject({ kind: 'ended', fresh });
  expect(await done).toMatchObject({ kind: 'ended', fresh });
  const stored = ask();
  server.started({});
  vi.advanceTimersByTime(50);
  server.finished({ status: 'COMPLETED', ageMs });
  expect(await stored).toMatchObject({ kind: 'stored', fresh });
});

it('says how long ago a lease may have begun', async () => {
  const asked = ask();
  vi.advanceTimersByTime(700);
  server.started({ task: TASK });
  expect(await asked).toMatchObject({ kind: 'task', lateMs: 700 });
});

it('an error of the server reaches also those who were about to ask again', async () => {
  const asked = ask();
  const failed = expect(asked).rejects.toThrow('the disk is full');
  server.started({ code: 'STORE_UNAVAILABLE' });
  stream.fail(nexumError('STORE_BROKEN', 'the disk is full'));
  vi.advanceTimersByTime(1000);
  await failed;
});

it('a lease that is heard of late is looked at before the call runs, and asked for again when it is lost', async () => {
  const calls = new NexumCalls({ client: server.client, workerId: 'w', leaseMs: 1000 });
  calls.begin();
  const claim = calls.claim({ key: 'k', tool: 't', inputJson: '{}' }, NEVER);
  const sent = (count: number): Promise<void> => vi.waitFor(() => expect(server.sent).toHaveLength(count));
  server.stale.push(['task'], []);
  await sent(1);
  vi.advanceTimersByTime(600);
  server.started({ task: TASK });
  await sent(2);
  vi.advanceTimersByTime(600);
  server.started({ task: { ...TASK, attempt: 2 } });
  expect(await claim).toMatchObject({ kind: 'run', held: { attempt: 2 } });
  expect(server.calls.filter((method) => method === 'Heartbeat')).toHaveLength(2);
});

it('registers its workflow again with a server that does not know it any more, once', async () => {
  const calls = new NexumCalls({ client: server.client, workerId: 'w', leaseMs: 1000 });
  calls.begin();
  const claim = calls.claim({ key: 'k', tool: 't', inputJson: '{}' }, NEVER);
  const failed = expect(claim).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  for (let count = 1; count <= 2; count += 1) {
    await vi.waitFor(() => expect(server.sent).toHaveLength(count));
    server.started({ code: 'WORKFLOW_NOT_FOUND' });
  }
  await failed;
  expect(server.calls.filter((method) => method === 'RegisterWorkflow')).toHaveLength(2);
});
