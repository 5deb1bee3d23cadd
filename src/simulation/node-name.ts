/** How fixtures name nodes: `writer`, or `writer#2` for its second iteration. */
import type { Workflow } from '../core/workflow.js';

export interface NodeName {
  readonly node: string;
  /** Absent: no particular one. */
  readonly iteration?: number;
}

/** A node of a foreign workflow may itself be called `a#2`. */
export function nodeName(text: string, workflow: Workflow): NodeName {
  const [, node, iteration] = /^(.*)#([1-9]\d{0,8})$/s.exec(text) ?? [];
  if (node === undefined || workflow.nodes.has(text)) return { node: text };
  return { node, iteration: Number(iteration) };
}

/** Whether it may run more than once: it belongs to a free graph or to a loop. */
export function runsAgain(node: string, { graph, nodes }: Workflow): boolean {
  return graph !== undefined || nodes.get(node)?.loop !== undefined;
}
