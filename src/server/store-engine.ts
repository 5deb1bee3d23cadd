/** Wires one engine to its store, with the expression language and the input rules of pipelines. */
import { Engine, type EngineOptions } from '../engine/engine.js';
import { EXPRESSIONS } from '../pipeline/engine-expressions.js';
import { resolveInputJson } from '../pipeline/inputs.js';
import * as cron from '../schedule/cron.js';
import type { PostgresStore } from '../store/postgres/postgres-store.js';
import type { SqliteStore } from '../store/sqlite/sqlite-store.js';
import type { StoreLocation } from './store-location.js';

type EngineSettings = { readonly [K in 'observer' | 'maxQueue' | 'rates']?: EngineOptions[K] | undefined };

/**
 * @param hooks `onFatal` is called when the store is broken; the process must end
 * @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN, STORE_UNAVAILABLE, DATABASE_REFUSED
 */
export async function openEngine(
  location: StoreLocation,
  hooks: { readonly onFatal: (error: Error) => void; readonly onWarning: (text: string) => void },
  { observer, maxQueue, rates }: EngineSettings,
): Promise<Engine> {
  const store = await openStore(location);
  return new Engine({
    store,
    expressions: EXPRESSIONS,
    resolveInput: (workflow, inputJson) => resolveInputJson(workflow.ir.pipeline, inputJson),
    cron,
    ...hooks,
    counters: () => store.counters,
    ...(observer === undefined ? {} : { observer }),
    ...(maxQueue === undefined ? {} : { maxQueue }),
    ...(rates === undefined ? {} : { rates }),
  });
}

/** Loads one driver and not the other: each of them takes its time. */
async function openStore(location: StoreLocation): Promise<SqliteStore | PostgresStore> {
  if (location.kind === 'postgres') {
    const driver = await import('../store/postgres/postgres-store.js');
    return driver.PostgresStore.open(location.url, { migrate: location.migrate });
  }
  const driver = await import('../store/sqlite/sqlite-store.js');
  return new driver.SqliteStore(location.file);
}
