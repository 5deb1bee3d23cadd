/** Loops in a diagram: each a frame around its nodes, with dotted lines for what they read of the round before. */
import type { IrNode, WorkflowIr } from '../core/ir.js';
import { cut, escape } from './mermaid-text.js';

type Ids = ReadonlyMap<string, string>;

/** All nodes, those of loops inside of their frames. */
export function nodeLines(ir: WorkflowIr, ids: Ids, shape: (name: string, node: IrNode) => string): string[] {
  const inner = new Set(Object.values(ir.nodes).flatMap((node) => node['x-nexum']?.loop?.nodes ?? []));
  const lines: string[] = [];
  const draw = (name: string, indent: string): void => {
    const node = Object.hasOwn(ir.nodes, name) ? ir.nodes[name] : undefined;
    if (!node) return;
    const id = ids.get(name) ?? '';
    const loop = node['x-nexum']?.loop;
    if (!loop) {
      lines.push(`${indent}${id}${shape(name, node)}`);
      return;
    }
    const end = `until ${escape(cut(loop.until))}, at most ${loop.maxIterations} rounds`;
    lines.push(`${indent}subgraph ${id}["${escape(name)}<br/>loop ${end}"]`);
    for (const each of loop.nodes) draw(each, `${indent}  `);
    lines.push(`${indent}end`);
  };
  for (const name of Object.keys(ir.nodes)) if (!inner.has(name)) draw(name, '  ');
  return lines;
}

/** From what a node in a loop reads of the round before, to the node. */
export function feedbackLines(ir: WorkflowIr, ids: Ids): string[] {
  const lines: string[] = [];
  for (const { 'x-nexum': behaviour } of Object.values(ir.nodes)) {
    const inside = new Set(behaviour?.loop?.nodes);
    for (const name of inside) {
      const reads = Object.hasOwn(ir.nodes, name) ? ir.nodes[name]?.['x-nexum']?.reads : undefined;
      for (const from of reads ?? [])
        if (inside.has(from)) lines.push(`  ${ids.get(from) ?? ''} -.->|"next round"| ${ids.get(name) ?? ''}`);
    }
  }
  return lines;
}
