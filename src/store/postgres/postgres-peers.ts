/**
 * What the servers on one database know of each other: one clock, who is alive, which worker went where, and hints by
 * LISTEN/NOTIFY. A hint that is lost costs time, never work: whatever it says is found by polling, too.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { hostname } from 'node:os';
import type { Hint, Peers, PeerWorker } from '../store.js';
import { plainArray, textArray } from './array-literal.js';
import { Connection, connectWithin } from './connection.js';
import { readNotice, writeNotices } from './notices.js';
import type { ReadPool } from './read-pool.js';
import { executionIdOf, uuidOf } from './rows.js';
import type { SharedClock } from './shared-clock.js';

const CHANNEL = 'nexum';
/** Hints of that many milliseconds travel together: notifications are cheap, but not free. */
const GATHER_MS = 10;
/** Between two looks at the clock of the database and at the other servers; in milliseconds. */
const BEAT_MS = 1000;
/** A server that has not shown itself for that long is not told anything; in milliseconds. */
const ALIVE_MS = 5000;
/** How the other servers name this one. */
const SERVER = `${hostname()} (pid ${process.pid})`;
/** Rows of servers that are long gone are removed; in milliseconds. */
const FORGET_MS = 24 * 60 * 60 * 1000;

export interface PeersOptions {
  readonly url: string;
  readonly serverId: string;
  readonly pool: ReadPool;
  readonly clock: SharedClock;
  readonly closing: AbortSignal;
}

type StoredInfo = Omit<PeerWorker, 'workerId' | 'credits'> & { readonly server: string };

export class PostgresPeers implements Peers {
  private readonly queues = new Set<string>();
  private readonly executionIds = new Set<string>();
  private stops: Hint['stops'][number][] = [];
  private gathering: NodeJS.Timeout | undefined;
  private beating: NodeJS.Timeout | undefined;
  private listener: Connection | undefined;
  private others = false;

  constructor(private readonly options: PeersOptions) {}

  /** Measures the clock and looks who is there, now and every second. */
  async start(): Promise<void> {
    await this.beat();
    const forgetMs = this.nowMs() - FORGET_MS;
    await this.options.pool.rows('DELETE FROM nexum.lane WHERE at_ms < $1::bigint', [forgetMs]);
    await this.options.pool.rows(
      `DELETE FROM nexum.worker_session w WHERE w.at_ms < $1::bigint
         AND NOT EXISTS (SELECT FROM nexum.lane l WHERE l.server_id = w.server_id)`,
      [forgetMs],
    );
    this.beating = setInterval(() => {
      // The database is away: then there is nobody to talk to, either.
      this.beat().catch(() => undefined);
    }, BEAT_MS);
  }

  nowMs(): number {
    return this.options.clock.nowMs();
  }

  async attach({ workerId, credits, ...info }: PeerWorker, sessionId: string): Promise<void> {
    await this.options.pool.rows(
      `INSERT INTO nexum.worker_session (worker_id, session_id, at_ms, server_id, credits, info)
       VALUES ($1, $2, $3::bigint, $4::uuid, $5::int, $6)
       ON CONFLICT (worker_id) DO UPDATE SET session_id = excluded.session_id, at_ms = excluded.at_ms,
         server_id = excluded.server_id, credits = excluded.credits, info = excluded.info`,
      [
        workerId,
        sessionId,
        this.nowMs(),
        this.options.serverId,
        credits,
        JSON.stringify({ ...info, server: SERVER } satisfies StoredInfo),
      ],
    );
  }

  async detach(workerId: string, sessionId: string): Promise<void> {
    await this.options.pool.rows('DELETE FROM nexum.worker_session WHERE worker_id = $1 AND session_id = $2', [
      workerId,
      sessionId,
    ]);
  }

  async putCredits(credits: ReadonlyMap<string, number>): Promise<void> {
    await this.options.pool.rows(
      `UPDATE nexum.worker_session w SET credits = now.credits FROM unnest($1::text[], $2::int[]) AS now (id, credits)
       WHERE w.worker_id = now.id AND w.server_id = $3::uuid`,
      [textArray([...credits.keys()]), plainArray([...credits.values()]), this.options.serverId],
    );
  }

