/** Connections for everything that is no batch: queries of people, lookups, registrations. Never waits for a batch. */
import { setTimeout as pause } from 'node:timers/promises';
import pg, { type ClientBase, type PoolConfig, type QueryArrayConfig } from 'pg';
import { clientConfig, READ_SETTINGS, type Value } from './connection.js';
import { isUnavailable, storeError } from './database-error.js';

/** More queries at once wait for a free connection. */
const MAX_CONNECTIONS = 4;
/** A query is repeated that long when the database is away: all of them may run twice. In milliseconds. */
const PATIENCE_MS = 3000;
const REPEAT_MS = 100;

export class ReadPool {
  statements = 0;
  private readonly pool: pg.Pool;

  constructor(
    url: string,
    private readonly closing: AbortSignal,
  ) {
    // Not as parameters of the connection: PgBouncer refuses those that it does not know. The pool waits for the promise.
    const onConnect = (client: ClientBase): Promise<unknown> => client.query(READ_SETTINGS);
    const config: PoolConfig = { ...clientConfig(url), max: MAX_CONNECTIONS };
    this.pool = new pg.Pool(Object.assign(config, { onConnect }));
    // An idle connection that ends is replaced when the next query needs one.
    this.pool.on('error', () => undefined);
  }

  /** Rows as arrays in the order of the columns. @throws NexumError STORE_UNAVAILABLE */
  async rows<Row extends readonly unknown[]>(text: string, values: readonly Value[]): Promise<Row[]> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        this.statements += 1;
        const query: QueryArrayConfig = { text, values: [...values], rowMode: 'array' };
        const result = await this.pool.query(query);
        return result.rows as unknown as Row[];
      } catch (error) {
        const again = isUnavailable(error) && performance.now() < untilMs && !this.closing.aborted;
        if (!again) throw storeError(error);
        await pause(REPEAT_MS);
      }
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
