/** What a new version means for the callers and executions of the old one. */
import { describe, expect, it } from 'vitest';
import { compareWorkflows, type Comparison } from '../../../src/core/compatibility.js';
import { parseIr } from '../../../src/core/ir-validation.js';
import { DEFAULT_RETRY, type WorkflowIr } from '../../../src/core/ir.js';

type Nodes = Readonly<Record<string, object>>;

function ir(nodes: Nodes, pipeline?: object): WorkflowIr {
  const { ir: parsed, problems } = parseIr(JSON.stringify({ ...(pipeline ? { pipeline } : {}), nodes }));
  if (!parsed) throw new Error(problems.join('; '));
  return parsed;
}

const effect = (behaviour: object = {}, dependencies: readonly string[] = []): object => ({
  type: 'EFFECT',
  dependencies,
  'x-nexum': { handler: 'h', ...behaviour },
});

const OTHERS = { a: effect(), b: effect(), m: { type: 'MAP' }, m2: { type: 'MAP' } };

function compareNodes(from: object, to: object): Comparison {
  return compareWorkflows(ir({ ...OTHERS, n: from }), ir({ ...OTHERS, n: to }));
}

/** Node `n` with this in `x-nexum`, before and after. */
function compareBehaviours(type: string, from: object, to: object, keys: object = {}): Comparison {
  return compareNodes({ type, ...keys, 'x-nexum': from }, { type, ...keys, 'x-nexum': to });
}

function comparePipelines(from: object, to: object): Comparison {
  return compareWorkflows(ir({ a: effect() }, from), ir({ a: effect() }, to));
}

const breaking = (text: string): Comparison => ({
  compatibility: 'BREAKING',
  changes: [{ breaking: true, node: 'n', text: `node n: ${text}` }],
});
const safe = (text: string): Comparison => ({
  compatibility: 'SAFE',
  changes: [{ breaking: false, node: 'n', text: `node n: ${text}` }],
});
const router = (routes: readonly [string, string][], otherwise?: string): object => ({
  router: {
    routes: routes.map(([condition, to]) => ({ if: condition, to })),
    ...(otherwise === undefined ? {} : { otherwise }),
  },
});
const approval = (keys: object = {}): object => ({ approval: { onTimeout: 'fail', onReject: 'fail', ...keys } });
const map = (keys: object = {}): object => ({ map: { over: 'inputs.a', onItemError: 'fail', ...keys } });

describe('a version', () => {
  it('without one before it is NEW', () => {
    expect(compareWorkflows(undefined, ir({ a: effect() }))).toEqual({ compatibility: 'NEW', changes: [] });
  });

  it('with the same content is IDENTICAL, however its keys are ordered', () => {
    const pipeline = { name: 'p', inputs: {} };
    const [from, to] = [ir({ a: effect(), b: effect() }, pipeline), ir({ b: effect(), a: effect() }, pipeline)];
    expect(compareWorkflows(from, to)).toEqual({ compatibility: 'IDENTICAL', changes: [] });
  });

  it('that says the defaults is SAFE', () => {
    expect(
      compareBehaviours(
        'EFFECT',
        {},
        { join: 'all', continueOnError: false, conditions: { a: 'succeeded' } },
        { dependencies: ['a'] },
      ),
    ).toEqual(safe('is written differently'));
    expect(compareNodes(effect({}, ['a', 'b']), effect({}, ['b', 'a']))).toEqual(safe('is written differently'));
    const reworded = compareWorkflows(ir({ a: effect() }), { ...ir({ a: effect() }), ...{ note: 1 } });
    expect(reworded).toEqual({
      compatibility: 'SAFE',
      changes: [{ breaking: false, text: 'the workflow is written differently' }],
    });
  });

  it('names every change, the breaking ones first', () => {
    const from = ir({ gone: effect(), report: effect({ timeoutMs: 1000 }), validate: effect() });
    const to = ir({
      report: effect({ timeoutMs: 2000 }, ['validate']),
      validate: effect(),
      send: effect({}, ['report']),
    });
    expect(compareWorkflows(from, to)).toEqual({
      compatibility: 'BREAKING',
      changes: [
        { breaking: true, node: 'gone', text: 'node gone: was removed' },
        { breaking: true, node: 'report', text: 'node report: now depends on validate too' },
        { breaking: false, node: 'report', text: 'node report: the timeout changed from 1000 to 2000' },
        { breaking: false, node: 'send', text: 'node send: was added' },
      ],
    });
  });

  it('with nodes that JavaScript has names for is compared like any other', () => {
    const proto = (handler: string): WorkflowIr =>
      ir(JSON.parse(`{"__proto__":{"type":"EFFECT","x-nexum":{"handler":"${handler}"}}}`) as Nodes);
    expect(compareWorkflows(proto('h'), proto('g')).changes).toEqual([
      { breaking: true, node: '__proto__', text: 'node __proto__: the handler changed from "h" to "g"' },
    ]);
    expect(compareWorkflows(ir({ a: effect() }), ir({ a: effect(), constructor: effect() })).compatibility).toBe(
      'SAFE',
    );
  });
});

