import type { Store } from '../../src/store/store.js';

export interface ConformanceCase {
  readonly name: string;
  /** @param reopen closes the store and opens another one on the same data */
  readonly run: (store: Store, reopen: () => Promise<Store>) => Promise<void>;
}
