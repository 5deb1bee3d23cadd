/** The file under SQLite: durability, its lock, its modes, its guards, a full disk and a damaged one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_PAYLOAD_BYTES } from '../../src/core/payload-limit.js';
import { openDatabase } from '../../src/store/sqlite/connection.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { EngineRig } from '../support/engine-rig.js';
import { temporaryDatabase, temporaryFolder } from '../support/store-folder.js';
import {
  activationOf,
  changesOf,
  completedOf,
  executionOf,
  newExecution,
  read,
  startedOf,
  write,
} from '../support/store-records.js';

const PAGE_BYTES = 4096;

/** Another server on the file, for as long as its process lives. */
const LOCK_HOLDER = `
  import Database from 'better-sqlite3';
  const database = new Database(process.argv[1], { timeout: 0 });
  database.pragma('locking_mode = EXCLUSIVE');
  database.exec('BEGIN IMMEDIATE; COMMIT');
  console.log('locked');
  setInterval(() => database.pragma('user_version'), 60_000);
`;

function code(name: string): unknown {
  return expect.objectContaining({ code: name });
}

/** Opens with the driver alone, as a careless tool would. */
function openRaw(file: string): Database.Database {
  const database = new Database(file);
  onTestFinished(() => {
    database.close();
  });
  return database;
}

/** A closed file with one finished and one running execution. */
async function sampleFile(): Promise<string> {
  const file = temporaryDatabase();
  const store = new SqliteStore(file);
  await write(
    store,
    changesOf({
      execution: executionOf(1, { status: 'COMPLETED', open: 0, lastSeq: 3 }),
      activations: [activationOf(1, { status: 'COMPLETED', outputSeq: 2 })],
      events: [startedOf(1), completedOf(1, 2, '1')],
    }),
    newExecution(2),
  );
  await store.close();
  return file;
}

function overwrite(file: string, page: number, bytes: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(bytes, 0xa5), 0, bytes, (page - 1) * PAGE_BYTES);
  closeSync(handle);
}

describe('durability settings (S2)', () => {
  it('hold on every open, read back from the driver after a write: WAL and synchronous=FULL', () => {
    const file = temporaryDatabase();
    for (const _open of ['first', 'again', 'again']) {
      const database = openDatabase(file);
      database.exec(
        "INSERT INTO workflow (workflow_id, version_hash, ir_json, registered_at_ms) VALUES ('w', random(), '', 1)",
      );
      expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(database.pragma('synchronous', { simple: true })).toBe(2);
      expect(database.pragma('locking_mode', { simple: true })).toBe('exclusive');
      database.close();
    }
  });

  it('hold on a file that another tool left in another mode', async () => {
    const file = await sampleFile();
    const raw = openRaw(file);
    raw.pragma('journal_mode = DELETE');
    raw.close();
    const database = openDatabase(file);
    onTestFinished(() => {
      database.close();
    });
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
  });
});

describe('one server per file', () => {
  it('refuses the second opener with STORE_LOCKED, until the first has closed', async () => {
    const file = temporaryDatabase();
    const first = new SqliteStore(file);
    await write(first, newExecution(1));
    expect(() => new SqliteStore(file)).toThrow(code('STORE_LOCKED'));
    expect(await read(first, 1)).toMatchObject({ input: '{}' });
    await first.close();
    const second = new SqliteStore(file);
    expect((await read(second, 1)).execution).toEqual(executionOf(1));
    await second.close();
  });

  it('frees the lock of a process that was killed', async () => {
    const file = await sampleFile();
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', LOCK_HOLDER, file], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      holder.kill('SIGKILL');
    });
    await once(holder.stdout, 'data');
    expect(() => new SqliteStore(file)).toThrow(code('STORE_LOCKED'));
    const exited = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exited;
    const store = new SqliteStore(file);
    expect((await read(store, 2)).execution).toEqual(executionOf(2));
    await store.close();
  });
});

