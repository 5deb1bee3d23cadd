/** Random pipelines with loops, also in loops, of nodes of every kind under every rule of joins. */
import fc from 'fast-check';
import { JOIN_RULES, NEED_CONDITIONS, type JoinRule, type NeedCondition } from '../../src/core/ir.js';
import { NO_DELAY, type NodeSketch } from './engine-execution.js';
import { FLAKY, kindDraws, PERHAPS, sketchOf, THROWS, type KindDraw } from './random-kinds.js';

interface Draw {
  readonly what: 'node' | 'router' | 'worker router' | 'reduce' | 'loop';
  readonly kind: KindDraw;
  readonly needs: readonly number[];
  readonly conditions: readonly (NeedCondition | undefined)[];
  readonly join: JoinRule | undefined;
  readonly if: string | undefined;
  readonly continueOnError: boolean;
  /** What a router may choose, and what a node reads of the round before. */
  readonly others: readonly number[];
  readonly inner: readonly Draw[];
  readonly until: string;
  readonly maxIterations: number;
  readonly onExhausted: 'fail' | 'continue';
}

/** Loops in loops in loops multiply their rounds. */
const MAX_DEPTH = 2;
const CONDITIONS = [PERHAPS, PERHAPS, PERHAPS, 'false', 'false', FLAKY, FLAKY, THROWS];

export const randomLoops: fc.Arbitrary<Readonly<Record<string, NodeSketch>>> = draws(MAX_DEPTH).map((drawn) =>
  nodesOf(drawn, 'n', undefined),
);

function draws(depth: number): fc.Arbitrary<readonly Draw[]> {
  const inner: fc.Arbitrary<readonly Draw[]> = depth === 0 ? fc.constant([]) : draws(depth - 1);
  const loops = depth === 0 ? [] : depth === MAX_DEPTH ? Array<'loop'>(8).fill('loop') : (['loop', 'loop'] as const);
  const draw = fc.record<Draw>({
    what: fc.constantFrom('node', 'node', 'node', 'node', 'router', 'worker router', 'reduce', ...loops),
    kind: kindDraws,
    needs: fc.array(fc.nat(9), { maxLength: 2, size: 'max' }),
    conditions: fc.array(fc.constantFrom(undefined, undefined, ...NEED_CONDITIONS), { minLength: 2, maxLength: 2 }),
    join: fc.constantFrom(undefined, ...JOIN_RULES),
    if: fc.nat(59).map((roll) => CONDITIONS[roll]),
    continueOnError: fc.nat(3).map((roll) => roll === 0),
    others: fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }),
    inner,
    until: fc.nat(39).map((roll) => (roll === 0 ? THROWS : roll === 1 ? FLAKY : PERHAPS)),
    maxIterations: fc.integer({ min: 1, max: 3 }),
    onExhausted: fc.constantFrom('fail', 'continue'),
  });
  return fc.array(draw, { minLength: 1, maxLength: 4, size: 'max' });
}

/** @param loop whose nodes these are, and what it depends on */
function nodesOf(
  drawn: readonly Draw[],
  prefix: string,
  loop: readonly string[] | undefined,
): Record<string, NodeSketch> {
  const entries = drawn.flatMap((draw, index): [string, NodeSketch][] => {
    const id = `${prefix}${index}`;
    const needs = index === 0 ? [] : [...new Set(draw.needs.map((need) => `${prefix}${need % index}`))];
    const conditions = needs.flatMap((need, place) => {
      const condition = draw.conditions[place];
      return condition === undefined ? [] : [[need, condition] as const];
    });
    const siblings = draw.others.map((other) => `${prefix}${other % drawn.length}`);
    const base: NodeSketch = {
      needs,
      ...(conditions.length > 0 ? { conditions: Object.fromEntries(conditions) } : {}),
      ...(draw.join === undefined ? {} : { join: draw.join }),
      ...(draw.if === undefined ? {} : { if: draw.if }),
      ...(draw.continueOnError ? { continueOnError: true } : {}),
      ...(loop === undefined ? {} : { reads: [...new Set([...siblings, ...loop])] }),
    };
    if (draw.what !== 'loop' || draw.inner.length === 0) return [[id, { ...base, ...plainNode(drawn, index, prefix) }]];
    const inner = nodesOf(draw.inner, `${id}x`, needs);
    const { until, maxIterations, onExhausted } = draw;
    const nodes = draw.inner.map((_one, place) => `${id}x${place}`);
    return [
      [id, { ...base, type: 'COMPUTE', loop: { nodes, until, maxIterations, onExhausted } }],
      ...Object.entries(inner),
    ];
  });
  return Object.fromEntries(entries);
}

function plainNode(drawn: readonly Draw[], index: number, prefix: string): NodeSketch {
  const draw = drawn[index];
  if (!draw) throw new Error(`there is no node ${index}`);
  const behind = drawn.length - index - 1;
  const targets = behind === 0 ? [] : draw.others.map((other) => `${prefix}${index + 1 + (other % behind)}`);
  const maps = drawn.flatMap(({ kind, what }, place) =>
    place < index && what === 'node' && kind.kind.endsWith('map') ? [`${prefix}${place}`] : [],
  );
  const [target] = targets;
  const [map] = maps;
  if (draw.what === 'router' && target !== undefined)
    return { type: 'ROUTER', router: { routes: targets.map((to) => ({ to, if: PERHAPS })) } };
  if (draw.what === 'worker router' && target !== undefined)
    return { type: 'ROUTER', routes: targets.map((to) => ({ target: to })), retry: NO_DELAY };
  if (draw.what === 'reduce' && map !== undefined) return { type: 'REDUCE', mapNodeId: map, compute: 'folded' };
  return sketchOf(draw.kind);
}
