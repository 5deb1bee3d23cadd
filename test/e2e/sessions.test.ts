/** Sessions of programs, with a server in the process, on a folder that others share, and by address. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NexumClient, openSession, type ProgramSession } from '#dist/index.js';
import { effectsIn, SessionProgram } from '../support/session-program.js';
import { freePort, startServer, temporaryFolder, until as untilDefined } from '../support/processes.js';
import { WireRig } from '../support/wire-rig.js';

/** Waits for a condition. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await untilDefined(async () => ((await holds()) ? true : undefined), 'the condition of the test');
}

const HANDLERS = `
import { NonRetryableError } from '${new URL('../../dist/index.js', import.meta.url).href}';
let orders = 0;
export default {
  'shop.order': ({ item, fail }) => {
    orders += 1;
    if (fail) throw new NonRetryableError('no ' + item + ' today');
    return { item, order: orders };
  },
};
`;
const MEGABYTES = 5 * 1024 * 1024;

describe('a session with a server in its process', () => {
  const folder = temporaryFolder();
  let session: ProgramSession;
  let count = 0;
  const counted = (result: unknown = 'result') => {
    count = 0;
    return (): never => {
      count += 1;
      return result as never;
    };
  };

  beforeAll(async () => {
    session = await openSession({ id: 'demo', dataDir: folder.path });
  });

  afterAll(async () => {
    await session.close();
    folder.remove();
  });

  it('runs parallel identical calls once, and the later ones not at all', async () => {
    const run = counted({ price: 3 });
    const call = (): Promise<unknown> => session.call('price', { item: 'a', at: 1 }, run);
    expect(await Promise.all([call(), call(), call()])).toEqual(Array(3).fill({ price: 3 }));
    // The order of keys does not matter.
    expect(await session.call('price', { at: 1, item: 'a' }, run)).toEqual({ price: 3 });
    expect(count).toBe(1);
    expect(await session.call('price', { item: 'b', at: 1 }, run)).toEqual({ price: 3 });
    expect(count).toBe(2);
  });

  it('shares the server and the calls with other sessions of its process', async () => {
    const same = await openSession({ id: 'demo', dataDir: folder.path });
    const other = await openSession({ id: 'other', dataDir: folder.path });
    const run = counted();
    await session.call('shared', {}, run);
    await same.call('shared', {}, run);
    expect(count).toBe(1);
    expect(same.stats).toEqual({ executed: 0, replayed: 1 });
    await other.call('shared', {}, run);
    expect(count).toBe(2);
    await same.close();
    await other.close();
    expect(await session.call('shared', {}, run)).toBe('result');
  });

  it('repeats as it is told: sequence, never, a version, a key of the arguments', async () => {
    const run = counted();
    const again = await openSession({ id: 'demo', dataDir: folder.path });
    for (const one of [session, session, again, again]) await one.call('draw', {}, run, { repeat: 'sequence' });
    expect(count).toBe(2);
    for (let turn = 0; turn < 2; turn += 1) await session.call('look', {}, run, { repeat: 'never' });
    expect(count).toBe(4);
    await session.call('draw', {}, run, { version: '2' });
    expect(count).toBe(5);
    const tool = session.tool('fetch', run, { key: ({ url }: { url: string; at: number }) => ({ url }) });
    await tool({ url: 'a', at: 1 });
    await tool({ url: 'a', at: 2 });
    await tool({ url: 'b', at: 2 });
    expect(count).toBe(7);
    await again.close();
  });

  it('never caches an error, and lists the last one', async () => {
    const fail = (): never => {
      throw new Error('the shop is closed');
    };
    await expect(session.call('order', {}, fail)).rejects.toThrow('the shop is closed');
    const listed = (await session.list()).find(({ tool }) => tool === 'order');
    const error = { code: 'TOOL_FAILED', message: 'the shop is closed' };
    expect(listed).toMatchObject({ status: 'READY', attempts: 1, error });
    const run = counted();
    await session.call('order', {}, run);
    expect(count).toBe(1);
    const after = (await session.list({ payloads: true })).find(({ tool }) => tool === 'order');
    expect(after).toMatchObject({ status: 'COMPLETED', attempts: 2, args: {}, result: 'result', resultBytes: 8 });
    expect(after).not.toHaveProperty('error');
  });

  it('keeps a result of several megabytes, and refuses one above 64 MiB with its size', async () => {
    const large = 'x'.repeat(MEGABYTES);
    expect(await session.call('large', {}, counted(large))).toBe(large);
    expect(await session.call('large', {}, counted(''))).toBe(large);
    expect(count).toBe(0);
    const tooLarge = session.call('huge', {}, counted('x'.repeat(64 * 1024 * 1024)));
    await expect(tooLarge).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    await expect(tooLarge).rejects.toThrow(/67108866 bytes/);
  });

  it('D2: makes an expired result again, once for all who find it expired', async () => {
    // All five ask within this time, however busy the machine is.
    const ttlMs = 2000;
    const brief = await openSession({ id: 'brief', dataDir: folder.path, ttlMs });
    const run = counted();
    await brief.call('news', {}, run);
    const [first] = await brief.list();
    await until(() => Date.now() > (first?.finishedAtMs ?? 0) + ttlMs + 5);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = async (): Promise<string> => {
      await gate;
      return run();
    };
    const calls = Array.from({ length: 5 }, () => brief.call('news', {}, slow));
    await until(async () => (await brief.list())[0]?.status === 'RUNNING');
    release();
    expect(await Promise.all(calls)).toEqual(Array(5).fill('result'));
    expect(count).toBe(2);
    expect(await brief.call('news', {}, run, { ttlMs: 60_000 })).toBe('result');
    expect(count).toBe(2);
    const [second] = await brief.list();
    expect(second?.executionId).not.toBe(first?.executionId);
    await brief.close();
  });

  it('ends the wait of a caller that stops, and not the call that others wait for', async () => {
    let end = (_: string): void => undefined;
    const runs: string[] = [];
    const run = (): Promise<string> => {
      runs.push('run');
      return new Promise((resolve) => (end = resolve));
    };
    const running = session.call('slow', {}, run);
    await until(() => runs.length === 1);
    const stop = new AbortController();
    const waiting = session.call('slow', {}, run, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    end('done');
    expect(await running).toBe('done');
    expect(runs).toHaveLength(1);
  });

  it('C2: hands a call on to the next caller when the one that runs it stops', async () => {
    const stop = new AbortController();
    let aborted = false;
    let begun = false;
    const first = session.call(
      'handed',
      {},
      ({ signal }) => {
        begun = true;
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise<string>(() => undefined);
      },
      { signal: stop.signal },
    );
    await until(() => begun);
    const second = session.call('handed', {}, ({ attempt }) => `attempt ${attempt}`);
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await second).toBe('attempt 2');
    expect(aborted).toBe(true);
  });

  it('forgets a call, but not one under way, unless it is cancelled first', async () => {
    const run = counted();
    await session.call('gone', { n: 1 }, run);
    expect(await session.forget('gone', { n: 1 })).toBe(true);
    expect(await session.forget('gone', { n: 1 })).toBe(false);
    await session.call('gone', { n: 1 }, run);
    expect(count).toBe(2);

    const busy = await openSession({ id: 'busy', dataDir: folder.path });
    await busy.call('kept', {}, run);
    let begun = false;
    const running = busy.call('running', {}, () => {
      begun = true;
      return new Promise<string>(() => undefined);
    });
    const failed = expect(running).rejects.toThrow();
    await until(() => begun);
    await expect(busy.forget('running', {})).rejects.toMatchObject({ code: 'CALL_RUNNING' });
    await expect(busy.forgetAll()).rejects.toMatchObject({ code: 'CALL_RUNNING' });
    expect((await busy.list()).map(({ tool, status }) => [tool, status])).toEqual([['running', 'RUNNING']]);
    expect(await busy.forgetAll({ cancel: true })).toBe(1);
    expect(await busy.list()).toEqual([]);
    await busy.close({ graceMs: 0 });
    await failed;
  });

  it('a call that is cancelled and forgotten while it runs is not made again', async () => {
    const hasty = await openSession({ id: 'hasty', dataDir: folder.path, leaseMs: 1000 });
    let runs = 0;
    const running = hasty.call('mail', {}, () => {
      runs += 1;
      return new Promise<string>(() => undefined);
    });
    await until(() => runs === 1);
    expect(await hasty.forgetAll({ cancel: true })).toBe(1);
    await expect(running).rejects.toMatchObject({ code: 'EXECUTION_CLOSED' });
    expect(runs).toBe(1);
    expect(await hasty.list()).toEqual([]);
    await hasty.close();
  });

  it('is closed without a limit: what is under way ends', async () => {
    const patient = await openSession({ id: 'patient', dataDir: folder.path });
    let end = (_: string): void => undefined;
    let begun = false;
    const running = patient.call('slow', {}, () => {
      begun = true;
      return new Promise<string>((resolve) => (end = resolve));
    });
    await until(() => begun);
    const closing = patient.close({ graceMs: Infinity });
    // Node makes one millisecond of a timer that is too long; one that began later fires after it.
    await new Promise((resolve) => setTimeout(resolve, 1));
    end('done');
    expect(await running).toBe('done');
    await closing;
  });

  it('tells of calls that are never stored, too', async () => {
    const events: string[] = [];
    const told = await openSession({
      id: 'told',
      dataDir: folder.path,
      onEvent: ({ tool, outcome }) => void events.push(`${tool} ${outcome}`),
    });
    await told.call('look', {}, counted(), { repeat: 'never' });
    expect(events).toEqual(['look executed']);
    expect(told.stats.executed).toBe(1);
    const never = { repeat: 'never' } as never;
    await expect(told.remote('shop.order', {}, never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await told.close();
  });

  it('asks a person, who sees the question as an approval, and reads the answer back', async () => {
    const { address } = JSON.parse(await readFile(join(folder.path, 'server.json'), 'utf8')) as { address: string };
    const client = new NexumClient(address);
    const asking = session.ask('May I order?', { approvers: ['ann'] });
    await until(async () => (await client.call('GetPendingApprovals', {})).items.length === 1);
    const [item] = (await client.call('GetPendingApprovals', {})).items;
    expect(item).toMatchObject({ message: 'May I order?', approvers: ['ann'] });
    const { executionId = '', nodeId = '' } = item ?? {};
    await client.call('RejectTask', { executionId, nodeId, approver: 'ann', reason: 'too dear' });
    const answer = { approved: false, approver: 'ann', comment: 'too dear' };
    expect(await asking).toEqual(answer);
    expect(await session.ask('May I order?', { approvers: ['ann'] })).toEqual(answer);
    expect((await session.list()).find(({ tool }) => tool === 'ask')).toMatchObject({ kind: 'question' });
    const sessions: string[] = [];
    for await (const { session: name } of client.listSessions()) sessions.push(name);
    expect(sessions).toContain('demo');
    client.close();
  });

  it('refuses what is no session, and what comes after its end', async () => {
    await expect(openSession({ id: '../x', dataDir: folder.path })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    const ended = await openSession({ id: 'ended', dataDir: folder.path });
    const last = ended.call('last', {}, counted());
    await ended.close();
    expect(await last).toBe('result');
    await expect(ended.call('later', {}, counted())).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    await ended.close();
  });
});

describe('programs that are killed, and programs that share a folder', () => {
  it('kill -9 between two calls: the next run of the program executes only the missing one', async () => {
    const folder = temporaryFolder();
    const effects = join(folder.path, 'effects');
    const program = { dataDir: join(folder.path, 'data'), calls: ['search', 'read', 'write'], effects };
    const first = new SessionProgram({ ...program, hold: 'read' });
    await first.until({ began: 'read' });
    await first.kill();
    const second = new SessionProgram({ ...program, leaveOpen: true });
    // Not closed: it ends by itself.
    expect(await second.exited).toBe(0);
    expect(effectsIn(effects).map(({ name, attempt }) => `${name} ${attempt}`)).toEqual([
      'search 1',
      'read 1',
      'read 2',
      'write 1',
    ]);
    expect(second.results['search']).toBe(first.results['search']);
    const [, one, two] = effectsIn(effects);
    expect(two?.idempotencyKey).toBe(one?.idempotencyKey);
    folder.remove();
  });

  it('dies between forgetting an expired result and making it again (call.forgotten): the next run makes it', async () => {
    const folder = temporaryFolder();
    const effects = join(folder.path, 'effects');
    const program = { dataDir: join(folder.path, 'data'), calls: ['news'], effects };
    expect(await new SessionProgram(program).exited).toBe(0);
    const dying = new SessionProgram({ ...program, ttlMs: 1 }, { NEXUM_FAILPOINT: 'call.forgotten' });
    expect(await dying.exited).toBe('SIGKILL');
    expect(effectsIn(effects)).toHaveLength(1);
    expect(await new SessionProgram(program).exited).toBe(0);
    expect(effectsIn(effects).map(({ attempt }) => attempt)).toEqual([1, 1]);
    folder.remove();
  });

  it('F1, F2: two processes run a call once, and when the one with the server dies the other takes the folder over', async () => {
    const folder = temporaryFolder();
    const effects = join(folder.path, 'effects');
    const dataDir = join(folder.path, 'data');
    const holder = new SessionProgram({ dataDir, calls: ['a', 'b'], effects, hold: 'b' });
    await holder.until({ began: 'b' });
    const guest = new SessionProgram({ dataDir, calls: ['a', 'b', 'c'], effects });
    await guest.until({ name: 'a', result: holder.results['a'] });
    await holder.kill();
    expect(await guest.exited).toBe(0);
    expect(effectsIn(effects).map(({ name, attempt }) => `${name} ${attempt}`)).toEqual(['a 1', 'b 1', 'b 2', 'c 1']);
    const session = await openSession({ id: 's', dataDir });
    expect((await session.list()).map(({ tool, status }) => `${tool} ${status}`)).toEqual([
      'a COMPLETED',
      'b COMPLETED',
      'c COMPLETED',
    ]);
    await session.close();
    folder.remove();
  });
});

describe('a session by address', () => {
  let rig: WireRig;
  let session: ProgramSession;

  beforeAll(async () => {
    rig = await WireRig.open();
    const handlers = rig.path('handlers.mjs');
    await writeFile(handlers, HANDLERS);
    await rig.startWorker({ handlers });
    session = await openSession({ id: 'far', address: `127.0.0.1:${rig.port}` });
  });

  afterAll(async () => {
    await session.close();
    await rig.close();
  });

  it('leaves calls to workers: once, and F1: never a failure for the next caller', async () => {
    const remote = (): Promise<unknown> => session.remote('shop.order', { item: 'a' });
    expect(await Promise.all([remote(), remote()])).toEqual([
      { item: 'a', order: 1 },
      { item: 'a', order: 1 },
    ]);
    const [call] = await session.list({ payloads: true });
    expect(call).toMatchObject({ kind: 'remote', tool: 'shop.order', status: 'COMPLETED', args: { item: 'a' } });
    const failing = (item: string): Promise<unknown> =>
      session.remote('shop.order', { item, fail: item === 'first' }, { key: 'one order' });
    await expect(failing('first')).rejects.toThrow('no first today');
    expect(await session.list()).toHaveLength(1);
    expect(await failing('second')).toEqual({ item: 'second', order: 3 });
    expect(await failing('first')).toEqual({ item: 'second', order: 3 });
  });

  it('goes on when the server comes back: the result of a call is handed in to the new one', async () => {
    let end = (_: string): void => undefined;
    const running = session.call('long', {}, () => new Promise<string>((resolve) => (end = resolve)));
    await until(async () => (await session.list()).some(({ status }) => status === 'RUNNING'));
    rig.server.kill('SIGKILL');
    await rig.server.exited;
    end('kept');
    await rig.startServer();
    expect(await running).toBe('kept');
    expect(await session.call('long', {}, () => 'again')).toBe('kept');
  });

  it('goes on when the server comes back with nothing in its store', async () => {
    const [old, fresh] = [temporaryFolder(), temporaryFolder()];
    const port = await freePort();
    const before = await startServer({ dataDir: old.path, port });
    const lasting = await openSession({ id: 'lasting', address: `127.0.0.1:${port}` });
    expect(await lasting.call('one', {}, () => 1)).toBe(1);
    await before.end();
    const after = await startServer({ dataDir: fresh.path, port });
    expect(await lasting.call('one', {}, () => 2)).toBe(2);
    await lasting.close();
    await after.end();
    for (const folder of [old, fresh]) folder.remove();
  });

  it('F2: a folder of a `nexum server` is not taken over when that server restarts', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const before = await startServer({ dataDir: folder.path, port });
    const waiting = await openSession({ id: 'waiting', dataDir: folder.path });
    let end = (_: string): void => undefined;
    const running = waiting.call('long', {}, () => new Promise<string>((resolve) => (end = resolve)));
    await until(async () => (await waiting.list()).some(({ status }) => status === 'RUNNING'));
    await before.end();
    // With the folder taken it would say STORE_LOCKED.
    const after = await startServer({ dataDir: folder.path, port });
    end('kept');
    expect(await running).toBe('kept');
    await waiting.close();
    await after.end();
    folder.remove();
  });
});
