/** Pipelines with loops, each with what must come of it; written from the rules, not from what the engine does. */
import { pipeline, type Scenario } from './scenario.js';

export const LOOPS: readonly Scenario[] = [
  pipeline({
    name: 'loop: until it is good',
    nodes: {
      before: {},
      draft: { reads: ['before', 'check'] },
      check: { needs: ['draft'] },
      improve: {
        needs: ['before'],
        loop: { nodes: ['draft', 'check'], until: "nodes.check.output == 'OK'", maxIterations: 5 },
      },
      after: { needs: ['improve'] },
    },
    says: { check: ['no', 'still no', 'OK'] },
    plot: ['before draft check draft2 check2 draft3 check3 improve after'],
    expected: {
      output: 'after1',
      reads: {
        'draft#1': { before: 'before1', check: null },
        'draft#3': { before: 'before1', check: 'still no' },
        'after#1': { improve: 'OK' },
      },
    },
  }),
  pipeline({
    name: 'loop: nested',
    nodes: {
      w: {},
      x: {},
      inner: { needs: ['w'], loop: { nodes: ['x'], until: "nodes.x.output == 'OK'", maxIterations: 3 } },
      z: { needs: ['inner'] },
      outer: { loop: { nodes: ['w', 'inner', 'z'], until: "nodes.z.output == 'DONE'", maxIterations: 3 } },
    },
    says: { x: ['no', 'OK', 'OK'], z: ['more', 'DONE'] },
    plot: ['w x x2 inner z w2 x3 inner2 z2 outer'],
    expected: { output: 'DONE', reads: { 'z#2': { inner: 'OK' } } },
  }),
  pipeline({
    name: 'loop: with a join inside',
    nodes: {
      s: {},
      b: { needs: ['s'] },
      c: { needs: ['s'] },
      j: { needs: ['b', 'c'] },
      repeat: { loop: { nodes: ['s', 'b', 'c', 'j'], until: "nodes.j.output == 'DONE'", maxIterations: 3 } },
    },
    says: { j: ['AGAIN', 'DONE'] },
    plot: ['s c b j s2 b2 c2 j2 repeat'],
    expected: { output: 'DONE', reads: { 'j#2': { b: 'b2', c: 'c2' } } },
  }),
  pipeline({
    name: 'loop: beside other nodes',
    nodes: {
      a: {},
      x: {},
      y: {},
      twice: {
        loop: { nodes: ['x', 'y'], until: "nodes.x.output == 'x2'", maxIterations: 3 },
      },
      end: { needs: ['a', 'twice'] },
    },
    plot: ['x y x2 a y2 twice end'],
    expected: { output: 'end1', reads: { 'end#1': { a: 'a1', twice: { x: 'x2', y: 'y2' } } } },
  }),
  pipeline({
    name: 'loop: exhausted, and on',
    nodes: {
      a: {},
      twice: { loop: { nodes: ['a'], until: 'false', maxIterations: 2, onExhausted: 'continue' } },
      after: { needs: ['twice'] },
    },
    plot: ['a a2 twice after'],
    expected: { output: 'after1', reads: { 'after#1': { twice: 'a2' } } },
  }),
  pipeline({
    name: 'loop: exhausted',
    nodes: { a: {}, twice: { loop: { nodes: ['a'], until: 'false', maxIterations: 2 } } },
    plot: ['a a2'],
    expected: { status: 'FAILED', failed: ['twice#1'] },
  }),
];
