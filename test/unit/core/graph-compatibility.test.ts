/** What a new version of a free graph, or of a loop, means for the callers and executions of the old one. */
import { describe, expect, it } from 'vitest';
import { compareWorkflows } from '../../../src/core/compatibility.js';
import { parseIr } from '../../../src/core/ir-validation.js';
import type { WorkflowIr } from '../../../src/core/ir.js';

function ir(document: object): WorkflowIr {
  const { ir: parsed, problems } = parseIr(JSON.stringify(document));
  if (!parsed) throw new Error(problems.join('; '));
  return parsed;
}

function graph(edges: readonly object[], keys: object = {}, behaviour: object = {}): WorkflowIr {
  const node = (more: object = {}): object => ({ type: 'EFFECT', 'x-nexum': { handler: 'h', ...more } });
  return ir({
    nodes: { a: node({ edges, ...behaviour }), b: node(), c: node() },
    pipeline: { graph: { entry: ['a'], scheduling: 'eager', task: 't', ...keys } },
  });
}

function loop(keys: object = {}, reads: readonly string[] = []): WorkflowIr {
  const spec = { nodes: ['a', 'b'], until: 'x', maxIterations: 3, onExhausted: 'fail', ...keys };
  const inner = { type: 'EFFECT', 'x-nexum': { handler: 'h' } };
  return ir({
    nodes: {
      again: { type: 'COMPUTE', 'x-nexum': { loop: spec } },
      a: { ...inner, 'x-nexum': { handler: 'h', reads } },
      b: inner,
      ...(spec.nodes.includes('c') ? { c: inner } : {}),
    },
  });
}

const to = (target: string, keys: object = {}): object => ({ to: target, ...keys });

describe('a free graph', () => {
  it.each<[string, WorkflowIr, WorkflowIr, string]>([
    ['an edge more', graph([to('b')]), graph([to('b'), to('c')]), 'node a: has an edge to c now'],
    ['an edge less', graph([to('b'), to('c')]), graph([to('c')]), 'node a: has no edges to b'],
    [
      'a second edge to the same node',
      graph([to('b')]),
      graph([to('b'), to('b')]),
      'node a: has another edge to b now',
    ],
    ['fewer edges to the same node', graph([to('b'), to('b')]), graph([to('b')]), 'node a: has fewer edges to b'],
    [
      'a condition',
      graph([to('b')]),
      graph([to('b', { when: { contains: 'x' } })]),
      'node a: the condition of the edge to b was added',
    ],
    [
      'another condition',
      graph([to('b', { when: { contains: 'x' } })]),
      graph([to('b', { when: { contains: 'y' } })]),
      'node a: the condition of the edge to b changed from {"contains":"x"} to {"contains":"y"}',
    ],
    [
      'another group',
      graph([to('b')]),
      graph([to('b', { group: 'g' })]),
      'node a: the group of the edge to b changed from "b" to "g"',
    ],
    [
      'another activation',
      graph([to('b')]),
      graph([to('b', { activation: 'any' })]),
      'node a: the activation of the edge to b changed from "all" to "any"',
    ],
    [
      'another entry',
      graph([to('b')]),
      graph([to('b')], { entry: ['a', 'c'] }),
      'the entry of the graph changed from ["a"] to ["a","c"]',
    ],
    [
      'another scheduling',
      graph([]),
      graph([], { scheduling: 'barrier' }),
      'the scheduling of the graph changed from "eager" to "barrier"',
    ],
    ['a stop condition', graph([]), graph([], { stopWhen: { stopMessage: true } }), 'the stop condition was added'],
  ])('is BREAKING by %s', (_what, from, after, text) => {
    const { compatibility, changes } = compareWorkflows(from, after);
    expect(changes.map((change) => [change.breaking, change.text])).toEqual([[true, text]]);
    expect(compatibility).toBe('BREAKING');
  });

  it.each<[string, WorkflowIr, WorkflowIr, string]>([
    ['a limit', graph([]), graph([], { maxTurns: 5 }), 'max_turns was added'],
    ['another limit of messages', graph([], { maxMessages: 5 }), graph([]), 'max_messages was removed'],
    ['another task', graph([]), graph([], { task: 'u' }), 'the task changed from "t" to "u"'],
    [
      'what an agent hears',
      graph([]),
      graph([], {}, { history: [{ source: 'user' }] }),
      'node a: the history that it hears was added',
    ],
    [
      'what it reads',
      graph([]),
      graph([], {}, { reads: ['b'] }),
      'node a: the list of outputs that it reads changed from [] to ["b"]',
    ],
    [
      'defaults that are written out',
      graph([to('b')]),
      graph([to('b', { group: 'b', activation: 'all' })]),
      'node a: is written differently',
    ],
    [
      'edges to different nodes in another order',
      graph([to('b'), to('c')]),
      graph([to('c'), to('b')]),
      'node a: is written differently',
    ],
  ])('is SAFE by %s', (_what, from, after, text) => {
    const { compatibility, changes } = compareWorkflows(from, after);
    expect(changes.map((change) => [change.breaking, change.text])).toEqual([[false, text]]);
    expect(compatibility).toBe('SAFE');
  });

  it('is BREAKING when there was none', () => {
    const nodes = { a: { type: 'EFFECT' } };
    const free = ir({ nodes, pipeline: { graph: { entry: ['a'], scheduling: 'eager', task: 't' } } });
    const { changes } = compareWorkflows(ir({ nodes, pipeline: {} }), free);
    expect(changes[0]).toEqual({ breaking: true, text: 'whether it is a free graph changed from false to true' });
  });
});

describe('a loop', () => {
  it.each<[string, 'BREAKING' | 'SAFE', WorkflowIr, string]>([
    ['another condition', 'BREAKING', loop({ until: 'y' }), 'again: the `until` of the loop changed from "x" to "y"'],
    [
      'another end',
      'BREAKING',
      loop({ onExhausted: 'continue' }),
      'again: on_exhausted changed from "fail" to "continue"',
    ],
    [
      'other nodes',
      'BREAKING',
      loop({ nodes: ['a', 'b', 'c'] }),
      'again: the list of nodes of the loop changed from ["a","b"] to ["a","b","c"]',
    ],
    ['another limit', 'SAFE', loop({ maxIterations: 4 }), 'again: max_iterations changed from 3 to 4'],
    ['feedback', 'SAFE', loop({}, ['b']), 'a: the list of outputs that it reads changed from [] to ["b"]'],
    ['another order of its nodes', 'SAFE', loop({ nodes: ['b', 'a'] }), 'again: is written differently'],
  ])('with %s is %s', (_what, compatibility, after, text) => {
    const compared = compareWorkflows(loop(), after);
    expect(compared.compatibility).toBe(compatibility);
    expect(compared.changes[0]?.text).toBe(`node ${text}`);
  });
});
