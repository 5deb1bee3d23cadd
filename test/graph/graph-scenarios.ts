/** Free graphs, each with what must come of it; written from the rules, not from what the engine does. */
import { STOPS_AND_MESSAGES } from './agent-scenarios.js';
import { graph, type Scenario } from './scenario.js';

const contains = (text: string): { readonly when: { readonly contains: string } } => ({ when: { contains: text } });
const lacks = (text: string): { readonly when: { readonly notContains: string } } => ({ when: { notContains: text } });

const SHAPES: readonly Scenario[] = [
  graph({
    name: 'chain',
    edges: { a: ['b'], b: ['c'] },
    plot: ['a b c'],
    expected: { turns: 3, output: 'c1', reads: { 'b#1': { a: 'a1' }, 'c#1': { b: 'b1' } } },
  }),
  graph({
    name: 'fan-out',
    edges: { a: ['b', 'c', 'd'] },
    plot: ['a c d b'],
    expected: { turns: 4, output: { b: 'b1', c: 'c1', d: 'd1' } },
  }),
  graph({
    name: 'all-join',
    edges: { a: ['b', 'c', 'd'], b: ['e'], c: ['e'], d: ['e'] },
    plot: ['a d b c e'],
    expected: { turns: 5, output: 'e1', reads: { 'e#1': { b: 'b1', c: 'c1', d: 'd1' } } },
  }),
  graph({
    name: 'any-join in one wave',
    scheduling: 'barrier',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: [{ to: 'd', activation: 'any' }] },
    plot: ['a b c d'],
    expected: { turns: 3, output: 'd1' },
  }),
  graph({
    name: 'any-join over several waves',
    scheduling: 'barrier',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: ['e'], e: [{ to: 'd', activation: 'any' }] },
    plot: ['a c b d e d2'],
    expected: { turns: 4, output: 'd2', reads: { 'd#1': { b: 'b1', e: null }, 'd#2': { b: 'b1', e: 'e1' } } },
  }),
  graph({
    name: 'any-join, eager',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: [{ to: 'd', activation: 'any' }] },
    plot: ['a b c d d2'],
    expected: { turns: 5, output: 'd2', reads: { 'd#1': { b: 'b1', c: null }, 'd#2': { b: 'b1', c: 'c1' } } },
  }),
  graph({
    name: 'two groups on one target',
    scheduling: 'barrier',
    edges: {
      s: ['a', 'b', 'c'],
      a: [{ to: 'd', group: 'both' }],
      b: [{ to: 'd', group: 'both' }],
      c: [{ to: 'd', group: 'alone' }],
    },
    plot: ['s a b c d d2'],
    expected: { turns: 3, output: 'd2' },
  }),
  graph({
    name: 'two groups on one target, eager',
    edges: {
      s: ['a', 'b', 'c'],
      a: [{ to: 'd', group: 'both' }],
      b: [{ to: 'd', group: 'both' }],
      c: [{ to: 'd', group: 'alone' }],
    },
    plot: ['s c d a b d2'],
    expected: { turns: 6, reads: { 'd#1': { a: null, b: null, c: 'c1' }, 'd#2': { a: 'a1', b: 'b1', c: 'c1' } } },
  }),
  graph({
    name: 'entry points',
    entry: ['a', 'b'],
    edges: { a: ['c'], b: ['c'] },
    plot: ['b a c'],
    expected: { turns: 3, output: 'c1' },
  }),
  graph({
    name: 'nodes that the engine computes',
    edges: { a: ['b'], b: ['c', 'd'] },
    computes: { b: '${{ upper(nodes.a.output) }}' },
    plot: ['a b c d'],
    expected: { reads: { 'c#1': { b: 'A1' }, 'd#1': { b: 'A1' } } },
  }),
];

