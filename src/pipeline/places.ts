/** The places of a pipeline file that hold keys: which are accepted, and which only later releases accept. */
import { conditionModel, edgeModel, graphModel, historyModel, stopModel } from './graph-model.js';
import type { YamlPath } from './issue.js';
import { approvalModel, childModel, inputModel, mapBodyModel, mapModel, reduceModel } from './kind-model.js';
import { routeModel, waitModel } from './kind-model.js';
import { limitsModel, rateModel } from './limits-model.js';
import { isNodePath } from './loop-tree.js';
import {
  concurrencyModel,
  defaultsModel,
  loopModel,
  mcpServerModel,
  nodeModel,
  pipelineModel,
  scheduleModel,
} from './model.js';
import { NameIndex } from './name-index.js';
import { agentModel, answerCheckModel, retryModel } from './work-model.js';

interface KeyPlace {
  readonly accepted: readonly string[];
  /** Keys of the language that this release does not run: refused by name, never ignored. */
  readonly later: ReadonlySet<string>;
}

function place(model: { readonly shape: object }, later: Iterable<string> = []): KeyPlace {
  return { accepted: Object.keys(model.shape), later: new Set(later) };
}

const TOP = place(pipelineModel, ['secrets']);
const AGENT = place(agentModel, ['output']);
const DEFAULTS = place(defaultsModel, ['heartbeat_timeout', 'queue', 'labels']);
const INPUT = place(inputModel);
const CHECK = place(answerCheckModel);
const RETRY = place(retryModel);
const STOP = place(stopModel);
const RATE = place(rateModel);
const NODE = place(nodeModel, ['concurrency', 'limits']);

/** Maps below a node, or below the body of a map, by their key. */
const BELOW_NODE: ReadonlyMap<string, KeyPlace> = new Map([
  ['agent', AGENT],
  ['final_answer_checks', CHECK],
  ['retry', RETRY],
  ['pipeline', place(childModel)],
  ['map', place(mapModel)],
  ['node', place(mapBodyModel)],
  ['reduce', place(reduceModel)],
  ['approval', place(approvalModel)],
  ['wait', place(waitModel)],
  ['form', INPUT],
  ['route', place(routeModel)],
  ['loop', place(loopModel)],
  ['history', place(historyModel)],
]);

/** Maps below `graph`, by their key or that of the list in which they stand. */
const BELOW_GRAPH: ReadonlyMap<string, KeyPlace> = new Map([
  ['graph', place(graphModel)],
  ['edges', place(edgeModel)],
  ['when', place(conditionModel)],
  ['stop_when', STOP],
  ['any', STOP],
  ['all', STOP],
]);

/** By the first key of the path. */
const AT_TOP: ReadonlyMap<string, KeyPlace> = new Map([
  ['agents', AGENT],
  ['defaults', DEFAULTS],
  ['inputs', INPUT],
  ['mcp', place(mcpServerModel)],
  ['concurrency', place(concurrencyModel)],
  ['schedule', place(scheduleModel)],
  ['limits', place(limitsModel)],
]);

/** Tells what the map at `path` may hold; undefined where keys are free. */
export function keyPlace(path: YamlPath): KeyPlace | undefined {
  const [root] = path;
  if (path.length === 0) return TOP;
  const last = path.at(-1);
  if (root === 'agents' && path.includes('final_answer_checks')) return CHECK;
  if (last === 'retry' && root === 'defaults') return RETRY;
  // `limits`, and each of its providers.
  if (root === 'limits' && path.length > 1) return path.length === 3 ? RATE : undefined;
  if (root === 'graph') return BELOW_GRAPH.get(String(path.findLast((part) => typeof part === 'string')));
  if (isNodePath(path)) return NODE;
  if (root !== 'nodes') return AT_TOP.get(String(root));
  // Items of lists and of `form` have names and numbers of their own: their parent tells what they are.
  const parent = path.at(-2);
  const owner = typeof last === 'number' || parent === 'form' ? parent : last;
  return BELOW_NODE.get(String(owner));
}

/** Finds the accepted key nearest to `key`. */
export function nearestOf(accepted: readonly string[], key: string): string | undefined {
  return new NameIndex(accepted).nearest(key);
}
