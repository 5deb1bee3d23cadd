/** A workflow drawn as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). */
import type { IrNode, WorkflowIr } from '../core/ir.js';
import { graphLines } from './mermaid-graph.js';
import { feedbackLines, nodeLines } from './mermaid-loops.js';
import { cut, escape } from './mermaid-text.js';

/** The brackets around a label, by node type; the others are rectangles. */
const SHAPES: Readonly<Partial<Record<IrNode['type'], readonly [string, string]>>> = {
  ROUTER: ['{"', '"}'],
  MAP: ['[/"', '"\\]'],
  REDUCE: ['[\\"', '"/]'],
  HUMAN_APPROVAL: ['(["', '"])'],
  TIMER: ['(("', '"))'],
  SUBWORKFLOW: ['[["', '"]]'],
};
const RECTANGLE = ['["', '"]'] as const;
const HEXAGON = ['{{"', '"}}'] as const;

/**
 * Draws the graph, upstream above downstream. Each node shows its name and what it does; its shape tells its kind. A
 * node with an `if` shows it (as a hexagon, if its kind has no shape), and its edges are dashed. Edges show the
 * condition of a route, and how the source must end where that is not `succeeded`. Names never become Mermaid syntax,
 * whatever they hold. Of a free graph, the edges with a condition are dashed. A loop is a
 * frame around its nodes, and what they read of the round before is dotted.
 */
export function toMermaid(ir: WorkflowIr): string {
  // Ids are numbers: names such as `end` are keywords of Mermaid.
  const ids = new Map(Object.keys(ir.nodes).map((name, index) => [name, `n${index}`]));
  const lines = ['flowchart TD'];
  lines.push(...nodeLines(ir, ids, shape));
  for (const [name, node] of Object.entries(ir.nodes)) {
    const arrow = node['x-nexum']?.if === undefined ? '-->' : '-.->';
    for (const dependency of new Set(node.dependencies)) {
      const from = ids.get(dependency);
      if (from === undefined) continue;
      const condition = routeTo(name, ir.nodes[dependency]) ?? node['x-nexum']?.conditions?.[dependency];
      const label = condition === undefined ? '' : `|"${escape(cut(condition))}"|`;
      lines.push(`  ${from} ${arrow}${label} ${ids.get(name) ?? ''}`);
    }
  }
  lines.push(...graphLines(ir, ids), ...feedbackLines(ir, ids));
  return `${lines.join('\n')}\n`;
}

function shape(name: string, node: IrNode): string {
  const condition = node['x-nexum']?.if;
  const shown = condition === undefined ? '' : `<br/>if ${escape(cut(condition))}`;
  const [open, close] = SHAPES[node.type] ?? (condition === undefined ? RECTANGLE : HEXAGON);
  return `${open}${escape(name)}<br/>${escape(kind(node))}${shown}${close}`;
}

/** When the router goes to the target; undefined when the source is none. */
function routeTo(target: string, source: IrNode | undefined): string | undefined {
  if (source?.type !== 'ROUTER') return undefined;
  const otherwise = source['x-nexum']?.router?.otherwise;
  const routes = source['x-nexum']?.router?.routes.map((route) => ({ condition: route.if, target: route.to }));
  const conditions = (routes ?? source.routes ?? [])
    .filter((route) => route.target === target)
    .map(({ condition }) => condition ?? 'true');
  if (otherwise === target) conditions.push('otherwise');
  return conditions.length === 0 ? undefined : conditions.join(' or ');
}

function kind(node: IrNode): string {
  const behaviour = node['x-nexum'];
  if (!behaviour) return node.type;
  const { map, approval, wait, router } = behaviour;
  if (map) return `map ${cut(map.over)}: ${step(node)}`;
  if (node.type === 'REDUCE') return `reduce ${node.mapNodeId ?? ''}: ${step(node)}`;
  if (router) return 'route';
  if (approval) return 'approval';
  return wait ? `wait ${cut(waitsFor(node))}` : step(node);
}

/** What is done in one step, of a node or with each item of a map. */
function step(node: IrNode): string {
  const { agent, handler, compute, child } = node['x-nexum'] ?? {};
  if (agent) return agent.name === undefined ? 'agent' : `agent: ${agent.name}`;
  if (child) return `pipeline: ${child.workflowId}`;
  return compute === undefined ? (handler ?? node.type) : 'compute';
}

function waitsFor(node: IrNode): string {
  const { duration, until, signal } = node['x-nexum']?.wait ?? {};
  if (signal !== undefined) return `for ${signal}`;
  return until === undefined ? (duration ?? `${node.delay_seconds ?? 0}s`) : `until ${until}`;
}