describe('a version is BREAKING (Nexum 0.2: compatibility ignores routes, delays, children)', () => {
  it.each<[string, Comparison, string]>([
    [
      'other targets of routes',
      compareNodes({ type: 'ROUTER', routes: [{ target: 'a' }] }, { type: 'ROUTER', routes: [{ target: 'b' }] }),
      'the targets of its routes changed from ["a"] to ["b"]',
    ],
    [
      'another order of routes',
      compareBehaviours(
        'ROUTER',
        router([
          ['x', 'a'],
          ['y', 'b'],
        ]),
        router([
          ['y', 'b'],
          ['x', 'a'],
        ]),
      ),
      'the targets of its routes changed from ["a","b"] to ["b","a"]',
    ],
    [
      'another condition of a route',
      compareBehaviours('ROUTER', router([['x', 'a']]), router([['y', 'a']])),
      'the conditions of its routes changed',
    ],
    [
      'a default route removed',
      compareBehaviours('ROUTER', router([['x', 'a']], 'b'), router([['x', 'a']])),
      'the default route was removed',
    ],
    [
      'another default route',
      compareBehaviours('ROUTER', router([], 'a'), router([], 'b')),
      'the default route leads to b now',
    ],
    [
      'a route that the server chooses',
      compareNodes(
        { type: 'ROUTER', routes: [{ condition: 'x', target: 'a' }] },
        { type: 'ROUTER', 'x-nexum': router([['x', 'a']]) },
      ),
      'who chooses the route changed from "a worker" to "the server"',
    ],
    [
      'another delay',
      compareNodes({ type: 'TIMER', delay_seconds: 1 }, { type: 'TIMER', delay_seconds: 3 }),
      'the time that it waits changed from {"durationMs":1000} to {"durationMs":3000}',
    ],
    [
      'a delay that became a signal',
      compareNodes({ type: 'TIMER', delay_seconds: 1 }, { type: 'TIMER', 'x-nexum': { wait: { signal: 'go' } } }),
      'the time that it waits changed from {"durationMs":1000} to {"signal":"go"}',
    ],
    [
      'another child',
      compareNodes({ type: 'SUBWORKFLOW', subWorkflowId: 'x' }, { type: 'SUBWORKFLOW', subWorkflowId: 'y' }),
      'the child workflow changed from "x" to "y"',
    ],
    [
      'another pinned version of a child',
      compareBehaviours(
        'SUBWORKFLOW',
        { child: { workflowId: 'x', versionHash: '1' } },
        { child: { workflowId: 'x', versionHash: '2' } },
      ),
      'the child workflow changed from "x 1" to "x 2"',
    ],
    [
      'a child that is not pinned any more',
      compareBehaviours(
        'SUBWORKFLOW',
        { child: { workflowId: 'x', versionHash: '1' } },
        { child: { workflowId: 'x' } },
      ),
      'the child workflow changed from "x 1" to "x"',
    ],
  ])('with %s', (_what, comparison, text) => {
    expect(comparison).toEqual(breaking(text));
  });

  it('but not with a default route where there was none', () => {
    expect(compareBehaviours('ROUTER', router([['x', 'a']]), router([['x', 'a']], 'b'))).toEqual(
      safe('has a default route now, to b'),
    );
  });
});

