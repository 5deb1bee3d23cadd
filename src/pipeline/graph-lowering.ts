/** A checked graph turned into the IR: what belongs to all of it, and what stands at its nodes. */
import type { EdgeCondition, EdgeSpec, GraphSpec, HistoryFilter, Json, NodeBehaviour, StopSpec } from '../core/ir.js';
import { cyclesOf, type Dependencies } from './dependency-graph.js';
import { unwrapExpression } from './expression-source.js';
import type { PipelineEdge, PipelineGraph, PipelineHistory, PipelineStop } from './graph-model.js';
import type { Pipeline } from './model.js';

/** Of graphs with a cycle that name no other. Pausing there costs no more than a `nexum resume`. */
const DEFAULT_MAX_TURNS = 1000;

export function lowerGraph(graph: PipelineGraph, { nodes, inputs = {} }: Pipeline): GraphSpec {
  const { scheduling = 'eager', max_messages: maxMessages, stop_when: stop, task = defaultTask(inputs) } = graph;
  const targets = new Set(graph.edges.map(({ to }) => to));
  // Sorted, so that the order of nodes in the file does not count.
  const starts = Object.keys(nodes)
    .filter((name) => !targets.has(name))
    .sort();
  const entry = typeof graph.entry === 'string' ? [graph.entry] : (graph.entry ?? starts);
  const maxTurns = graph.max_turns ?? (cyclesOf(graph.edges).length > 0 ? DEFAULT_MAX_TURNS : undefined);
  return {
    entry: [...new Set(entry)],
    scheduling,
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(maxMessages === undefined ? {} : { maxMessages }),
    ...(stop === undefined ? {} : { stopWhen: lowerStop(stop) }),
    task,
  };
}

/** What stands at each node: the edges that begin there, in the order of the file, and what it reads. */
export function lowerGraphNodes(graph: PipelineGraph, reads: Dependencies): ReadonlyMap<string, NodeBehaviour> {
  const outgoing = new Map<string, EdgeSpec[]>();
  for (const edge of graph.edges) {
    const edges = outgoing.get(edge.from);
    if (edges) edges.push(lowerEdge(edge));
    else outgoing.set(edge.from, [lowerEdge(edge)]);
  }
  const behaviours = new Map<string, NodeBehaviour>();
  for (const [node, list] of reads) {
    const edges = outgoing.get(node);
    const names = [...new Set(list.map(({ on }) => on))].sort();
    behaviours.set(node, { ...(edges && { edges }), ...(names.length === 0 ? {} : { reads: names }) });
  }
  return behaviours;
}

export function lowerHistory(history: PipelineHistory): readonly HistoryFilter[] {
  return history.map(({ source, first, last }) => ({
    source,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
  }));
}

function lowerEdge(edge: PipelineEdge): EdgeSpec {
  const { to, when, activation_group: group, activation_condition: activation } = edge;
  return {
    to,
    ...(when === undefined ? {} : { when: lowerCondition(when) }),
    ...(group === undefined ? {} : { group }),
    ...(activation === undefined ? {} : { activation }),
  };
}

function lowerCondition(when: NonNullable<PipelineEdge['when']>): EdgeCondition {
  if (typeof when === 'string') return { if: unwrapExpression(when).source.trim() };
  const { contains, not_contains: notContains, matches, handler, equals = null } = when;
  if (contains !== undefined) return { contains };
  if (notContains !== undefined) return { notContains };
  if (matches !== undefined) return { matches };
  return handler === undefined ? { equals } : { handler };
}

function lowerStop(stop: PipelineStop): StopSpec {
  const { text_mention: textMention, sources, max_messages: maxMessages, any, all } = stop;
  if (textMention !== undefined)
    return { textMention, ...(sources === undefined ? {} : { sources: [...new Set(sources)] }) };
  if (maxMessages !== undefined) return { maxMessages };
  if (any) return { any: any.map(lowerStop) };
  return all ? { all: all.map(lowerStop) } : { stopMessage: true };
}

/** A single text is the task itself; other inputs are the task as JSON. */
function defaultTask(inputs: NonNullable<Pipeline['inputs']>): Json {
  const [[name, input] = [], ...others] = Object.entries(inputs);
  const isText = name !== undefined && input?.type === 'string' && others.length === 0;
  return isText ? `\${{ inputs.${name} }}` : '${{ toJSON(inputs) }}';
}
