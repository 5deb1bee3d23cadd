/** One connection to PostgreSQL: its settings, its statements, its end. Statements are pipelined: one does not wait for another. */
import { setTimeout as pause } from 'node:timers/promises';
import pg, { type ClientConfig, type CustomTypesConfig, type QueryResult } from 'pg';
import { isUnavailable, unavailable } from './database-error.js';

/** A connection that was not made within that time is tried again; in milliseconds. */
const CONNECT_TIMEOUT_MS = 5000;
/**
 * The database ends what takes longer, so that nothing hangs: a statement; the wait for a row that somebody else holds;
 * a transaction whose server died without a word, which would keep its rows locked. In milliseconds.
 */
const TIMEOUTS = { statementMs: 15_000, lockMs: 10_000, idleInTransactionMs: 10_000 } as const;
/** Longer than any statement may take: then the network has swallowed the answer. In milliseconds. */
const READ_TIMEOUT_MS = 20_000;
/** Between two tries to connect; doubles up to the maximum. In milliseconds. */
const BACKOFF = { firstMs: 20, maxMs: 500 } as const;

const INT8_OID = 20;
/** Times and counts fit into 2^53; everything else is read as `pg` does by default. */
const parsers = new pg.TypeOverrides();
parsers.setTypeParser(INT8_OID, Number);
const types: CustomTypesConfig = { getTypeParser: (oid, format) => parsers.getTypeParser(oid, format) as never };

/** A statement that is prepared once per connection. `values` are texts or numbers, arrays as array literals. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Value = string | number | null;

/**
 * Settings of every connection. The bulk statements join arrays with the large tables: without these, the planner, which
 * cannot know how short the arrays are, now and then reads a whole table instead of its index.
 */
const SETTINGS = [
  `statement_timeout = ${TIMEOUTS.statementMs}`,
  `lock_timeout = ${TIMEOUTS.lockMs}`,
  `idle_in_transaction_session_timeout = ${TIMEOUTS.idleInTransactionMs}`,
  'default_transaction_isolation = "read committed"',
];
/** For connections of the pool, which only read and write single rows. */
export const READ_SETTINGS = `SET statement_timeout = ${TIMEOUTS.statementMs}; SET lock_timeout = ${TIMEOUTS.lockMs}`;
const HOT_SETTINGS = [
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'enable_bitmapscan = off',
  'jit = off',
  'plan_cache_mode = force_generic_plan',
];

/** A commit is answered when it is on disk, whatever somebody set for the rest of the database. */
const FLUSH_COMMITS = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;

export function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'nexum',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: READ_TIMEOUT_MS,
    types,
  };
}

export class Connection {
  /** Statements sent, for the counters of the store. */
  statements = 0;
  private broken = false;
  private gathering = false;

  private constructor(private readonly client: pg.Client) {
    client.on('error', () => {
      this.broken = true;
    });
    client.on('end', () => {
      this.broken = true;
    });
  }

  /** @param hot for the statements of batches: index plans only; `patient` for those that may take very long */
  static async open(
    url: string,
    { hot, patient = false }: { readonly hot: boolean; readonly patient?: boolean },
  ): Promise<Connection> {
    const config = { ...clientConfig(url), pipeline: true, ...(patient ? { query_timeout: 0 } : {}) };
    const connection = new Connection(new pg.Client(config));
    try {
      await connection.client.connect();
      const settings = hot ? [...SETTINGS, ...HOT_SETTINGS] : SETTINGS;
      await connection.command(settings.map((setting) => `SET ${setting}`).join('; '));
      if (hot) await connection.command(FLUSH_COMMITS);
      return connection;
    } catch (error) {
      // Without a password, for one, `pg` gives up and leaves the socket open: the database would wait at its end.
      connection.destroy();
      throw error;
    }
  }

  get usable(): boolean {
    return !this.broken;
  }

  /** Sends a prepared statement with the others of this turn; rows as arrays in the order of the columns. */
  async run<Row extends readonly unknown[]>(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    this.statements += 1;
    this.gather();
    const query = { ...statement, values: values as Value[], rowMode: 'array' as const };
    const { rows } = await this.client.query<Row>(query);
    return rows;
  }

  /** Sends a statement without parameters; returns its command tag, such as COMMIT. */
  async command(text: string): Promise<string> {
    this.gather();
    const result = (await this.client.query(text)) as QueryResult | QueryResult[];
    return Array.isArray(result) ? '' : result.command;
  }

  /** One write to the socket for all statements of a turn: the database wakes up once. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.client.on('notification', ({ channel, payload }) => listener(channel, payload ?? ''));
  }

  onEnd(listener: () => void): void {
    this.client.once('end', listener);
  }

  /** Cuts it off, whatever is under way. */
  destroy(): void {
    this.broken = true;
    this.client.connection.stream.destroy();
  }

  async close(): Promise<void> {
    if (this.broken) this.destroy();
    else await this.client.end();
  }
}

/**
 * Tries again and again until there is a connection.
 * @param untilMs on the monotonic clock; Infinity waits for as long as `signal` lets it
 * @throws NexumError STORE_UNAVAILABLE
 */
export async function connectWithin<T>(open: () => Promise<T>, untilMs: number, signal: AbortSignal): Promise<T> {
  for (let delayMs: number = BACKOFF.firstMs; ; delayMs = Math.min(delayMs * 2, BACKOFF.maxMs)) {
    try {
      return await open();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (signal.aborted || performance.now() + delayMs > untilMs) throw unavailable(error);
      await pause(delayMs, undefined, { signal }).catch(() => {
        throw unavailable(error);
      });
    }
  }
}
