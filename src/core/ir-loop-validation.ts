/** Checks the loops of an IR: which nodes belong to which, and that nobody waits for or reads across their borders. */
import { shown } from './ir-checks.js';
import { findCycle } from './ir-cycle.js';
import { MAX_TURNS, type IrNode } from './ir.js';

type Nodes = ReadonlyMap<string, IrNode>;

/** Reading looks through the loops around a node one by one. */
const MAX_LOOP_DEPTH = 16;

/** The loop that a node belongs to, by its name. The IR is checked: a node belongs to one loop at most. */
export function loopsByNode(nodes: Iterable<readonly [string, IrNode]>): ReadonlyMap<string, string> {
  const loops = new Map<string, string>();
  for (const [id, node] of nodes) {
    for (const inner of node['x-nexum']?.loop?.nodes ?? []) if (!loops.has(inner)) loops.set(inner, id);
  }
  return loops;
}

/** @param upstream whoever a node waits for, whatever says so */
export function checkLoops(nodes: Nodes, upstream: ReadonlyMap<string, readonly string[]>, problems: string[]): void {
  const loops = loopsByNode(nodes);
  if (loops.size > 0) checkMembers(nodes, loops, problems);
  for (const [id, names] of upstream) {
    const own = loops.get(id);
    for (const name of new Set(names)) {
      const other = loops.get(name);
      if (own === other || !nodes.has(name)) continue;
      problems.push(`node ${shown(id)}${inLoop(own)} depends on ${shown(name)}${inLoop(other)}: ${borderRule(other)}`);
    }
  }
  const nesting = new Map([...loops].map(([inner, loop]) => [inner, [loop]]));
  const circle = findCycle(nesting);
  if (circle) {
    problems.push(`the loops ${circle.join(' -> ')} contain each other`);
    return;
  }
  if (!checkNesting(nodes, loops, problems)) return;
  for (const [id, node] of nodes) {
    const reads = node['x-nexum']?.reads ?? [];
    if (reads.length > 0) checkReads(id, reads, { nodes, loops, problems });
  }
}

function checkMembers(nodes: Nodes, loops: ReadonlyMap<string, string>, problems: string[]): void {
  for (const [id, node] of nodes) {
    const inner = node['x-nexum']?.loop?.nodes ?? [];
    const listed = new Set<string>();
    for (const name of inner) {
      const owner = loops.get(name);
      if (!nodes.has(name)) problems.push(`loop.nodes of node ${shown(id)} names the unknown node ${shown(name)}`);
      else if (listed.has(name)) problems.push(`loop.nodes of node ${shown(id)} names ${shown(name)} twice`);
      else if (owner !== undefined && owner !== id)
        problems.push(`node ${shown(name)} belongs to two loops, ${shown(owner)} and ${shown(id)}`);
      listed.add(name);
    }
  }
}

/** Rounds multiply: the engine may have to run all of them in one commit. */
function checkNesting(nodes: Nodes, loops: ReadonlyMap<string, string>, problems: string[]): boolean {
  const before = problems.length;
  for (const [id, node] of nodes) {
    let rounds = node['x-nexum']?.loop?.maxIterations;
    if (rounds === undefined) continue;
    let depth = 1;
    for (let around = loops.get(id); around !== undefined && depth <= MAX_LOOP_DEPTH; around = loops.get(around)) {
      rounds *= nodes.get(around)?.['x-nexum']?.loop?.maxIterations ?? 1;
      depth += 1;
    }
    if (depth > MAX_LOOP_DEPTH) problems.push(`the loop ${shown(id)} is nested deeper than ${MAX_LOOP_DEPTH}`);
    else if (rounds > MAX_TURNS)
      problems.push(`the loop ${shown(id)} may run ${rounds} rounds in the loops around it; at most ${MAX_TURNS}`);
  }
  return problems.length === before;
}

interface LoopGraph {
  readonly nodes: Nodes;
  readonly loops: ReadonlyMap<string, string>;
  readonly problems: string[];
}

/** A sibling, or what is there before the loop starts: the loop, or one around it, depends on it or reads it itself. */
function checkReads(id: string, reads: readonly string[], { nodes, loops, problems }: LoopGraph): void {
  const own = loops.get(id);
  if (own === undefined) {
    problems.push(`node ${shown(id)} has reads, but belongs to no loop and to no graph`);
    return;
  }
  for (const name of new Set(reads)) {
    const other = loops.get(name);
    if (!nodes.has(name) || other === own) continue;
    let around: string | undefined = own;
    while (around !== undefined && loops.get(around) !== other) around = loops.get(around);
    const loop = around === undefined ? undefined : nodes.get(around);
    if (around === undefined || !loop) {
      problems.push(`node ${shown(id)}${inLoop(own)} reads ${shown(name)}${inLoop(other)}: ${borderRule(other)}`);
    } else if (!loop.dependencies.includes(name) && loop['x-nexum']?.reads?.includes(name) !== true) {
      const cure = `the loop ${shown(around)} must depend on it`;
      problems.push(`node ${shown(id)}${inLoop(own)} reads ${shown(name)}, but ${cure}`);
    }
  }
}

function inLoop(loop: string | undefined): string {
  return loop === undefined ? '' : ` of the loop ${shown(loop)}`;
}

function borderRule(other: string | undefined): string {
  return other === undefined
    ? 'in a loop only nodes of the same loop can be waited for'
    : 'it exists only inside its loop';
}
