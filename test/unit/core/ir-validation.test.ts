import { describe, expect, it } from 'vitest';
import { parseIr } from '../../../src/core/ir-validation.js';
import { DEFAULT_RETRY } from '../../../src/core/ir.js';
import { buildWorkflow } from '../../../src/core/workflow.js';

const effect = (dependencies: unknown = [], behaviour?: unknown): object => ({
  type: 'EFFECT',
  dependencies,
  ...(behaviour === undefined ? {} : { 'x-nexum': behaviour }),
});

function problemsOf(document: unknown): string[] {
  const { ir, problems } = parseIr(JSON.stringify(document));
  expect(ir === undefined).toBe(problems.length > 0);
  return problems;
}

describe('an IR is accepted', () => {
  it('with only what Nexum 0.2 knows, and keeps keys that nobody here knows', () => {
    const { ir, problems } = parseIr(
      '{"nodes":{"a":{"type":"COMPUTE","inputFn":"x"},"b":{"type":"EFFECT","dependencies":["a"]}},"extra":1}',
    );
    expect(problems).toEqual([]);
    expect(ir).toMatchObject({
      extra: 1,
      nodes: { a: { inputFn: 'x', dependencies: [] }, b: { dependencies: ['a'] } },
    });
  });

  it('with node names that JavaScript uses itself', () => {
    const irJson =
      '{"nodes":{"__proto__":{"type":"EFFECT"},"constructor":{"type":"EFFECT","dependencies":["__proto__"]}}}';
    const workflow = buildWorkflow('w', 'v', irJson);
    expect([...workflow.nodes.keys()]).toEqual(['__proto__', 'constructor']);
    expect(workflow.entries).toEqual(['__proto__']);
    expect(workflow.nodes.get('__proto__')?.outgoing.map((edge) => edge.to)).toEqual(['constructor']);
  });

  it('with a complete retry policy, and with `x-nexum: null`', () => {
    expect(
      problemsOf({ nodes: { a: effect([], { retry: DEFAULT_RETRY, timeoutMs: 1000, handler: 'h', if: 'x' }) } }),
    ).toEqual([]);
    expect(problemsOf({ nodes: { a: effect([], null) } })).toEqual([]);
  });

  it('with a chain of 20,000 nodes, without overflowing the stack', () => {
    const nodes = Object.fromEntries(
      [...Array(20_000).keys()].map((index) => [`n${index}`, effect(index === 19_999 ? [] : [`n${index + 1}`])]),
    );
    expect(problemsOf({ nodes })).toEqual([]);
  });

  it('counting a dependency that is named twice once', () => {
    const workflow = buildWorkflow('w', 'v', JSON.stringify({ nodes: { a: effect(), b: effect(['a', 'a']) } }));
    expect(workflow.nodes.get('b')?.dependencies).toEqual(['a']);
    expect(workflow.nodes.get('b')?.groups).toEqual(new Map([['b', { size: 1, activation: 'all' }]]));
    expect(workflow.nodes.get('a')?.outgoing).toHaveLength(1);
  });
});

describe('an IR is refused (Nexum 0.2: no IR validation)', () => {
  it.each<[string, unknown, RegExp]>([
    ['without nodes', { nodes: {} }, /has no nodes/],
    ['without a node map', { steps: [] }, /no `nodes` object/],
    ['with a list of nodes', { nodes: [] }, /no `nodes` object/],
    ['that is no object', 'text', /no `nodes` object/],
    ['with a node that is no object', { nodes: { a: 1 } }, /node a is not an object/],
    ['with an unknown node type', { nodes: { a: { type: 'STEP' } } }, /unknown type "STEP"/],
    ['with an empty node name', { nodes: { '': effect() } }, /1 to 256 characters/],
    ['with an endless node name', { nodes: { ['n'.repeat(257)]: effect() } }, /1 to 256 characters/],
    ['with half a surrogate pair in a node name', { nodes: { 'a\ud800': effect() } }, /not valid Unicode/],
    ['with the other half', { nodes: { '\udc00a': effect() } }, /not valid Unicode/],
    ['with dependencies that are no list', { nodes: { a: effect('b'), b: effect() } }, /list of node names/],
    ['with a dependency that is no name', { nodes: { a: effect([1]) } }, /list of node names/],
    ['with an unknown dependency', { nodes: { a: effect(['toString']) } }, /unknown node toString/],
    ['with a node that needs itself', { nodes: { a: effect(['a']) } }, /a -> a form a cycle/],
    ['with `x-nexum` that is no object', { nodes: { a: effect([], 'agent') } }, /x-nexum of node a is not an object/],
    ['with an empty handler', { nodes: { a: effect([], { handler: '' }) } }, /handler of node a is not a name/],
    ['with a handler that is half a pair', { nodes: { a: effect([], { handler: '\ud800' }) } }, /handler of node a/],
    ['with an `if` that is no text', { nodes: { a: effect([], { if: true }) } }, /`if` of node a/],
    ['with a timeout of nothing', { nodes: { a: effect([], { timeoutMs: 0 }) } }, /timeoutMs of node a/],
    ['with a retry that is no object', { nodes: { a: effect([], { retry: 3 }) } }, /retry of node a is not an object/],
    ['with a `pipeline` that is no object', { pipeline: 'p', nodes: { a: effect() } }, /`pipeline` must be an object/],
  ])('%s', (_what, document, problem) => {
    expect(problemsOf(document)).toEqual([expect.stringMatching(problem)]);
  });

  it('when it is not JSON', () => {
    expect(parseIr('{').problems).toEqual([expect.stringMatching(/^ir_json is not JSON/)]);
  });

  it('with a path through the cycle, in the order in which it would run', () => {
    const problems = problemsOf({ nodes: { d: effect(), a: effect(['c', 'd']), b: effect(['a']), c: effect(['b']) } });
    expect(problems).toEqual(['the nodes a -> b -> c -> a form a cycle']);
  });

  it('with everything that is wrong at once', () => {
    const problems = problemsOf({
      nodes: {
        a: { type: 'STEP', dependencies: ['x', 'y'] },
        b: 7,
        c: effect(['a'], {
          retry: { ...DEFAULT_RETRY, maxAttempts: 0, jitter: 2, nonRetryable: 'all' },
          timeoutMs: -1,
        }),
      },
    });
    expect(problems).toEqual([
      'node a has the unknown type "STEP"',
      'node a depends on the unknown node x',
      'node a depends on the unknown node y',
      'node b is not an object',
      'timeoutMs of node c is not a positive number',
      'retry.maxAttempts of node c must be a number from 1 on',
      'retry.jitter of node c is greater than 1',
      'retry.nonRetryable of node c must be a list of error codes',
    ]);
  });

  it('with a number for each field of an incomplete retry policy: NaN delays would never end', () => {
    expect(problemsOf({ nodes: { a: effect([], { retry: {} }) } })).toHaveLength(7);
  });

  it('with at most 50 problems, so that a hostile document cannot make an endless answer', () => {
    expect(problemsOf({ nodes: { a: effect([...Array(1000).keys()].map((index) => `x${index}`)) } })).toHaveLength(50);
  });

  it('as one INVALID_WORKFLOW that carries the list', () => {
    expect(() => buildWorkflow('w', 'v', '{"nodes":{"a":{"type":"X","dependencies":["b"]}}}')).toThrow(
      expect.objectContaining({
        code: 'INVALID_WORKFLOW',
        details: { problems: [expect.any(String), expect.any(String)] },
      }),
    );
  });
});
