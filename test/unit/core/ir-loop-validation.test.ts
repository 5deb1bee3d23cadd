/** Which loops an IR may describe, whoever wrote it. */
import { describe, expect, it } from 'vitest';
import { parseIr } from '../../../src/core/ir-validation.js';

const effect = (dependencies: readonly string[] = [], reads?: readonly string[]): object => ({
  type: 'EFFECT',
  dependencies,
  'x-nexum': { handler: 'h', ...(reads ? { reads } : {}) },
});
const loop = (
  nodes: unknown,
  keys: object = {},
  dependencies: readonly string[] = [],
  reads?: readonly string[],
): object => ({
  type: 'COMPUTE',
  dependencies,
  'x-nexum': {
    loop: { nodes, until: 'true', maxIterations: 3, onExhausted: 'fail', ...keys },
    ...(reads ? { reads } : {}),
  },
});

function problemsOf(nodes: object): string[] {
  const { ir, problems } = parseIr(JSON.stringify({ nodes }));
  expect(ir === undefined).toBe(problems.length > 0);
  return problems;
}

/** plan -> improve (draft -> review) -> publish, unless its nodes say otherwise. */
function improved(nodes: object = {}): string[] {
  return problemsOf({
    plan: effect(),
    improve: loop(['draft', 'review'], {}, ['plan']),
    draft: effect([], ['plan', 'review', 'draft']),
    review: effect(['draft'], ['plan']),
    publish: effect(['improve']),
    ...nodes,
  });
}

describe('a loop is accepted', () => {
  it('with feedback from the round before, and with what was there before it', () => {
    expect(improved()).toEqual([]);
  });

  it('with routers, maps, folds and a loop inside', () => {
    const nodes = {
      plan: effect(),
      outer: loop(['route', 'map', 'fold', 'inner'], {}, ['plan']),
      route: { type: 'ROUTER', 'x-nexum': { router: { routes: [{ if: 'true', to: 'map' }], otherwise: 'inner' } } },
      map: { type: 'MAP', 'x-nexum': { compute: 1, map: { over: 'x', onItemError: 'fail' } } },
      fold: { type: 'REDUCE', mapNodeId: 'map', 'x-nexum': { compute: 1 } },
      inner: loop(['step'], {}, ['route'], ['fold', 'inner']),
      step: effect([], ['plan', 'route', 'fold', 'inner', 'step']),
    };
    expect(problemsOf(nodes)).toEqual([]);
  });

  it('sixteen deep, with 10,000 rounds in all', () => {
    const nested = (depth: number, rounds: number): object =>
      Object.fromEntries<object>([
        ...Array.from({ length: depth }, (_, index): [string, object] => [
          `l${index}`,
          loop([`l${index + 1}`], { maxIterations: index === 0 ? rounds : 1 }),
        ]),
        [`l${depth}`, effect()],
      ]);
    expect(problemsOf(nested(16, 10_000))).toEqual([]);
    expect(problemsOf(nested(17, 1))).toEqual(['the loop l16 is nested deeper than 16']);
    const twice = (inner: number): object => ({
      a: loop(['b'], { maxIterations: 100 }),
      b: loop(['c'], { maxIterations: inner }),
      c: effect(),
    });
    expect(problemsOf(twice(100))).toEqual([]);
    expect(problemsOf(twice(101))).toEqual(['the loop b may run 10100 rounds in the loops around it; at most 10000']);
  });
});

describe('a loop is refused', () => {
  it.each<[string, object, string]>([
    [
      'of nothing',
      { improve: loop([], {}, ['plan']), draft: effect(), review: effect() },
      'loop.nodes of node improve is empty',
    ],
    ['of one name', { improve: loop('draft', {}, ['plan']) }, 'loop.nodes of node improve is not a list'],
    [
      'without a condition',
      { improve: loop(['draft', 'review'], { until: undefined }, ['plan']) },
      'loop.until of node improve is not an expression',
    ],
    [
      'without end',
      { improve: loop(['draft', 'review'], { maxIterations: undefined }, ['plan']) },
      'loop.maxIterations of node improve must be a whole number from 1 to 10000',
    ],
    [
      'with too many rounds',
      { improve: loop(['draft', 'review'], { maxIterations: 10_001 }, ['plan']) },
      'loop.maxIterations of node improve must be a whole number from 1 to 10000',
    ],
    [
      'with an unknown end',
      { improve: loop(['draft', 'review'], { onExhausted: 'stop' }, ['plan']) },
      'loop.onExhausted of node improve must be one of fail, continue',
    ],
    [
      'of somebody unknown',
      { improve: loop(['draft', 'review', 'x'], {}, ['plan']) },
      'loop.nodes of node improve names the unknown node x',
    ],
    [
      'of a node twice',
      { improve: loop(['draft', 'review', 'draft'], {}, ['plan']) },
      'loop.nodes of node improve names draft twice',
    ],
    ['of nodes of another loop', { again: loop(['review']) }, 'node review belongs to two loops, improve and again'],
    [
      'that is an EFFECT',
      { publish: { ...loop(['tail']), type: 'EFFECT' }, tail: effect() },
      'node publish is of type EFFECT; loop needs COMPUTE',
    ],
    [
      'that computes, too',
      {
        publish: {
          type: 'COMPUTE',
          'x-nexum': { compute: 1, loop: { nodes: ['tail'], until: '', maxIterations: 1, onExhausted: 'fail' } },
        },
        tail: effect(),
      },
      'node publish has compute and loop; a node can be only one of them',
    ],
    [
      'whose node waits for a node outside',
      { review: effect(['plan']) },
      'node review of the loop improve depends on plan: in a loop only nodes of the same loop can be waited for',
    ],
    [
      'whose node somebody outside waits for',
      { publish: effect(['review']) },
      'node publish depends on review of the loop improve: it exists only inside its loop',
    ],
    [
      'whose node a router outside leads to',
      { publish: { type: 'ROUTER', routes: [{ target: 'draft' }] } },
      'node draft of the loop improve depends on publish: in a loop only nodes of the same loop can be waited for',
    ],
    [
      'whose node reads what the loop does not wait for',
      { other: effect(), draft: effect([], ['other']) },
      'node draft of the loop improve reads other, but the loop improve must depend on it',
    ],
    [
      'whose node reads the loop itself',
      { draft: effect([], ['improve']) },
      'node draft of the loop improve reads improve, but the loop improve must depend on it',
    ],
    [
      'whose node reads what comes after it',
      { draft: effect([], ['publish']) },
      'node draft of the loop improve reads publish, but the loop improve must depend on it',
    ],
    ['whose node reads nobody', { draft: effect([], ['x']) }, 'node draft reads the unknown node x'],
    [
      'whose node somebody outside reads',
      { second: loop(['tail']), tail: effect([], ['review']) },
      'node tail of the loop second reads review of the loop improve: it exists only inside its loop',
    ],
    ['with a cycle inside', { draft: effect(['review']) }, 'the nodes draft -> review -> draft form a cycle'],
  ])('%s', (_what, nodes, problem) => {
    expect(improved(nodes)).toEqual([problem]);
  });

  it('that contains itself, directly or in a circle', () => {
    expect(problemsOf({ a: loop(['a']) })).toEqual(['the loops a -> a contain each other']);
    expect(problemsOf({ a: loop(['b']), b: loop(['a', 'c']), c: effect() })).toEqual([
      expect.stringMatching(/^the loops (a -> b -> a|b -> a -> b) contain each other$/),
    ]);
  });
});
