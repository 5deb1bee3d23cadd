/** What a free graph adds to its diagram: where it begins, when it stops, and its edges. */
import type { EdgeCondition, EdgeSpec, GraphSpec, StopSpec, WorkflowIr } from '../core/ir.js';
import { cut, escape } from './mermaid-text.js';

/** The task points at the entries; edges with a condition are dashed, and show it. `ids` are those of the nodes. */
export function graphLines({ nodes, pipeline }: WorkflowIr, ids: ReadonlyMap<string, string>): string[] {
  const graph = pipeline?.graph;
  if (!graph) return [];
  const lines = [`  task>"${taskLabel(graph)}"]`];
  for (const entry of graph.entry) if (ids.has(entry)) lines.push(`  task --> ${ids.get(entry) ?? ''}`);
  for (const [name, node] of Object.entries(nodes)) {
    for (const edge of node['x-nexum']?.edges ?? []) {
      const to = ids.get(edge.to);
      if (to === undefined) continue;
      const label = edgeLabel(edge);
      const arrow = edge.when ? '-.->' : '-->';
      lines.push(`  ${ids.get(name) ?? ''} ${arrow}${label === '' ? '' : `|"${label}"|`} ${to}`);
    }
  }
  return lines;
}

function taskLabel({ scheduling, maxTurns, maxMessages, stopWhen }: GraphSpec): string {
  const notes = ['task'];
  if (scheduling === 'barrier') notes.push('in waves');
  if (maxTurns !== undefined) notes.push(`pauses after ${maxTurns} turns`);
  if (maxMessages !== undefined) notes.push(`pauses after ${maxMessages} messages`);
  if (stopWhen) notes.push(escape(cut(`stops when ${stopText(stopWhen)}`)));
  return notes.join('<br/>');
}

function stopText(stop: StopSpec): string {
  if ('textMention' in stop) return `${stop.sources?.join(' or ') ?? 'somebody'} says ${stop.textMention}`;
  if ('stopMessage' in stop) return 'somebody gives a StopMessage';
  if ('maxMessages' in stop) return `there are ${stop.maxMessages} messages`;
  const [list, word] = 'any' in stop ? [stop.any, ' or '] : [stop.all, ' and '];
  const texts = list.map((item) => ('any' in item || 'all' in item ? `(${stopText(item)})` : stopText(item)));
  return texts.join(word);
}

function edgeLabel({ when, group, activation }: EdgeSpec): string {
  const condition = when ? [escape(cut(conditionText(when)))] : [];
  if (group === undefined && activation === undefined) return condition.join('');
  const edges = group === undefined ? 'its edges' : `group ${group}`;
  return [...condition, escape(cut(`${activation ?? 'all'} of ${edges}`))].join('<br/>');
}

function conditionText(when: EdgeCondition): string {
  if ('contains' in when) return `contains ${when.contains}`;
  if ('notContains' in when) return `does not contain ${when.notContains}`;
  if ('matches' in when) return `matches ${when.matches}`;
  if ('handler' in when) return `${when.handler} says so`;
  return 'if' in when ? when.if : `equals ${JSON.stringify(when.equals)}`;
}
