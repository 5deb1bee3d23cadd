/** Wires one engine to one SQLite file, with the expression language and the input rules of pipelines. */
import type { JsonObject } from '../core/ir.js';
import type { Workflow } from '../core/workflow.js';
import { Engine } from '../engine/engine.js';
import type { EngineObserver } from '../engine/engine-observer.js';
import { nexumError } from '../errors.js';
import { evaluateCondition, renderTemplate } from '../pipeline/expressions.js';
import { resolveInputs } from '../pipeline/inputs.js';
import { SqliteStore } from '../store/sqlite/sqlite-store.js';

/** @param onFatal called when the store is broken; the process must end */
export function createSqliteEngine(
  databaseFile: string,
  onFatal: (error: Error) => void,
  observer?: EngineObserver,
): Engine {
  const store = new SqliteStore(databaseFile);
  return new Engine({
    store,
    expressions: { evaluateCondition, renderTemplate },
    resolveInput,
    onFatal,
    counters: () => store.counters,
    ...(observer === undefined ? {} : { observer }),
  });
}

/** Fills in defaults and checks types for pipelines; the input of foreign workflows is theirs. */
function resolveInput(workflow: Workflow, inputJson: string): string {
  const { pipeline } = workflow.ir;
  if (!pipeline) return inputJson;
  const given = (JSON.parse(inputJson) as unknown) ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw nexumError('INVALID_INPUT', `the input of pipeline ${pipeline.name} must be an object`);
  }
  return JSON.stringify(resolveInputs(pipeline, given as JsonObject));
}
