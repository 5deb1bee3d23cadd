/** Which free graphs an IR may describe, whoever wrote it. */
import { describe, expect, it } from 'vitest';
import { parseIr } from '../../../src/core/ir-validation.js';

const agent = (keys: object = {}, more: object = {}): object => ({
  type: 'EFFECT',
  ...more,
  'x-nexum': { handler: 'agent', ...keys },
});
const compute = (keys: object = {}): object => ({ type: 'COMPUTE', 'x-nexum': { compute: 1, ...keys } });

/** The problems of a graph: writer -> reviewer -> writer (feedback), unless its nodes or its graph say otherwise. */
function problemsOf(nodes: object = {}, graph: object | undefined = {}): string[] {
  const all = {
    writer: agent({ edges: [{ to: 'reviewer' }], reads: ['reviewer', 'writer'] }),
    reviewer: agent({
      edges: [
        { to: 'writer', when: { notContains: 'APPROVE' }, group: 'feedback', activation: 'any' },
        { to: 'done', when: { contains: 'APPROVE' } },
      ],
      history: [
        { source: 'user', first: 1 },
        { source: 'writer', last: 2 },
      ],
    }),
    done: compute(),
    ...nodes,
  };
  const spec = { entry: ['writer'], scheduling: 'eager', maxTurns: 20, task: '${{ inputs.task }}', ...graph };
  const { ir, problems } = parseIr(JSON.stringify({ nodes: all, pipeline: { name: 'p', inputs: {}, graph: spec } }));
  expect(ir === undefined).toBe(problems.length > 0);
  return problems;
}

describe('a free graph is accepted', () => {
  it.each<[string, object, object?]>([
    ['with a feedback edge and a limit', {}],
    [
      'with each kind of condition',
      {
        writer: agent({
          edges: [
            { to: 'reviewer' },
            { to: 'done', when: { equals: null } },
            { to: 'done', when: { matches: '^ok' } },
            { to: 'done', when: { if: 'nodes.writer.output == 1' } },
            { to: 'done', when: { handler: 'h.js#ask' } },
          ],
        }),
      },
    ],
    [
      'with waves and all limits',
      {},
      { scheduling: 'barrier', maxMessages: 9, stopWhen: { textMention: 'STOP', sources: ['writer'] } },
    ],
    [
      'with a nested stop condition',
      {},
      {
        stopWhen: { any: [{ stopMessage: true }, { all: [{ maxMessages: 3 }, { textMention: 'DONE' }] }] },
      },
    ],
    ['with a cycle that only a stop condition ends', {}, { maxTurns: undefined, stopWhen: { stopMessage: true } }],
    ['with a cycle that only the number of messages ends', {}, { maxTurns: undefined, maxMessages: 30 }],
    ['without a limit when it has no cycle', { reviewer: agent({ edges: [{ to: 'done' }] }) }, { maxTurns: undefined }],
    [
      'with two edges of one group between the same nodes',
      { writer: agent({ edges: [{ to: 'done' }, { to: 'done' }, { to: 'reviewer' }] }) },
    ],
    ['with a node that says the defaults', { done: compute({ continueOnError: false, edges: [] }) }],
    [
      'with a person, a timer, a child and a map',
      {
        ask: { type: 'HUMAN_APPROVAL', 'x-nexum': { edges: [{ to: 'rest' }] } },
        rest: { type: 'TIMER', delay_seconds: 1, 'x-nexum': { edges: [{ to: 'child' }] } },
        child: { type: 'SUBWORKFLOW', 'x-nexum': { child: { workflowId: 'w' }, edges: [{ to: 'each' }] } },
        each: { type: 'MAP', 'x-nexum': { compute: 1, map: { over: 'inputs.l', onItemError: 'fail' } } },
      },
    ],
  ])('%s', (_what, nodes, graph) => {
    expect(problemsOf(nodes, graph)).toEqual([]);
  });
});

