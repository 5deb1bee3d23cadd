/** Random free graphs of nodes of every kind. What each of them says is told by random-graphs.ts; here they only run. */
import fc from 'fast-check';
import type { EdgeSpec, GraphSpec, HistoryFilter } from '../../src/core/ir.js';
import type { NodeSketch } from './engine-execution.js';
import { FLAKY, kindDraws, PERHAPS, sketchOf, type KindDraw } from './random-kinds.js';

interface KindGraph {
  readonly nodes: Readonly<Record<string, NodeSketch>>;
  readonly graph: GraphSpec;
}

interface EdgeDraw {
  readonly from: number;
  readonly to: number;
  readonly when: typeof PERHAPS | typeof FLAKY | undefined;
  readonly group: number;
}

const GROUPS = 2;
const MAX_NODES = 5;

export const randomKindGraphs: fc.Arbitrary<KindGraph> = fc
  .record({
    kinds: fc.array(kindDraws, { minLength: 2, maxLength: MAX_NODES, size: 'max' }),
    edges: fc.array(
      fc.record<EdgeDraw>({
        from: fc.nat(59),
        to: fc.nat(59),
        when: fc.nat(49).map((roll) => (roll === 0 ? FLAKY : roll < 18 ? PERHAPS : undefined)),
        group: fc.nat(GROUPS),
      }),
      { minLength: 1, maxLength: 9, size: 'max' },
    ),
    anyGroups: fc.array(fc.boolean(), { minLength: MAX_NODES * (GROUPS + 1), maxLength: MAX_NODES * (GROUPS + 1) }),
    entry: fc.array(fc.nat(59), { minLength: 1, maxLength: 3 }),
    reads: fc.array(fc.nat(59), { maxLength: 3 }),
    history: fc.option(fc.nat(59), { freq: 3 }),
    scheduling: fc.constantFrom('eager' as const, 'barrier' as const),
    maxTurns: fc.integer({ min: 1, max: 12 }),
    maxMessages: fc.option(fc.integer({ min: 2, max: 12 }), { freq: 2 }),
    stopAfter: fc.option(fc.integer({ min: 3, max: 14 }), { freq: 3 }),
  })
  .map(({ kinds, edges, anyGroups, entry, reads, history, scheduling, maxTurns, maxMessages, stopAfter }) => {
    const name = (index: number): string => `n${index % kinds.length}`;
    const filters = history === null ? undefined : ([{ source: 'user' }, { source: name(history), last: 1 }] as const);
    const nodes = kinds.map((kind, index) => {
      const own = edges.filter(({ from }) => from % kinds.length === index);
      return [name(index), nodeOf(kind, edgesOf(own, kinds.length, anyGroups), reads.map(name), filters)] as const;
    });
    const stopWhen =
      stopAfter === null ? {} : { stopWhen: { any: [{ textMention: 'n0' }, { maxMessages: stopAfter }] } };
    return {
      nodes: Object.fromEntries(nodes),
      graph: {
        entry: [...new Set(entry.map(name))],
        scheduling,
        task: 'the task',
        maxTurns,
        ...(maxMessages === null ? {} : { maxMessages }),
        ...stopWhen,
      },
    };
  });

function nodeOf(
  kind: KindDraw,
  edges: readonly EdgeSpec[],
  reads: readonly string[],
  history: readonly HistoryFilter[] | undefined,
): NodeSketch {
  return {
    ...sketchOf(kind),
    edges,
    reads: [...new Set(reads)],
    ...(kind.kind === 'task' && history ? { history } : {}),
  };
}

function edgesOf(drawn: readonly EdgeDraw[], count: number, anyGroups: readonly boolean[]): EdgeSpec[] {
  const edges = new Map<string, EdgeSpec>();
  for (const { to, when, group } of drawn) {
    const target = to % count;
    const isAny = anyGroups[target * (GROUPS + 1) + group] === true;
    edges.set(`${target}/${group}`, {
      to: `n${target}`,
      group: `g${group}`,
      activation: isAny ? 'any' : 'all',
      ...(when === undefined ? {} : { when: { if: when } }),
    });
  }
  return [...edges.values()];
}