  async listWorkers(): Promise<readonly (PeerWorker & { readonly server: string })[]> {
    const { pool, serverId } = this.options;
    const rows = await pool.rows<[workerId: string, credits: number, info: string]>(
      `SELECT worker_id, credits, info FROM nexum.worker_session
       WHERE server_id IN (SELECT server_id FROM nexum.lane WHERE at_ms > $1::bigint AND server_id <> $2::uuid)
       ORDER BY worker_id`,
      [this.nowMs() - ALIVE_MS, serverId],
    );
    return rows.map(([workerId, credits, info]) => ({ ...(JSON.parse(info) as StoredInfo), workerId, credits }));
  }

  async findSession(workerId: string): Promise<string | undefined> {
    const [row] = await this.options.pool.rows<[sessionId: string]>(
      'SELECT session_id FROM nexum.worker_session WHERE worker_id = $1',
      [workerId],
    );
    return row?.[0];
  }

  async findNewer(known: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const uuids = plainArray([...known.keys()].map(uuidOf));
    // Not as a join: for that the planner would read the whole table as soon as a few hundred are asked for.
    const rows = await this.options.pool.rows<[uuid: string]>(
      `SELECT known.id FROM unnest($1::uuid[], $2::int[]) AS known (id, seq)
       WHERE known.seq < (SELECT e.last_seq FROM nexum.execution e WHERE e.execution_id = known.id)`,
      [uuids, plainArray([...known.values()])],
    );
    return rows.map(([uuid]) => executionIdOf(uuid));
  }

  send(hint: Hint): void {
    if (!this.others) return;
    for (const queue of hint.queues) this.queues.add(queue);
    for (const executionId of hint.executionIds) this.executionIds.add(executionId);
    this.stops.push(...hint.stops);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.flush().catch(() => undefined);
    }, GATHER_MS);
  }

  listen(onHint: (hint: Hint) => void): void {
    void this.keepListening((payload) => {
      const hint = readNotice(this.options.serverId, payload);
      if (hint) onHint(hint);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.beating);
    clearTimeout(this.gathering);
    await this.listener?.close();
  }

  private async beat(): Promise<void> {
    const { clock, pool, serverId } = this.options;
    await clock.measure(async () => {
      const [row] = await pool.rows<[atMs: number, others: boolean]>(
        `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
           EXISTS (SELECT 1 FROM nexum.lane WHERE server_id <> $1::uuid AND at_ms > $2::bigint)`,
        [serverId, clock.nowMs() - ALIVE_MS],
      );
      const [atMs = clock.nowMs(), others = true] = row ?? [];
      this.others = others;
      return atMs;
    });
    await pool.rows(
      'UPDATE nexum.lane SET at_ms = $2::bigint WHERE server_id = $1::uuid AND at_ms < $2::bigint - 500',
      [serverId, clock.nowMs()],
    );
    // Half-open connections look well until they are used.
    await this.listener?.command('SELECT 1');
  }

  private async flush(): Promise<void> {
    const { pool, serverId } = this.options;
    const hint = { queues: [...this.queues], executionIds: [...this.executionIds], stops: this.stops };
    this.queues.clear();
    this.executionIds.clear();
    this.stops = [];
    for (const payload of writeNotices(serverId, hint)) {
      await pool.rows('SELECT pg_notify($1, $2)', [CHANNEL, payload]);
    }
  }

  private async keepListening(onPayload: (payload: string) => void): Promise<void> {
    const { url, closing } = this.options;
    while (!closing.aborted) {
      try {
        const connection = await connectWithin(() => Connection.open(url, { hot: false }), Infinity, closing);
        const ended = new Promise<void>((resolve) => connection.onEnd(resolve));
        connection.onNotification((_channel, payload) => onPayload(payload));
        await connection.command(`LISTEN ${CHANNEL}`);
        this.listener = connection;
        await ended;
      } catch {
        // Whatever it is, polling does the work meanwhile.
        await pause(BEAT_MS, undefined, { signal: closing }).catch(() => undefined);
      }
    }
  }
}
