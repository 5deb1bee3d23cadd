import { describe, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { Store } from '../../src/store/store.js';
import { temporaryDatabase } from '../support/store-folder.js';
import { CONFORMANCE } from './every-conformance.js';

describe.each([
  ['everything cached', {}],
  ['two executions cached', { maxCachedExecutions: 2 }],
])('SQLite is a store: %s', (_what, options) => {
  it.each(CONFORMANCE)('$name', async ({ run }) => {
    const file = temporaryDatabase();
    let store = new SqliteStore(file, options);
    onTestFinished(() => store.close());
    await run(store, async (): Promise<Store> => {
      await store.close();
      store = new SqliteStore(file, options);
      return store;
    });
  });
});
