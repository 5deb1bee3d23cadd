/** The kinds of nodes: which keys belong to which, and where a key belongs that stands at the wrong one. */
import type { JsonObject } from '../core/ir.js';
import { runKeys } from './work-model.js';

export const NODE_KINDS = [
  'agent',
  'uses',
  'compute',
  'route',
  'map',
  'reduce',
  'approval',
  'wait',
  'pipeline',
  'loop',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** The handler of agent nodes; `uses` must not name it. */
export const AGENT_HANDLER = 'agent';

/** Keys that say how a worker runs a step; without a worker nobody would follow them. */
export const RUN_KEYS: readonly string[] = Object.keys(runKeys);

/** The kinds that a node, the body of a map or a reduce has; exactly one is right. */
export function kindsOf(holder: JsonObject): NodeKind[] {
  return NODE_KINDS.filter((kind) => Object.hasOwn(holder, kind));
}

/** The cure for a key of `RUN_KEYS` at a node that no worker runs. */
export function misplacedRunKeyFix(kind: NodeKind, key: string): string {
  if (kind === 'map') return 'Write it inside `map.node`: it belongs to each item.';
  if (kind === 'pipeline') return 'Write it into the nodes of the child pipeline.';
  if (kind === 'loop') return 'Write it at the nodes inside the loop.';
  if (key === 'timeout' && kind === 'approval') return 'Write it inside `approval`, with `on_timeout`.';
  if (key === 'timeout' && kind === 'wait') return 'Write it inside `wait`, with `signal`.';
  return 'Remove it: the server does this by itself, without a worker.';
}
