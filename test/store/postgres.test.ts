import { it, onTestFinished } from 'vitest';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import type { Store } from '../../src/store/store.js';
import { emptyDatabases } from '../support/empty-database.js';
import { describePostgres } from '../support/postgres.js';
import { PAYLOAD_CONFORMANCE } from './conformance-payloads.js';
import { CONFORMANCE } from './conformance.js';
import { PURGE_CONFORMANCE } from './conformance-purge.js';

const empty = emptyDatabases();

describePostgres.each([
  ['everything cached', {}],
  ['nothing cached', { maxCachedExecutions: 0 }],
])('PostgreSQL is a store: %s', (_what, options) => {
  it.each([...CONFORMANCE, ...PAYLOAD_CONFORMANCE, ...PURGE_CONFORMANCE])('$name', async ({ run }) => {
    const url = await empty();
    let store = await PostgresStore.open(url, options);
    onTestFinished(() => store.close());
    await run(store, async (): Promise<Store> => {
      await store.close();
      store = await PostgresStore.open(url, options);
      return store;
    });
  });
});
