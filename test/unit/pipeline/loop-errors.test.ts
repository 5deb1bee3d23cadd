/** Wrong loops, each with its place. `⟦` stands right before the place where the issue must point. */
import { describe, expect, it } from 'vitest';
import { issuesOf, marked } from './compile-error-cases.js';

interface Keys {
  readonly loop?: string;
  readonly nodes?: string;
  readonly around?: string;
  readonly outside?: string;
}

/** plan -> improve (draft -> review) -> report, unless its parts say otherwise. */
function pipeline({ loop, nodes, around = '', outside = '' }: Keys): string {
  const inner = nodes ?? `draft: { uses: w }\n        review: { needs: draft, uses: w }`;
  const keys = loop ?? `until: nodes.review.output == 1\n      max_iterations: 3`;
  return `name: p
nodes:
  plan: { uses: w }
  improve:${around === '' ? '' : `\n    ${around}`}
    loop:
      ${keys}
      nodes:
        ${inner}
  report: { needs: improve, uses: w }
${outside === '' ? '' : `  ${outside}\n`}`;
}

const IN = 'nodes.improve.loop';

describe('a loop is refused', () => {
  it.each<[string, string, string, string, string?]>([
    [
      'without an end',
      'MISSING_KEY',
      pipeline({ loop: 'until: nodes.review.output == 1' }).replace('    loop:', '    ⟦loop:'),
      `${IN}.max_iterations`,
    ],
    [
      'without a condition',
      'MISSING_KEY',
      pipeline({ loop: 'max_iterations: 1' }).replace('    loop:', '    ⟦loop:'),
      `${IN}.until`,
    ],
    [
      'with no round',
      'BAD_LIMIT',
      pipeline({ loop: 'until: nodes.review.output == 1\n      max_iterations: ⟦0' }),
      `${IN}.max_iterations`,
    ],
    [
      'with too many rounds',
      'BAD_LIMIT',
      pipeline({ loop: 'until: nodes.review.output == 1\n      max_iterations: ⟦10001' }),
      `${IN}.max_iterations`,
    ],
    [
      'with half a round',
      'BAD_LIMIT',
      pipeline({ loop: 'until: nodes.review.output == 1\n      max_iterations: ⟦1.5' }),
      `${IN}.max_iterations`,
    ],
    [
      'with an unknown end',
      'BAD_VALUE',
      pipeline({ loop: 'until: nodes.review.output == 1\n      max_iterations: 1\n      on_exhausted: ⟦stop' }),
      `${IN}.on_exhausted`,
    ],
    [
      'with an unknown key',
      'UNKNOWN_KEY',
      pipeline({ loop: 'until: nodes.review.output == 1\n      max_iterations: 1\n      ⟦on_exhaust: fail' }),
      `${IN}.on_exhaust`,
      'on_exhausted',
    ],
    [
      'with an unknown key of a node',
      'UNKNOWN_KEY',
      pipeline({ nodes: 'review: { uses: w, ⟦need: x }' }),
      `${IN}.nodes.review.need`,
      'needs',
    ],
    [
      'of nothing',
      'NO_NODES',
      `name: p\nnodes:\n  improve:\n    loop:\n      until: "true"\n      max_iterations: 3\n      ⟦nodes: {}\n`,
      `${IN}.nodes`,
    ],
    [
      'that is empty',
      'NO_NODES',
      `name: p\nnodes:\n  improve:\n    loop:\n      until: "true"\n      max_iterations: 3\n      ⟦nodes:\n`,
      `${IN}.nodes`,
    ],
    ['with a retry', 'UNKNOWN_KEY', pipeline({ around: '⟦retry: { max_attempts: 2 }' }), 'nodes.improve.retry'],
    ['with a timeout', 'UNKNOWN_KEY', pipeline({ around: '⟦timeout: 1m' }), 'nodes.improve.timeout'],
    [
      'that computes, too',
      'NODE_KIND',
      pipeline({ around: 'compute: 1' }).replace('  improve:', '  ⟦improve:'),
      'nodes.improve',
    ],
    [
      'with a node of no kind',
      'NODE_KIND',
      pipeline({ nodes: 'draft: { uses: w }\n        ⟦review: { needs: draft }' }),
      `${IN}.nodes.review`,
    ],
    [
      'with a wrong condition',
      'BAD_EXPRESSION',
      pipeline({ loop: 'until: nodes.review.output ⟦==\n      max_iterations: 1' }),
      `${IN}.until`,
    ],
    [
      'with a name of the pipeline',
      'DUPLICATE_KEY',
      pipeline({ nodes: 'review: { uses: w }\n        ⟦plan: { uses: w }' }),
      `${IN}.nodes.plan`,
    ],
    [
      'with a name of its own',
      'DUPLICATE_KEY',
      pipeline({ nodes: 'review: { uses: w }\n        ⟦improve: { uses: w }' }),
      `${IN}.nodes.improve`,
    ],
    [
      'whose node waits for one outside',
      'NODE_IN_LOOP',
      pipeline({ nodes: 'review: { needs: [⟦plan], uses: w }' }),
      `${IN}.nodes.review.needs[0]`,
    ],
    [
      'whose node waits for one outside, with a condition',
      'NODE_IN_LOOP',
      pipeline({ nodes: 'review: { needs: { ⟦plan: completed }, uses: w }' }),
      `${IN}.nodes.review.needs.plan`,
    ],
    [
      'whose node somebody outside waits for',
      'NODE_IN_LOOP',
      pipeline({ outside: 'last: { needs: ⟦review, uses: w }' }),
      'nodes.last.needs',
    ],
    [
      'whose node somebody outside routes to',
      'NODE_IN_LOOP',
      pipeline({ outside: 'last: { route: [{ default: ⟦review }] }' }),
      'nodes.last.route[0].default',
    ],
    [
      'whose node somebody outside reads',
      'NODE_IN_LOOP',
      pipeline({ outside: 'last: { compute: "${{ nodes.⟦review.output }}" }' }),
      'nodes.last.compute',
    ],
    ['whose node the output reads', 'NODE_IN_LOOP', `${pipeline({})}output: "\${{ nodes.⟦draft.output }}"\n`, 'output'],
    [
      'whose node waits for nobody known',
      'UNKNOWN_NODE',
      pipeline({ nodes: 'draft: { uses: w }\n        review: { needs: ⟦draf, uses: w }' }),
      `${IN}.nodes.review.needs`,
      'draft',
    ],
    [
      'whose nodes wait for each other',
      'CYCLE',
      pipeline({ nodes: 'draft: { needs: ⟦review, uses: w }\n        review: { needs: draft, uses: w }' }).replace(
        'needs: review',
        'needs: review',
      ),
      `${IN}.nodes.draft.needs`,
    ],
    [
      'whose node waits for itself',
      'CYCLE',
      pipeline({ nodes: 'review: { needs: ⟦review, uses: w }' }),
      `${IN}.nodes.review.needs`,
    ],
    [
      'whose node reads what comes after the loop',
      'CYCLE',
      pipeline({ nodes: 'review: { uses: w, with: { a: "${{ nodes.⟦report.output }}" } }' }),
      `${IN}.nodes.review.with.a`,
    ],
    [
      'in the items of a map',
      'UNKNOWN_KEY',
      `name: p\nnodes: { a: { map: { over: '1', node: { uses: x, ⟦loop: {} } } } }\n`,
      'nodes.a.map.node.loop',
    ],
    [
      'with more rounds than a loop in a loop may run',
      'BAD_LIMIT',
      pipeline({
        loop: 'until: nodes.again.output == 1\n      max_iterations: 1000',
        nodes: 'again: { loop: { until: nodes.x.output == 1, max_iterations: ⟦1000, nodes: { x: { uses: w } } } }',
      }),
      `${IN}.nodes.again.loop.max_iterations`,
    ],
  ])('%s: %s', (_what, code, template, path, nearest) => {
    const { text, line, column } = marked(template);
    const [issue, ...others] = issuesOf(text).filter(({ severity }) => severity === 'error');
    expect(issue).toMatchObject({ code, file: 'p.yaml', line, column, path });
    expect(issue?.nearest).toBe(nearest);
    expect(others).toEqual([]);
  });

  it('and its errors name the cure', () => {
    const fixOf = (text: string): string | undefined =>
      issuesOf(text).find(({ severity }) => severity === 'error')?.fix;
    expect(fixOf(pipeline({ outside: 'last: { compute: "${{ nodes.review.output }}" }' }))).toBe(
      'Read `nodes.improve.output`: the output of the last nodes in its last round.',
    );
    expect(fixOf(pipeline({ outside: 'last: { needs: review, uses: w }' }))).toBe('Name the loop instead: `improve`.');
    expect(fixOf(pipeline({ nodes: 'review: { needs: plan, uses: w }' }))).toBe(
      'Read `nodes.plan.output` in an expression, or write `needs: plan` at improve.',
    );
    expect(fixOf(pipeline({ around: 'queue: gpu' }))).toBe('Write it at the nodes inside the loop.');
  });
});

it('warns of a condition that no round can change', () => {
  const { text, line, column } = marked(pipeline({ loop: 'until: ⟦nodes.plan.output == 1\n      max_iterations: 3' }));
  expect(issuesOf(text).filter(({ code }) => code !== 'UNKNOWN_HANDLER')).toMatchObject([
    { code: 'UNTIL_NEVER_CHANGES', severity: 'warning', line, column, path: `${IN}.until` },
  ]);
});
