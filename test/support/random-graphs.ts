/** Random free graphs for property tests: a few nodes, any edges among them, and what each node says each time it runs. */
import fc from 'fast-check';
import type { EdgeCondition, EdgeSpec, GraphSpec, Json, NodeBehaviour, StopSpec } from '../../src/core/ir.js';
import { NO_DELAY } from './engine-execution.js';

const KINDS = ['task', 'task', 'task', 'task', 'task', 'task', 'compute', 'compute', 'compute', 'timer'] as const;
export type GraphNodeKind = (typeof KINDS)[number];

export interface GraphSketch {
  readonly graph: GraphSpec;
  readonly kinds: Readonly<Record<string, GraphNodeKind>>;
  readonly edges: Readonly<Record<string, readonly EdgeSpec[]>>;
  /** What a node gives, by iteration; from the beginning again after the last one. */
  readonly outputs: Readonly<Record<string, readonly Json[]>>;
  /** It has no cycle: it completes, however often it is interrupted. */
  readonly bounded: boolean;
  /** Something in it fails whenever it is evaluated. */
  readonly broken: boolean;
}

const WORDS: readonly Json[] = [
  'APPROVE',
  'go',
  'go APPROVE',
  'go again',
  'TERMINATE',
  '',
  { go: 1 },
  ['APPROVE'],
  null,
  { type: 'StopMessage', content: 'go' },
];
const CONDITIONS: readonly (EdgeCondition | undefined)[] = [
  undefined,
  undefined,
  { contains: 'APPROVE' },
  { notContains: 'APPROVE' },
  { contains: 'go' },
  { notContains: 'go' },
  { equals: 'go' },
  { equals: { go: 1 } },
  { matches: '^g.*E$' },
  { if: 'true' },
  { if: 'false' },
  { handler: 'ask' },
];
const STOPS: readonly (StopSpec | undefined)[] = [
  undefined,
  undefined,
  undefined,
  { textMention: 'TERMINATE' },
  { textMention: 'APPROVE', sources: ['n0'] },
  { stopMessage: true },
  { maxMessages: 6 },
  { any: [{ textMention: 'TERMINATE' }, { maxMessages: 9 }] },
  { all: [{ textMention: 'APPROVE' }, { textMention: 'go', sources: ['n0'] }, { maxMessages: 4 }] },
  { any: [{ stopMessage: true }, { all: [{ textMention: 'TERMINATE' }, { textMention: 'APPROVE' }] }] },
];

interface EdgeDraw {
  readonly from: number;
  readonly to: number;
  readonly when: EdgeCondition | undefined;
  readonly group: number;
}

interface Draw {
  readonly count: number;
  readonly kinds: readonly GraphNodeKind[];
  readonly edges: readonly EdgeDraw[];
  readonly anyGroups: readonly boolean[];
  readonly entry: readonly number[];
  readonly outputs: readonly (readonly Json[])[];
  readonly scheduling: 'eager' | 'barrier';
  readonly maxTurns: number;
  readonly limits: readonly boolean[];
  readonly maxMessages: number;
  readonly stopWhen: StopSpec | undefined;
  readonly bounded: boolean;
  readonly broken: boolean;
}

const MAX_NODES = 7;
const MAX_EDGES = 12;
const GROUPS = 3;
const sized = (length: number): { minLength: number; maxLength: number } => ({ minLength: length, maxLength: length });

export const randomGraphs: fc.Arbitrary<GraphSketch> = fc
  .record<Draw>({
    count: fc.integer({ min: 1, max: MAX_NODES }),
    kinds: fc.array(fc.constantFrom(...KINDS), sized(MAX_NODES)),
    edges: fc.array(
      fc.record({
        from: fc.nat(MAX_NODES * 4),
        to: fc.nat(MAX_NODES * 4),
        when: fc.constantFrom(...CONDITIONS),
        group: fc.nat(GROUPS),
      }),
      { maxLength: MAX_EDGES, size: 'max' },
    ),
    anyGroups: fc.array(fc.boolean(), sized(MAX_NODES * (GROUPS + 1))),
    entry: fc.array(fc.nat(MAX_NODES * 4), { minLength: 1, maxLength: 3 }),
    outputs: fc.array(fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }), sized(MAX_NODES)),
    scheduling: fc.constantFrom('eager', 'barrier'),
    maxTurns: fc.integer({ min: 1, max: 12 }),
    limits: fc.array(fc.boolean(), sized(2)),
    maxMessages: fc.integer({ min: 1, max: 14 }),
    stopWhen: fc.constantFrom(...STOPS),
    bounded: fc.boolean(),
    broken: fc.nat(24).map((roll) => roll === 0),
  })
  .map(sketchOf);