const CONDITIONS: readonly Scenario[] = [
  graph({
    name: 'conditional split',
    edges: {
      a: [
        { to: 'b', ...contains('YES') },
        { to: 'c', ...lacks('YES') },
      ],
      b: ['d'],
      c: ['e'],
    },
    says: { a: ['Yes or no? NO'] },
    plot: ['a c e'],
    expected: { turns: 3, output: { e: 'e1' } },
  }),
  graph({
    name: 'several matching edges',
    edges: {
      a: [
        { to: 'b', ...contains('x') },
        { to: 'c', when: { matches: 'x.*y' } },
        { to: 'd', ...contains('z') },
        { to: 'e', when: { if: 'len(nodes.a.output) == 7' } },
      ],
    },
    says: { a: ['x and y'] },
    plot: ['a e b c'],
    expected: { turns: 4, output: { b: 'b1', c: 'c1', e: 'e1' } },
  }),
  graph({
    name: 'no matching edge',
    edges: { a: ['b'], b: [{ to: 'c', ...contains('GO') }] },
    plot: ['a b'],
    expected: { turns: 2, output: 'b1' },
  }),
  graph({
    name: 'a join that one edge leaves waiting',
    edges: { s: ['a', 'b'], a: ['c', 'd'], b: [{ to: 'c', ...contains('GO') }] },
    plot: ['s a b d'],
    expected: { turns: 4, output: { d: 'd1' }, unsatisfied: ['c/c: 1'] },
  }),
  graph({
    name: 'equal JSON, and a handler that is asked',
    edges: {
      a: [
        { to: 'b', when: { equals: { go: ['c'] } } },
        { to: 'c', when: { handler: 'scripted.names' } },
        { to: 'd', when: { handler: 'scripted.names' } },
      ],
    },
    says: { a: [{ go: ['c'] }] },
    plot: ['a c b'],
    expected: { turns: 3, output: { b: 'b1', c: 'c1' } },
  }),
];

const LOOPS: readonly Scenario[] = [
  graph({
    name: 'self loop',
    edges: {
      a: [
        { to: 'a', ...lacks('DONE') },
        { to: 'b', ...contains('DONE') },
      ],
    },
    says: { a: ['one', 'two', 'DONE'] },
    plot: ['a a2 a3 b'],
    expected: { turns: 4, output: 'b1', reads: { 'a#1': { a: null }, 'a#3': { a: 'two' }, 'b#1': { a: 'DONE' } } },
  }),
  graph({
    name: 'nested loops',
    edges: {
      w: ['r'],
      r: [
        { to: 'w', group: 'inner', ...contains('FIX') },
        { to: 'p', ...contains('OK') },
      ],
      p: [
        { to: 'w', group: 'outer', ...contains('AGAIN') },
        { to: 'e', ...contains('SHIP') },
      ],
    },
    says: { r: ['FIX', 'OK', 'FIX', 'OK'], p: ['AGAIN', 'SHIP'] },
    plot: ['w r w2 r2 p w3 r3 w4 r4 p2 e'],
    expected: { turns: 11, output: 'e1', reads: { 'w#3': { r: 'OK', p: 'AGAIN' } } },
  }),
  graph({
    name: 'two loops that share a node',
    edges: {
      h: [
        { to: 'x', ...contains('X') },
        { to: 'y', ...contains('Y') },
        { to: 'o', ...contains('OUT') },
      ],
      x: [{ to: 'h', group: 'x' }],
      y: [{ to: 'h', group: 'y' }],
    },
    says: { h: ['X', 'Y', 'X', 'OUT'] },
    plot: ['h x h2 y h3 x2 h4 o'],
    expected: { turns: 8, output: 'o1', reads: { 'h#3': { x: 'x1', y: 'y1' }, 'h#4': { x: 'x2', y: 'y1' } } },
  }),
  graph({
    name: 'a loop with a join inside',
    edges: {
      s: ['b', 'c'],
      b: ['j'],
      c: ['j'],
      j: [
        { to: 's', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { j: ['AGAIN', 'DONE'] },
    plot: ['s c b j s2 b2 c2 j2 e'],
    expected: { turns: 9, output: 'e1', reads: { 'j#2': { b: 'b2', c: 'c2' } } },
  }),
  graph({
    name: 'a loop with a join inside, by waves',
    scheduling: 'barrier',
    edges: {
      s: ['b', 'c'],
      b: ['j'],
      c: ['j'],
      j: [
        { to: 's', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { j: ['AGAIN', 'DONE'] },
    plot: ['s c b j s2 b2 c2 j2 e'],
    expected: { turns: 7, output: 'e1' },
  }),
];

export const GRAPHS: readonly Scenario[] = [...SHAPES, ...CONDITIONS, ...LOOPS, ...STOPS_AND_MESSAGES];
