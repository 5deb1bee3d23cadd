import { describe, expect, it } from 'vitest';
import { readFixture } from '../../../src/simulation/fixture.js';
import { fixtureOf, workflowOf } from './fixture-rig.js';

/** The issues of a fixture file as `line:column CODE: message | fix`. */
function issues(text: string): string[] {
  return readFixture(text, 'p.test.yaml').issues.map(
    ({ line, column, code, message, fix }) => `${line}:${column} ${code}: ${message} | ${fix}`,
  );
}

/** One test with these lines in it. */
function withLines(...lines: string[]): string {
  return ['pipeline: p.yaml', 'tests:', '  - name: t', '    expect: {}', ...lines.map((line) => `    ${line}`)].join(
    '\n',
  );
}

describe('a fixture file', () => {
  it('is read with its anchors and notes', () => {
    const { fixture } = readFixture(`x-a: &a { output: 1 }\n${withLines('nodes: { n: [*a, *a] }')}`, 'f');
    expect(fixture?.tests[0]?.script.get('n')?.results).toHaveLength(2);
  });

  it('names the nearest key for one that it does not know', () => {
    expect(issues('pipelin: p.yaml\ntests: [{ name: a, expct: {} }]')).toEqual([
      '1:1 UNKNOWN_KEY: `pipelin` is no key at the top level | Did you mean `pipeline`? Accepted here: pipeline, tests.',
      '1:1 MISSING_KEY: the file has no `pipeline` | Add `pipeline`.',
      '2:9 MISSING_KEY: tests[0] has no `expect` | Add `expect`.',
      '2:20 UNKNOWN_KEY: `expct` is no key in tests[0] | Did you mean `expect`? Accepted here: name, inputs, at, nodes, cancel_after, resume, expect.',
    ]);
  });

  it.each([
    ['nodes: [a]', '5:12 WRONG_TYPE: tests[0].nodes must be a map'],
    ['nodes: { a: 1 }', '5:17 WRONG_TYPE: tests[0].nodes.a must be a map'],
    ['nodes: { a: [] }', '5:17 WRONG_TYPE: tests[0].nodes.a must be a list with a result for each attempt'],
    ['nodes: { a: {} }', '5:17 BAD_VALUE: the result says nothing that happens'],
    ['nodes: { a: { output: 1, lost: true } }', '5:17 BAD_VALUE: the result has both `output` and `lost`'],
    ['nodes: { a: { lost: no } }', '5:25 WRONG_TYPE: tests[0].nodes.a.lost must be true'],
    [
      'nodes: { a: { outptu: 1 } }',
      '5:19 UNKNOWN_KEY: `outptu` is no key in tests[0].nodes.a | Did you mean `output`?',
    ],
    ['nodes: { a: { output: 1, after: soon } }', '5:37 BAD_DURATION: `soon` is no duration'],
    ['nodes: { a: { error: { cod: X } } }', '5:28 UNKNOWN_KEY: `cod` is no key in tests[0].nodes.a.error'],
    ['nodes: { a: { error: 5 } }', '5:26 WRONG_TYPE: tests[0].nodes.a.error must be a message, or a map'],
    [
      'nodes: { a: { error: { retryable: 1 } } }',
      '5:39 WRONG_TYPE: tests[0].nodes.a.error.retryable must be true or false',
    ],
    ['nodes: { a: { approve: 5 } }', '5:28 WRONG_TYPE: tests[0].nodes.a.approve must be the name of the approver'],
    ['nodes: { a: { reject: { form: {} } } }', '5:29 UNKNOWN_KEY: `form` is no key in tests[0].nodes.a.reject'],
    ['nodes: { a: { items: {} } }', '5:26 WRONG_TYPE: tests[0].nodes.a.items must be a list'],
    ['nodes: { a: { items: [], output: 1 } }', '5:30 UNKNOWN_KEY: `output` is no key in tests[0].nodes.a'],
    ['at: tomorrow', '5:9 BAD_VALUE: `tomorrow` is no time'],
    ['cancel_after: 5', '5:19 BAD_DURATION: `5` is no duration'],
    ['inputs: text', '5:13 WRONG_TYPE: tests[0].inputs must be a map'],
  ])('says what is wrong with `%s`', (line, problem) => {
    expect(issues(withLines(line))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['status: DONE', '1:58 BAD_VALUE: tests[0].expect.status is `DONE`'],
    ['stat: FAILED', '1:50 UNKNOWN_KEY: `stat` is no key in tests[0].expect'],
    ['elapsed: long', '1:59 BAD_DURATION: `long` is no duration'],
    ['order: a', '1:57 WRONG_TYPE: tests[0].expect.order must be a list'],
    ['nodes: { a: DONE }', '1:62 BAD_VALUE: tests[0].expect.nodes.a is `DONE`'],
    ['nodes: { a: 5 }', '1:62 WRONG_TYPE: tests[0].expect.nodes.a must be a status, or a map'],
    ['nodes: { a: { attempts: -1 } }', '1:74 WRONG_TYPE: tests[0].expect.nodes.a.attempts must be a whole number'],
    ['error: { cod: X }', '1:59 UNKNOWN_KEY: `cod` is no key in tests[0].expect.error'],
    [
      'error: []',
      '1:57 WRONG_TYPE: tests[0].expect.error must be a part of the message, or a map with node, code, message',
    ],
  ])('says what is wrong with the expectation `%s`', (line, problem) => {
    expect(issues(`{ pipeline: p.yaml, tests: [{ name: t, expect: { ${line} } }] }`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  it('without tests, or with broken YAML, is none', () => {
    expect(issues('pipeline: p\ntests: []')).toEqual([expect.stringContaining('2:8 BAD_VALUE: tests is empty')]);
    expect(issues('pipeline: p\ntests: [1]')).toEqual([
      expect.stringContaining('2:9 WRONG_TYPE: tests[0] must be a map'),
    ]);
    expect(issues('pipeline: "p')).toEqual([expect.stringContaining('YAML_SYNTAX')]);
    expect(issues('')).toHaveLength(1);
  });
});

describe('a fixture and its pipeline', () => {
  const child = workflowOf({ inner: {} }, {}, 'child');
  const workflow = workflowOf({
    work: {},
    ask: { type: 'HUMAN_APPROVAL', approval: { onTimeout: 'fail', onReject: 'fail' } },
    sum: { type: 'COMPUTE', compute: 1 },
    sleep: { type: 'TIMER', wait: { durationMs: 1 } },
    paid: { type: 'TIMER', wait: { signal: 's' } },
    each: { type: 'MAP', map: { over: 'inputs.x', onItemError: 'fail' } },
    call: { type: 'SUBWORKFLOW', child: { workflowId: 'child' } },
  });
  const read = (test: string) => () =>
    fixtureOf(`{ pipeline: p.yaml, tests: [{ name: t, expect: {}, ${test} }] }`, workflow, [child]);

  it('fit together', () => {
    const nodes =
      '{ work: [{ lost: true }, { error: x }], ask: { reject: ann }, paid: { signal: 1 }, each: { items: [{ output: 1 }] }, call: { nodes: { inner: { output: 1 } } } }';
    expect(read(`nodes: ${nodes}`)).not.toThrow();
  });

  it.each([
    ['nodes: { wrok: { output: 1 } }', 'UNKNOWN_NODE: the pipeline w has no node `wrok` | Did you mean `work`?'],
    ['nodes: { call: { nodes: { iner: { output: 1 } } } }', 'UNKNOWN_NODE: the pipeline child has no node `iner`'],
    ['nodes: { work: { approve: ann } }', 'BAD_VALUE: node work cannot end by `approve` or `reject` | Give `output`'],
    ['nodes: { ask: { output: 1 } }', 'BAD_VALUE: node ask cannot end by `output` | Give `approve` or `reject`.'],
    ['nodes: { paid: { lost: true } }', 'BAD_VALUE: node paid cannot end by `lost` | Give `signal`.'],
    ['nodes: { call: { lost: true } }', 'BAD_VALUE: node call cannot end by `lost` | Give `output`, `error`.'],
    ['nodes: { ask: [{ approve: a }, { approve: b }] }', 'BAD_VALUE: node ask happens once'],
    ['nodes: { sum: { output: 1 } }', 'BAD_VALUE: node sum runs without a worker | Remove the entry.'],
    ['nodes: { sleep: { output: 1 } }', 'BAD_VALUE: node sleep runs without a worker'],
    ['nodes: { work: { items: [{ output: 1 }] } }', 'BAD_VALUE: node work is no map of items'],
    ['nodes: { each: { items: [{ items: [{ output: 1 }] }] } }', 'BAD_VALUE: node each is no map of items'],
    ['nodes: { work: { nodes: {} } }', 'BAD_VALUE: node work starts no child pipeline'],
  ])('do not with `%s`', (test, problem) => {
    expect(read(test)).toThrow(problem);
  });

  it('name the same nodes in what is expected', () => {
    const text = (expected: string) => `{ pipeline: p, tests: [{ name: t, expect: { ${expected} } }] }`;
    for (const expected of ['order: [wrok]', 'nodes: { wrok: FAILED }', 'error: { node: wrok }'])
      expect(() => fixtureOf(text(expected), workflow)).toThrow('UNKNOWN_NODE: the pipeline w has no node `wrok`');
  });
});