describe('a node is BREAKING', () => {
  it.each<[string, Comparison, string]>([
    ['its type', compareNodes({ type: 'EFFECT' }, { type: 'COMPUTE' }), 'the type changed from "EFFECT" to "COMPUTE"'],
    ['one dependency more', compareNodes(effect(), effect({}, ['a'])), 'now depends on a too'],
    ['one dependency less', compareNodes(effect({}, ['a', 'b']), effect({}, ['a'])), 'no longer depends on b'],
    [
      'the map that it folds',
      compareNodes({ type: 'REDUCE', mapNodeId: 'm' }, { type: 'REDUCE', mapNodeId: 'm2' }),
      'the map that it folds changed from "m" to "m2"',
    ],
    [
      'the input function',
      compareNodes({ type: 'EFFECT', inputFn: 'f' }, { type: 'EFFECT', inputFn: 'g' }),
      'the input function changed from "f" to "g"',
    ],
    [
      'the list of a map',
      compareBehaviours('MAP', map(), map({ over: 'inputs.b' })),
      'the list of the map changed from "inputs.a" to "inputs.b"',
    ],
    [
      'what a failed item does',
      compareBehaviours('MAP', map(), map({ onItemError: 'skip' })),
      'on_item_error changed from "fail" to "skip"',
    ],
    [
      'the approvers',
      compareBehaviours('HUMAN_APPROVAL', approval({ approvers: ['me'] }), approval({ approvers: ['you'] })),
      'the list of approvers changed from ["me"] to ["you"]',
    ],
    [
      'the form',
      compareBehaviours('HUMAN_APPROVAL', approval(), approval({ form: { n: { type: 'integer' } } })),
      'the form was added',
    ],
    [
      'the deadline',
      compareBehaviours('HUMAN_APPROVAL', approval({ timeoutMs: 5 }), approval()),
      'the deadline of the approval was removed',
    ],
    [
      'on_timeout',
      compareBehaviours('HUMAN_APPROVAL', approval(), approval({ onTimeout: 'approve' })),
      'on_timeout changed from "fail" to "approve"',
    ],
    [
      'on_reject',
      compareBehaviours('HUMAN_APPROVAL', approval(), approval({ onReject: 'continue' })),
      'on_reject changed from "fail" to "continue"',
    ],
    ['the handler', compareNodes(effect(), effect({ handler: 'g' })), 'the handler changed from "h" to "g"'],
    [
      'what it computes',
      compareBehaviours('COMPUTE', { compute: 1 }, { compute: 2 }),
      'what it computes changed from 1 to 2',
    ],
    ['the `if`', compareNodes(effect(), effect({ if: 'x' })), 'the `if` was added'],
    ['the join', compareNodes(effect(), effect({ join: 'any' })), 'the join changed from "all" to "any"'],
    [
      'a condition',
      compareNodes(effect({}, ['a']), effect({ conditions: { a: 'failed' } }, ['a'])),
      'the map of conditions changed from {} to {"a":"failed"}',
    ],
    [
      'continue_on_error',
      compareNodes(effect(), effect({ continueOnError: true })),
      'continue_on_error changed from false to true',
    ],
    ['the queue', compareNodes(effect({ queue: 'gpu' }), effect()), 'the queue was removed'],
    ['the declared output', compareNodes(effect(), effect({ outputSchema: {} })), 'the declared output was added'],
    [
      'the secrets',
      compareNodes(effect(), effect({ secrets: ['KEY'] })),
      'the list of secrets changed from [] to ["KEY"]',
    ],
    [
      'one configuration key more',
      compareNodes(effect({ with: { a: 1 } }), effect({ with: { a: 1, b: 2 } })),
      '`with` has the key b now',
    ],
    ['one configuration key less', compareNodes(effect({ with: { a: 1 } }), effect()), '`with` has no key a any more'],
    [
      'one key more for the child',
      compareBehaviours('SUBWORKFLOW', { child: { workflowId: 'x' } }, { child: { workflowId: 'x', with: { q: 1 } } }),
      '`with` of the child has the key q now',
    ],
    ['one variable more', compareNodes(effect(), effect({ env: { A: '1' } })), '`env` has the key A now'],
  ])('by %s', (_what, comparison, text) => {
    expect(comparison).toEqual(breaking(text));
  });
});

describe('a node is SAFE', () => {
  it.each<[string, Comparison, string]>([
    [
      'a value in `with`',
      compareNodes(effect({ with: { a: 1 } }), effect({ with: { a: 2 } })),
      'a in `with` has another value',
    ],
    [
      'the prompt',
      compareNodes(effect({ prompt: 'p' }), effect({ prompt: 'q' })),
      'the prompt changed from "p" to "q"',
    ],
    [
      'instructions and model',
      compareNodes(
        effect({ agent: { instructions: 'i', tools: [], maxSteps: 8 } }),
        effect({ agent: { instructions: 'j', model: 'm', tools: [], maxSteps: 8 } }),
      ),
      'the agent changed',
    ],
    ['the retry policy', compareNodes(effect(), effect({ retry: DEFAULT_RETRY })), 'the retry policy was added'],
    ['the timeout', compareNodes(effect({ timeoutMs: 5 }), effect()), 'the timeout was removed'],
    [
      'the heartbeat timeout',
      compareNodes(effect(), effect({ heartbeatTimeoutMs: 5000 })),
      'the heartbeat timeout was added',
    ],
    ['the labels', compareNodes(effect(), effect({ labels: { a: 'b' } })), 'the map of labels was added'],
    ['max_parallel', compareBehaviours('MAP', map(), map({ maxParallel: 4 })), 'max_parallel was added'],
    [
      'the message to the approver',
      compareBehaviours('HUMAN_APPROVAL', approval({ message: 'a' }), approval({ message: 'b' })),
      'the message to the approver changed from "a" to "b"',
    ],
  ])('by %s', (_what, comparison, text) => {
    expect(comparison).toEqual(safe(text));
  });
});

