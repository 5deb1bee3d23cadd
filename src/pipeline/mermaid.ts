/** A workflow drawn as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). */
import type { IrNode, WorkflowIr } from '../core/ir.js';

/** Longer conditions are cut: a diagram shows that there is one, the file shows which. */
const MAX_CONDITION_LENGTH = 60;

/**
 * Draws the graph, upstream above downstream. Each node shows its name and its handler or agent; a node with an `if`
 * is a hexagon that shows it, and its edges are dashed. Names never become Mermaid syntax, whatever they hold.
 */
export function toMermaid(ir: WorkflowIr): string {
  // Ids are numbers: names such as `end` are keywords of Mermaid.
  const ids = new Map(Object.keys(ir.nodes).map((name, index) => [name, `n${index}`]));
  const lines = ['flowchart TD'];
  for (const [name, node] of Object.entries(ir.nodes)) lines.push(`  ${ids.get(name) ?? ''}${shape(name, node)}`);
  for (const [name, node] of Object.entries(ir.nodes)) {
    const arrow = node['x-nexum']?.if === undefined ? '-->' : '-.->';
    for (const dependency of new Set(node.dependencies)) {
      const from = ids.get(dependency);
      if (from !== undefined) lines.push(`  ${from} ${arrow} ${ids.get(name) ?? ''}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function shape(name: string, node: IrNode): string {
  const condition = node['x-nexum']?.if;
  const label = `${escape(name)}<br/>${escape(kind(node))}`;
  if (condition === undefined) return `["${label}"]`;
  const shown =
    condition.length > MAX_CONDITION_LENGTH ? `${condition.slice(0, MAX_CONDITION_LENGTH - 3)}...` : condition;
  return `{{"${label}<br/>if ${escape(shown)}"}}`;
}

function kind(node: IrNode): string {
  const behaviour = node['x-nexum'];
  if (behaviour?.agent) return behaviour.agent.name === undefined ? 'agent' : `agent: ${behaviour.agent.name}`;
  return behaviour?.handler ?? node.type;
}

/** Every character that Mermaid, or the HTML and Markdown inside its labels, could read becomes an entity code. */
function escape(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.,:/=!()-]/gu, (character) => `#${character.codePointAt(0) ?? 0xfffd};`);
}