describe('a free graph is refused', () => {
  const edge = (keys: object): object => ({ writer: agent({ edges: [{ to: 'reviewer', ...keys }] }) });
  const kinds = 'contains, notContains, equals, matches, if, handler';
  const stops = 'textMention, stopMessage, maxMessages, any, all';

  it.each<[string, object, object | undefined, string]>([
    ['without an entry', {}, { entry: [] }, 'graph.entry of the pipeline is empty'],
    ['that starts at nobody', {}, { entry: ['x'] }, 'entry of the graph names the unknown node x'],
    ['that starts twice at one node', {}, { entry: ['writer', 'writer'] }, 'entry of the graph names writer twice'],
    [
      'with an unknown scheduling',
      {},
      { scheduling: 'lazy' },
      'graph.scheduling of the pipeline must be one of eager, barrier',
    ],
    ['without a task', {}, { task: undefined }, 'graph.task of the pipeline is missing'],
    [
      'with more turns than one commit may take',
      {},
      { maxTurns: 100_001 },
      'graph.maxTurns of the pipeline must be a whole number from 1 to 10000',
    ],
    [
      'with no message at all',
      {},
      { maxMessages: 0 },
      'graph.maxMessages of the pipeline must be a whole number from 1 on',
    ],
    [
      'that stops when nobody knows',
      {},
      { stopWhen: {} },
      `graph.stopWhen of the pipeline must have exactly one of ${stops}`,
    ],
    [
      'that stops for two reasons at once',
      {},
      { stopWhen: { stopMessage: true, maxMessages: 2 } },
      `graph.stopWhen of the pipeline must have exactly one of ${stops}`,
    ],
    [
      'that stops at an empty text',
      {},
      { stopWhen: { textMention: '' } },
      'graph.stopWhen.textMention of the pipeline is not a text, or empty',
    ],
    [
      'that stops for none of several reasons',
      {},
      { stopWhen: { any: [] } },
      'graph.stopWhen.any of the pipeline is empty',
    ],
    [
      'that stops without a StopMessage',
      {},
      { stopWhen: { stopMessage: false } },
      'graph.stopWhen.stopMessage of the pipeline must be true',
    ],
    [
      'that listens to nobody',
      {},
      { stopWhen: { all: [{ textMention: 'x', sources: [] }] } },
      'graph.stopWhen.all[0].sources of the pipeline is empty',
    ],
    [
      'that listens to somebody unknown',
      {},
      { stopWhen: { any: [{ textMention: 'x', sources: ['user'] }] } },
      'stopWhen of the graph names the unknown node user',
    ],
    ['with an edge to nobody', edge({ to: 'x' }), {}, 'node writer has an edge to the unknown node x'],
    [
      'with an edge on no condition',
      edge({ when: {} }),
      {},
      `edges[0].when of node writer must have exactly one of ${kinds}`,
    ],
    [
      'with an edge on two conditions',
      edge({ when: { contains: 'a', if: 'b' } }),
      {},
      `edges[0].when of node writer must have exactly one of ${kinds}`,
    ],
    [
      'with an edge that contains a number',
      edge({ when: { contains: 1 } }),
      {},
      'edges[0].when.contains of node writer is not a text',
    ],
    [
      'with an unknown activation',
      edge({ activation: 'some' }),
      {},
      'edges[0].activation of node writer must be one of all, any',
    ],
    ['with edges that are no list', { writer: agent({ edges: {} }) }, {}, 'edges of node writer is not a list'],
    [
      'with a group that counts in two ways',
      { writer: agent({ edges: [{ to: 'reviewer' }, { to: 'reviewer', activation: 'any' }] }) },
      {},
      'edges to reviewer of the group reviewer say both activation all and any',
    ],
    ['that reads nobody', { done: compute({ reads: ['x'] }) }, {}, 'node done reads the unknown node x'],
    ['that hears nobody', { done: agent({ history: [{ source: 'x' }] }) }, {}, 'node done hears the unknown node x'],
    [
      'that hears the first and the last',
      { done: agent({ history: [{ source: 'user', first: 1, last: 1 }] }) },
      {},
      'history[0] of node done has first and last; it can have only one of them',
    ],
    [
      'that hears no message',
      { done: agent({ history: [{ source: 'user', last: 0 }] }) },
      {},
      'history[0].last of node done must be a whole number from 1 on',
    ],
    [
      'that asks a handler for what the engine computes',
      { done: compute({ edges: [{ to: 'writer', group: 'g', when: { handler: 'h' } }] }) },
      {},
      'node done has an edge with a handler, but no worker runs a handler for it',
    ],
    [
      'that asks a handler for a list',
      {
        done: {
          type: 'MAP',
          'x-nexum': {
            handler: 'h',
            map: { over: 'x', onItemError: 'fail' },
            edges: [{ to: 'writer', group: 'g', when: { handler: 'h' } }],
          },
        },
      },
      {},
      'node done has an edge with a handler, but no worker runs a handler for it',
    ],
    [
      'with dependencies',
      { done: agent({}, { dependencies: ['writer'] }) },
      {},
      'node done has dependencies, which does not belong into a graph',
    ],
    ['with an `if`', { done: agent({ if: 'x' }) }, {}, 'node done has `if`, which does not belong into a graph'],
    ['with a join', { done: agent({ join: 'any' }) }, {}, 'node done has `join`, which does not belong into a graph'],
    [
      'with conditions',
      { done: agent({ conditions: {} }) },
      {},
      'node done has `conditions`, which does not belong into a graph',
    ],
    [
      'with a router',
      { done: { type: 'ROUTER', 'x-nexum': { router: { routes: [] } } } },
      {},
      'node done has `router`, which does not belong into a graph',
    ],
    [
      'with a router of a worker',
      { done: { type: 'ROUTER', routes: [{ target: 'x1' }] }, x1: compute() },
      {},
      'node done has routes, which does not belong into a graph',
    ],
    [
      'with a failure that it survives',
      { done: agent({ continueOnError: true }) },
      {},
      'node done has `continueOnError`, which does not belong into a graph',
    ],
    [
      'with a cycle and no end',
      {},
      { maxTurns: undefined },
      'the nodes writer -> reviewer -> writer form a cycle: the graph needs maxTurns, maxMessages or stopWhen',
    ],
    [
      'with a cycle of computations that only a stop condition ends',
      { done: compute({ edges: [{ to: 'done', group: 'again' }] }) },
      { maxTurns: undefined, stopWhen: { stopMessage: true } },
      'the nodes done -> done form a cycle that the engine runs by itself: the graph needs maxTurns',
    ],
  ])('%s', (_what, nodes, graph, problem) => {
    expect(problemsOf(nodes, graph)).toEqual([problem]);
  });

  it('with a loop', () => {
    const loop = { nodes: ['done'], until: 'true', maxIterations: 2, onExhausted: 'fail' };
    expect(problemsOf({ again: { type: 'COMPUTE', 'x-nexum': { loop } } })).toEqual([
      'node again has `loop`, which does not belong into a graph',
    ]);
  });

  it('with a fold, which waits for its map', () => {
    const map = { type: 'MAP', 'x-nexum': { compute: 1, map: { over: 'x', onItemError: 'fail' } } };
    expect(problemsOf({ map, fold: { type: 'REDUCE', mapNodeId: 'map' } })).toEqual([
      'node fold has mapNodeId, which does not belong into a graph',
    ]);
  });

  it('with a stop condition that is nested without end, or has more parts than anybody writes', () => {
    const nested = (depth: number): object => (depth === 0 ? { stopMessage: true } : { any: [nested(depth - 1)] });
    expect(problemsOf({}, { stopWhen: nested(15) })).toEqual([]);
    expect(problemsOf({}, { stopWhen: nested(16) })).toEqual([
      expect.stringMatching(/^graph\.stopWhen(\.any\[0\]){16} of the pipeline is nested deeper than 16$/),
    ]);
    const many = (count: number): object => ({ any: Array.from({ length: count }, () => ({ stopMessage: true })) });
    expect(problemsOf({}, { stopWhen: many(255) })).toEqual([]);
    expect(problemsOf({}, { stopWhen: many(256) })).toEqual([
      'graph.stopWhen of the pipeline has more than 256 conditions',
    ]);
  });
});

it('nothing of a graph stands in a pipeline without one', () => {
  const nodes = {
    a: agent({ edges: [{ to: 'b' }] }),
    b: agent({ history: [{ source: 'user' }] }),
    c: agent({ reads: ['a'] }),
  };
  expect(parseIr(JSON.stringify({ nodes })).problems).toEqual([
    'node a has edges, but the pipeline has no graph',
    'node b has history, but the pipeline has no graph',
    'node c has reads, but belongs to no loop and to no graph',
  ]);
});
