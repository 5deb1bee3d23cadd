/** Wires one engine to its store, with the expression language and the input rules of pipelines. */
import type { Json } from '../core/ir.js';
import type { Workflow } from '../core/workflow.js';
import { Engine } from '../engine/engine.js';
import type { EngineObserver } from '../engine/engine-observer.js';
import { nexumError } from '../errors.js';
import { EXPRESSIONS } from '../pipeline/engine-expressions.js';
import { equalJson, resolveInputs } from '../pipeline/inputs.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import * as cron from '../schedule/cron.js';
import type { PostgresStore } from '../store/postgres/postgres-store.js';
import type { SqliteStore } from '../store/sqlite/sqlite-store.js';
import type { StoreLocation } from './store-location.js';

/**
 * @param hooks `onFatal` is called when the store is broken; the process must end
 * @throws NexumError STORE_LOCKED, STORE_VERSION, STORE_BROKEN, STORE_UNAVAILABLE, DATABASE_REFUSED
 */
export async function openEngine(
  location: StoreLocation,
  hooks: { readonly onFatal: (error: Error) => void; readonly onWarning: (text: string) => void },
  { observer, maxQueue }: { readonly observer?: EngineObserver | undefined; readonly maxQueue?: number | undefined },
): Promise<Engine> {
  const store = await openStore(location);
  return new Engine({
    store,
    expressions: EXPRESSIONS,
    resolveInput,
    cron,
    ...hooks,
    counters: () => store.counters,
    ...(observer === undefined ? {} : { observer }),
    ...(maxQueue === undefined ? {} : { maxQueue }),
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

/**
 * Fills in defaults and checks types for pipelines; the input of foreign workflows is theirs. What needed neither stays
 * the text that it was: printed again, a number beyond 2^53 would be another one.
 */
function resolveInput(workflow: Workflow, inputJson: string): string {
  const { pipeline } = workflow.ir;
  if (!pipeline) return inputJson;
  const given = JSON.parse(inputJson) as Json;
  if (given !== null && !isJsonMap(given)) {
    throw nexumError('INVALID_INPUT', `the input of pipeline ${pipeline.name} must be an object`);
  }
  const resolved = resolveInputs(pipeline, given ?? {});
  return given !== null && equalJson(given, resolved) ? inputJson : JSON.stringify(resolved);
}
