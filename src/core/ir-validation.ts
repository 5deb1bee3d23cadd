/** Reads and checks an IR document from anybody: everything wrong is reported at once, nothing is guessed. */
import { isRecord } from './ir-checks.js';
import { findCycle } from './ir-cycle.js';
import { checkGraph } from './ir-graph-validation.js';
import { checkLoops } from './ir-loop-validation.js';
import { checkNode } from './ir-node-validation.js';
import { checkPipeline } from './ir-pipeline-validation.js';
import type { GraphSpec, IrNode, WorkflowIr } from './ir.js';

const MAX_PROBLEMS = 50;
/** The graph of that many takes about 100 MB in memory. */
const MAX_NODES = 100_000;
/** More than any YAML document that compiles; deeper, recursion over the values would overflow the stack. */
const MAX_DEPTH = 256;

export function parseIr(irJson: string): { ir?: WorkflowIr; problems: string[] } {
  let document: unknown;
  try {
    document = JSON.parse(irJson);
  } catch (error) {
    return { problems: [`ir_json is not JSON (${error instanceof Error ? error.message : String(error)})`] };
  }
  if (!isRecord(document) || !isRecord(document['nodes'])) return { problems: ['ir_json has no `nodes` object'] };
  const nodes = new Map(Object.entries(document['nodes']));
  if (nodes.size === 0) return { problems: ['the workflow has no nodes'] };
  if (nodes.size > MAX_NODES) return { problems: [`the workflow has ${nodes.size} nodes, and may have ${MAX_NODES}`] };
  const unusable = findUnusable(document, 0);
  if (unusable !== undefined) return { problems: [unusable] };
  const problems: string[] = [];
  const types = new Map([...nodes].map(([id, node]) => [id, isRecord(node) ? node['type'] : undefined]));
  const checked = new Map<string, IrNode>();
  for (const [id, node] of nodes) {
    const whole = checkNode(id, node, types, problems);
    if (whole) checked.set(id, whole);
  }
  const isWhole = checked.size === nodes.size;
  const graph = readPipeline(document['pipeline'], problems);
  const upstream = upstreamOf(checked);
  const cycle = findCycle(upstream);
  if (cycle) problems.push(`the nodes ${cycle.join(' -> ')} form a cycle`);
  // With a node missing, names would be unknown that are not.
  if (isWhole && graph !== 'broken') checkGraph(checked, graph, problems);
  if (isWhole && graph === undefined) checkLoops(checked, upstream, problems);
  if (problems.length > 0) return { problems: problems.slice(0, MAX_PROBLEMS) };
  // fromEntries defines its keys: a node may be called `__proto__`.
  return { ir: { ...document, nodes: Object.fromEntries(checked) }, problems };
}

/** The free graph of the pipeline; `broken`, when it may not have the shape of one. */
function readPipeline(pipeline: unknown, problems: string[]): GraphSpec | 'broken' | undefined {
  if (pipeline === undefined) return undefined;
  const before = problems.length;
  checkPipeline(pipeline, problems);
  if (!isRecord(pipeline) || pipeline['graph'] === undefined) return undefined;
  return problems.length > before ? 'broken' : (pipeline['graph'] as GraphSpec);
}

/** Whoever a node waits for: a target waits for its router, a fold for its map. */
function upstreamOf(nodes: ReadonlyMap<string, IrNode>): Map<string, string[]> {
  const upstream = new Map([...nodes].map(([id, { dependencies }]) => [id, [...dependencies]]));
  for (const [id, { routes = [], mapNodeId, 'x-nexum': behaviour }] of nodes) {
    if (mapNodeId !== undefined) upstream.get(id)?.push(mapNodeId);
    const targets = routes.map(({ target }) => target);
    const router = behaviour?.router;
    if (router) targets.push(...router.routes.map(({ to }) => to));
    if (router?.otherwise !== undefined) targets.push(router.otherwise);
    for (const target of new Set(targets)) upstream.get(target)?.push(id);
  }
  return upstream;
}

/** What JSON text can say, but no value can carry through the engine and back. */
function findUnusable(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'ir_json has a number that is too large';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `ir_json is nested deeper than ${MAX_DEPTH}`;
  for (const member of Object.values(value)) {
    const problem = findUnusable(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