describe('the pipeline', () => {
  const inputs = (specs: object): object => ({ inputs: specs });
  const concurrency = (keys: object = {}): object => ({
    concurrency: { key: 'x', limit: 1, onConflict: 'queue', ...keys },
  });
  const text = { type: 'string' };

  it.each<[string, Comparison, string]>([
    [
      'a required input more',
      comparePipelines(inputs({}), inputs({ q: { ...text, required: true } })),
      'the required input q was added',
    ],
    ['an input less', comparePipelines(inputs({ q: text }), inputs({})), 'input q was removed'],
    [
      'another type of an input',
      comparePipelines(inputs({ q: text }), inputs({ q: { type: 'number' } })),
      'input q changed from string to number',
    ],
    [
      'an input that became required',
      comparePipelines(inputs({ q: text }), inputs({ q: { ...text, required: true } })),
      'input q is required now',
    ],
    [
      'fewer values of an input',
      comparePipelines(inputs({ q: { ...text, enum: ['a', 'b'] } }), inputs({ q: { ...text, enum: ['a'] } })),
      'input q takes fewer values',
    ],
    [
      'values of an input that was free',
      comparePipelines(inputs({ q: text }), inputs({ q: { ...text, enum: ['a'] } })),
      'input q takes fewer values',
    ],
    [
      'another output',
      comparePipelines({ output: 'a' }, { output: 'b' }),
      'the declared output changed from "a" to "b"',
    ],
    [
      'another concurrency key',
      comparePipelines(concurrency(), concurrency({ key: 'y' })),
      'the concurrency key changed from "x" to "y"',
    ],
    [
      'another rule of conflict',
      comparePipelines(concurrency(), concurrency({ onConflict: 'reject' })),
      'on_conflict changed from "queue" to "reject"',
    ],
  ])('is BREAKING by %s', (_what, comparison, change) => {
    expect(comparison).toEqual({ compatibility: 'BREAKING', changes: [{ breaking: true, text: change }] });
  });

  it.each<[string, Comparison, string]>([
    ['an optional input more', comparePipelines(inputs({}), inputs({ q: text })), 'the optional input q was added'],
    [
      'a required input with a default',
      comparePipelines(inputs({}), inputs({ q: { ...text, required: true, default: 'x' } })),
      'the optional input q was added',
    ],
    [
      'an input that became optional',
      comparePipelines(inputs({ q: { ...text, required: true } }), inputs({ q: text })),
      'input q is optional now',
    ],
    [
      'another default',
      comparePipelines(inputs({ q: text }), inputs({ q: { ...text, default: 'x' } })),
      'input q has another default, description or set of values',
    ],
    [
      'more values of an input',
      comparePipelines(inputs({ q: { ...text, enum: ['a'] } }), inputs({ q: { ...text, enum: ['a', 'b'] } })),
      'input q has another default, description or set of values',
    ],
    [
      'another limit',
      comparePipelines(concurrency(), concurrency({ limit: 2 })),
      'the concurrency limit changed from 1 to 2',
    ],
    ['priority', comparePipelines({}, { priority: 5 }), 'the priority changed from 0 to 5'],
    ['retention', comparePipelines({}, { retentionMs: 1000 }), 'the retention was added'],
    ['schedules', comparePipelines({}, { schedules: [] }), 'the list of schedules was added'],
    ['the name', comparePipelines({ name: 'p' }, { name: 'q' }), 'the name changed from "p" to "q"'],
    ['the description', comparePipelines({}, { description: 'd' }), 'the description was added'],
    ['a key that nobody knows', comparePipelines({}, { note: 1 }), 'the pipeline is written differently'],
  ])('is SAFE by %s', (_what, comparison, change) => {
    expect(comparison).toEqual({ compatibility: 'SAFE', changes: [{ breaking: false, text: change }] });
  });
});
