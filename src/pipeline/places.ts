/** The places of a pipeline file that hold keys: which are accepted, and which only later releases accept. */
import type { YamlPath } from './issue.js';
import { agentModel, defaultsModel, inputModel, nodeModel, pipelineModel, retryModel } from './model.js';
import { NameIndex } from './name-index.js';

interface KeyPlace {
  readonly accepted: readonly string[];
  /** Keys of the language that this release does not run: refused by name, never ignored. */
  readonly later: ReadonlySet<string>;
}

/** Node kinds of later releases; a node with one of them has a kind, although none that runs. */
export const LATER_KINDS: ReadonlySet<string> = new Set([
  'compute',
  'route',
  'map',
  'reduce',
  'approval',
  'wait',
  'pipeline',
  'loop',
]);

function place(model: { readonly shape: object }, later: Iterable<string> = []): KeyPlace {
  return { accepted: Object.keys(model.shape), later: new Set(later) };
}

const AGENT = place(agentModel, ['history', 'planning_interval', 'final_answer_checks', 'output']);
const DEFAULTS = place(defaultsModel, ['heartbeat_timeout', 'queue', 'labels']);
const INPUT = place(inputModel);
const RETRY = place(retryModel);
const TOP = place(pipelineModel, ['graph', 'concurrency', 'limits', 'include', 'schedule', 'secrets']);
const NODE = place(nodeModel, [
  ...LATER_KINDS,
  'graph',
  'join',
  'continue_on_error',
  'queue',
  'labels',
  'secrets',
  'heartbeat_timeout',
  'history',
  'planning_interval',
  'final_answer_checks',
  'concurrency',
  'limits',
]);

/** Tells what the map at `path` may hold; undefined where keys are free. */
export function keyPlace(path: YamlPath): KeyPlace | undefined {
  const [root, , third] = path;
  if (path.length === 0) return TOP;
  if (path.at(-1) === 'retry' && (root === 'defaults' || root === 'nodes')) return RETRY;
  if (root === 'defaults') return DEFAULTS;
  if (root === 'agents') return AGENT;
  if (root === 'inputs') return INPUT;
  if (root === 'nodes') return third === 'agent' ? AGENT : NODE;
  return undefined;
}

/** Finds the accepted key nearest to `key`. */
export function nearestOf(accepted: readonly string[], key: string): string | undefined {
  return new NameIndex(accepted).nearest(key);
}
