import { it, onTestFinished } from 'vitest';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import type { Store } from '../../src/store/store.js';
import { emptyDatabases } from '../support/empty-database.js';
import { describePostgres } from '../support/postgres.js';
import { CONFORMANCE } from './every-conformance.js';

const empty = emptyDatabases();

describePostgres.each([
  ['everything cached', {}],
  ['nothing cached', { maxCachedExecutions: 0 }],
])('PostgreSQL is a store: %s', (_what, options) => {
  it.each(CONFORMANCE)('$name', async ({ run }) => {
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
