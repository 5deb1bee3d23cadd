/** Crash switches name nodes; a mistyped one must not look like a crash that never came. */
import type { WorkflowIr } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { NameIndex } from '../pipeline/name-index.js';

/** The node of `validate#2`, its second iteration; a name without an iteration is returned as it is. */
export function nodeOfSwitch(name: string): string {
  return name.replace(/#[1-9]\d*$/, '');
}

/** @throws NexumError NODE_NOT_FOUND with the nearest node and all names */
export function checkNodes(names: readonly string[], workflows: readonly WorkflowIr[]): void {
  const nodes = new NameIndex(workflows.flatMap((ir) => Object.keys(ir.nodes)));
  for (const name of names) {
    if (nodes.has(name) || nodes.has(nodeOfSwitch(name))) continue;
    const nearest = nodes.nearest(nodeOfSwitch(name));
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    const known = nodes.names.length === 0 ? 'no pipeline is registered' : `nodes: ${nodes.names.join(', ')}`;
    throw nexumError('NODE_NOT_FOUND', `no pipeline here has a node ${JSON.stringify(name)}${hint} (${known})`);
  }
}
