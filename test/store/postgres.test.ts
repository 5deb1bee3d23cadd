import { it, onTestFinished } from 'vitest';
import { PostgresStore } from '../../src/store/postgres/postgres-store.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase, describePostgres } from '../support/postgres.js';
import { CONFORMANCE } from './conformance.js';

describePostgres.each([
  ['everything cached', {}],
  ['two executions cached', { maxCachedExecutions: 2 }],
])('PostgreSQL is a store: %s', (_what, options) => {
  it.each(CONFORMANCE)('$name', async ({ run }) => {
    const database = await createDatabase();
    let store = await PostgresStore.open(database.url, options);
    onTestFinished(async () => {
      await store.close();
      await database.drop();
    });
    await run(store, async (): Promise<Store> => {
      await store.close();
      store = await PostgresStore.open(database.url, options);
      return store;
    });
  });
});