function sketchOf(draw: Draw): GraphSketch {
  const { count, bounded, scheduling, limits, maxTurns, maxMessages, stopWhen, broken } = draw;
  const names = [...Array(count).keys()].map((index) => `n${index}`);
  const byMessages = limits[0] === true;
  const isAllTasks = draw.kinds.slice(0, count).every((kind) => kind === 'task');
  // Without a limit a cycle would never end, and one that no worker slows down must not take more turns than this.
  const byTurns = limits[1] === true || (!bounded && !(byMessages && isAllTasks));
  return {
    graph: {
      entry: [...new Set(draw.entry.map((index) => `n${bounded ? (index % 2) % count : index % count}`))],
      scheduling,
      task: 'the task',
      ...(byTurns ? { maxTurns } : {}),
      ...(byMessages ? { maxMessages } : {}),
      ...(stopWhen ? { stopWhen } : {}),
    },
    kinds: byName(names, (index) => draw.kinds[index] ?? 'task'),
    edges: byName(names, (index) => edgesFrom(draw, index)),
    outputs: byName(names, (index) => draw.outputs[index] ?? ['go']),
    bounded,
    broken,
  };
}

function edgesFrom(draw: Draw, source: number): EdgeSpec[] {
  const { count, bounded, kinds, anyGroups, broken } = draw;
  const edges = new Map<string, EdgeSpec>();
  for (const { from, to, when, group } of draw.edges) {
    const [first, second] = [from % count, to % count];
    const [start, end] = bounded ? [Math.min(first, second), Math.max(first, second)] : [first, second];
    if (start !== source || (bounded && start === end)) continue;
    // Only a worker asks handlers.
    const asks = when !== undefined && 'handler' in when && kinds[source] !== 'task';
    const condition = asks ? { if: 'true' } : broken && when && 'if' in when ? { if: 'throws' } : when;
    const edge: EdgeSpec = {
      to: `n${end}`,
      ...(condition ? { when: condition } : {}),
      ...(group === 0 ? {} : { group: `g${group}` }),
      ...(anyGroups[end * (GROUPS + 1) + group] === true ? { activation: 'any' } : {}),
    };
    edges.set(`${edge.to}/${group}`, edge);
  }
  return [...edges.values()];
}

function byName<T>(names: readonly string[], make: (index: number) => T): Record<string, T> {
  return Object.fromEntries(names.map((name, index) => [name, make(index)]));
}

/** The IR of a sketch. */
export function graphIr({ graph, kinds, edges }: GraphSketch): string {
  const names = Object.keys(kinds);
  const nodes = names.map((name) => {
    const sources = names.filter((source) => edges[source]?.some(({ to }) => to === name));
    const reads = [...new Set([...sources, name])];
    return [name, nodeOf(name, kinds[name] ?? 'task', { edges: edges[name] ?? [], reads })];
  });
  const pipeline = { name: 'graph', inputs: {}, graph };
  return JSON.stringify({ pipeline, nodes: Object.fromEntries(nodes) as unknown });
}

function nodeOf(name: string, kind: GraphNodeKind, behaviour: NodeBehaviour): unknown {
  switch (kind) {
    case 'task':
      return { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'h', retry: NO_DELAY, ...behaviour } };
    case 'compute':
      return { type: 'COMPUTE', dependencies: [], 'x-nexum': { compute: { says: name }, ...behaviour } };
    case 'timer':
      return { type: 'TIMER', dependencies: [], 'x-nexum': { wait: { durationMs: 100 }, ...behaviour } };
  }
}