describe('the data folder', () => {
  it('is for its owner only: folder 0700, files 0600', async () => {
    const file = temporaryDatabase();
    const store = new SqliteStore(file);
    onTestFinished(() => store.close());
    await write(store, newExecution(1));
    const modes = readdirSync(dirname(file)).map((name) => [name, statSync(join(dirname(file), name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual({ 'nexum.db': 0o600, 'nexum.db-wal': 0o600 });
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('of a newer nexum is refused with STORE_VERSION and left as it is', async () => {
    const file = await sampleFile();
    const raw = openRaw(file);
    raw.pragma('user_version = 99');
    raw.close();
    expect(() => new SqliteStore(file)).toThrow(code('STORE_VERSION'));
    expect(openRaw(file).pragma('user_version', { simple: true })).toBe(99);
  });
});

/** Inserts a copy of the first row that fits, with some columns replaced: whatever columns the table has. */
function insertCopy(
  database: Database.Database,
  table: string,
  where: string,
  replaced: Record<string, unknown>,
): void {
  const row = database.prepare(`SELECT * FROM ${table} WHERE ${where}`).get() as Record<string, unknown>;
  const copy = { ...row, ...replaced };
  const columns = Object.keys(copy);
  const values = columns.map((column) => `@${column}`).join(', ');
  database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values})`).run(copy);
}

describe('the constraints of the database are a second guard', () => {
  it.each([
    [
      'a change of a final activation (E3)',
      `UPDATE activation SET status = 'READY', output_seq = NULL WHERE status = 'COMPLETED'`,
      /final/,
    ],
    ['a change of an event', `UPDATE event SET payload = '2' WHERE seq = 2`, /append-only/],
    ['the removal of an event', 'DELETE FROM event WHERE seq = 2', /append-only/],
    ['RUNNING with nothing open (E2)', `UPDATE execution SET open_count = 0 WHERE status = 'RUNNING'`, /CHECK/],
    [
      'PAUSED with nothing open (E2)',
      `UPDATE execution SET open_count = 0, status = 'PAUSED' WHERE status = 'RUNNING'`,
      /CHECK/,
    ],
    ['less than nothing open (E1)', `UPDATE execution SET open_count = -1 WHERE status = 'COMPLETED'`, /CHECK/],
    [
      'the return of a closed execution',
      `UPDATE execution SET open_count = 1, status = 'RUNNING' WHERE status = 'COMPLETED'`,
      /closed/,
    ],
    ['a lease without a fence (E4)', `UPDATE activation SET status = 'LEASED' WHERE status = 'READY'`, /CHECK/],
    ['a completion without an output', `UPDATE activation SET status = 'COMPLETED' WHERE status = 'READY'`, /CHECK/],
    ['an unknown status', `UPDATE activation SET status = 'DONE' WHERE status = 'READY'`, /CHECK/],
    ['a time that is no integer', `UPDATE activation SET ready_at_ms = 1.5 WHERE status = 'READY'`, /REAL/],
  ])('%s is refused', async (_what, sql, message) => {
    const database = openRaw(await sampleFile());
    expect(() => database.exec(sql)).toThrow(message);
  });

  it('a second end of an activation that COMPLETED or was SKIPPED is refused', async () => {
    const database = openRaw(await sampleFile());
    const again = { seq: 9, kind: 'node_skipped' };
    expect(() => insertCopy(database, 'event', "kind = 'node_completed'", again)).toThrow(/UNIQUE/);
    // The copy itself is well-formed: as another kind of event it is stored.
    insertCopy(database, 'event', "kind = 'node_completed'", { ...again, kind: 'attempt_released' });
  });

  it('a second event with one number is refused', async () => {
    const database = openRaw(await sampleFile());
    const again = { kind: 'attempt_released' };
    expect(() => insertCopy(database, 'event', 'seq = 2', again)).toThrow(/UNIQUE/);
  });
});

describe('a full disk', () => {
  it('answers STORE_FULL, undoes the transaction (S1), and the same write succeeds once there is space', async () => {
    const store = new SqliteStore(temporaryDatabase());
    onTestFinished(() => store.close());
    await write(store, newExecution(1));
    store.setQuota(1);
    const payload = JSON.stringify('x'.repeat(1_000_000));
    await expect(write(store, newExecution(2, { payload }))).rejects.toEqual(code('STORE_FULL'));
    expect((await read(store, 2)).execution).toBeUndefined();
    expect((await read(store, 1)).execution).toEqual(executionOf(1));
    store.setQuota(100_000);
    await write(store, newExecution(2, { payload }));
    expect(await read(store, 2)).toMatchObject({ input: payload });
  });

  it('holds from the start when the quota is an option', async () => {
    const store = new SqliteStore(temporaryDatabase(), { maxPages: 40 });
    onTestFinished(() => store.close());
    const payload = JSON.stringify('x'.repeat(40 * PAGE_BYTES));
    await expect(write(store, newExecution(1, { payload }))).rejects.toEqual(code('STORE_FULL'));
  });

  it('leaves the engine alive: callers hear STORE_FULL, repeat the call later, and nothing was lost', async () => {
    const rig = await EngineRig.open();
    await rig.register({ a: {}, b: { needs: ['a'] } });
    const executionId = await rig.start();
    const worker = rig.worker();
    const task = await worker.take();
    rig.sqlite.setQuota(1);
    const big = JSON.stringify('x'.repeat(1_000_000));
    expect(await worker.complete(task, big)).toMatchObject({ code: 'STORE_FULL' });
    await expect(rig.start(big)).rejects.toEqual(code('STORE_FULL'));
    expect(await rig.nodes(executionId)).toEqual({ a: 'LEASED', b: 'PENDING' });
    expect(rig.fatal).toEqual([]);
    rig.sqlite.setQuota(100_000);
    expect(await rig.engine.call('complete', { taskId: task.taskId, outputJson: big })).toEqual({
      taskId: task.taskId,
      alreadyApplied: false,
    });
    expect((await worker.take()).inputJson).toBe(`{"input":{},"deps":{"a":${big}}}`);
  });

  it('leaves nothing of a large result that found no room (S1): neither its event nor its blob', async () => {
    const rig = await EngineRig.open();
    await rig.register({ a: {} });
    const executionId = await rig.start();
    const worker = rig.worker();
    const task = await worker.take();
    const { lastSeq } = await rig.detail(executionId);
    rig.sqlite.setQuota(1);
    const largest = JSON.stringify('x'.repeat(MAX_PAYLOAD_BYTES - 2));
    expect(await worker.complete(task, largest)).toMatchObject({ code: 'STORE_FULL' });
    expect((await rig.detail(executionId)).lastSeq).toBe(lastSeq);
    await rig.stop();
    const raw = openRaw(rig.at);
    expect(raw.prepare('SELECT count(*) FROM blob').pluck().get()).toBe(0);
    expect(raw.prepare('SELECT max(seq) FROM event').pluck().get()).toBe(lastSeq);
  });
});

describe('a damaged file', () => {
  it.each([
    ['a header of another kind', (file: string) => overwrite(file, 1, 100)],
    ['text', (file: string) => writeFileSync(file, 'this is not a database, whatever its name says\n'.repeat(1000))],
  ])('is STORE_BROKEN at the opening: %s', async (_what, damage) => {
    const file = await sampleFile();
    damage(file);
    expect(() => new SqliteStore(file)).toThrow(code('STORE_BROKEN'));
  });

  it('is STORE_BROKEN when the folder cannot be opened as a file', () => {
    const file = join(temporaryFolder(), 'nexum.db');
    mkdirSync(file);
    expect(() => new SqliteStore(file)).toThrow(code('STORE_BROKEN'));
  });

  async function damaged(table: string): Promise<{ rig: EngineRig; executionId: string; taskId: string }> {
    const whole = await EngineRig.open();
    await whole.register({ a: {}, b: { needs: ['a'] } });
    const executionId = await whole.start();
    const { taskId } = await whole.worker().take();
    await whole.stop();
    const raw = openRaw(whole.at);
    const page = raw.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table);
    raw.close();
    overwrite(whole.at, Number(page), PAGE_BYTES);
    return { rig: await EngineRig.open({ at: whole.at }), executionId, taskId };
  }

  it('ends the engine at the first read that meets the damage', async () => {
    const { rig, executionId } = await damaged('event');
    expect(rig.fatal).toEqual([]);
    await expect(rig.detail(executionId)).rejects.toEqual(code('STORE_BROKEN'));
    expect(rig.fatal[0]).toEqual(code('STORE_BROKEN'));
  });

  it('ends the engine at the first command that meets the damage, and the command is not applied', async () => {
    const { rig, taskId } = await damaged('event');
    expect(await rig.engine.call('complete', { taskId, outputJson: '1' })).toMatchObject({ code: 'STORE_BROKEN' });
    expect(rig.fatal[0]).toEqual(code('STORE_BROKEN'));
  });

  it('ends the engine when a payload is unreadable: no task goes out without its input', async () => {
    const { rig } = await damaged('event');
    const worker = rig.worker({ workerId: 'w2' });
    worker.send({ credits: 1 });
    // The first attempt comes back, and its input has to be read again.
    const reader = rig.worker({ workerId: 'w1' });
    await rig.settle();
    expect(rig.fatal[0]).toEqual(code('STORE_BROKEN'));
    expect([...worker.tasks, ...reader.tasks]).toEqual([]);
  });
});
