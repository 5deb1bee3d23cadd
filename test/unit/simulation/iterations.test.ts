import { describe, expect, it } from 'vitest';
import { readFixture } from '../../../src/simulation/fixture.js';
import { fixtureOf, problems, test, workflowOf } from './fixture-rig.js';

const LIMIT = { entry: ['writer'], scheduling: 'eager', task: 'go', maxTurns: 100 } as const;

/** writer -> reviewer, and back until it approves. */
function review(graph: object = {}) {
  return workflowOf(
    {
      writer: { edges: [{ to: 'reviewer' }], reads: ['reviewer'], with: { said: '${{ nodes.reviewer.output }}' } },
      reviewer: {
        edges: [
          { to: 'writer', when: { notContains: 'APPROVE' } },
          { to: 'summary', when: { contains: 'APPROVE' } },
        ],
        reads: ['writer'],
      },
      summary: { reads: ['writer', 'reviewer'], with: { of: '${{ nodes.writer.output }}' } },
    },
    { graph: { ...LIMIT, ...graph } },
  );
}

const DRAFTS = { iterations: [{ output: 'one' }, { output: 'two' }] };
const REVIEWS = { iterations: [{ output: 'more' }, { output: 'APPROVE' }] };

describe('a script by iteration', () => {
  it('gives every iteration its own result', () => {
    const body = {
      nodes: { writer: DRAFTS, reviewer: REVIEWS, summary: { output: 'end' } },
      expect: {
        output: 'end',
        order: ['writer', 'reviewer', 'writer#2', 'reviewer#2', 'summary'],
        stop_reason: 'complete',
        unsatisfied: [],
        messages: [
          { user: 'go' },
          { writer: 'one' },
          { reviewer: 'more' },
          { 'writer#2': 'two' },
          { 'reviewer#2': 'APPROVE' },
          { summary: 'end' },
        ],
        nodes: {
          'writer#1': { output: 'one', with: { said: null } },
          writer: { output: 'two', with: { said: 'more' }, iterations: 2 },
          summary: { with: { of: 'two' } },
        },
      },
    };
    expect(problems(review(), body)).toEqual([]);
  });

  it('has the words of a plain one: attempts, times and deaths', () => {
    const writer = {
      iterations: [
        [{ error: 'boom' }, { output: 'one' }],
        [{ lost: true }, { output: 'x', after: '1m' }],
      ],
    };
    const nodes = { writer, reviewer: REVIEWS, summary: { output: 1 } };
    const expected = { elapsed: '61s', nodes: { 'writer#1': { attempts: 2 }, 'writer#2': { attempts: 2 } } };
    expect(problems(review(), { nodes, expect: expected })).toEqual([]);
  });

  it('without iterations holds for each of them', () => {
    const nodes = { writer: { output: 'same' }, reviewer: REVIEWS, summary: { output: 1 } };
    expect(problems(review(), { nodes, expect: { nodes: { writer: { iterations: 2, output: 'same' } } } })).toEqual([]);
  });

  it('that is too short says so at its place', () => {
    const nodes = { writer: { iterations: [{ output: 'one' }] }, reviewer: REVIEWS };
    expect(test(review(), { nodes }).failures).toMatchObject([
      {
        where: 'nodes.writer.iterations',
        message: 'iteration 2 of node writer has no result: 1 is given; add one more to `iterations`',
      },
    ]);
  });

  it('names the iteration whose attempts are used up', () => {
    const nodes = { writer: { iterations: [{ output: 1 }, [{ error: 'boom' }]] }, reviewer: REVIEWS };
    expect(problems(review(), { nodes })).toEqual([
      'nodes.writer.iterations[1]: attempt 2 of iteration 2 of node writer has no result: 1 are given',
    ]);
  });
});

describe('the conditions that handlers answer', () => {
  const workflow = workflowOf(
    {
      a: {
        edges: [
          { to: 'b', when: { handler: 'ask' } },
          { to: 'c', when: { contains: 'x' } },
        ],
      },
      b: {},
      c: {},
    },
    { graph: { ...LIMIT, entry: ['a'] } },
  );

  it.each([
    [true, ['a', 'b']],
    [false, ['a']],
  ])('are scripted beside the output: %s', (answer, order) => {
    const nodes = { a: { output: 1, edges: { b: answer } }, b: { output: 2 } };
    expect(problems(workflow, { nodes, expect: { order, nodes: answer ? {} : { b: 'PENDING' } } })).toEqual([]);
  });

  it('are missed with the edge and the cure', () => {
    expect(problems(workflow, { nodes: { a: { output: 1 } } })).toEqual([
      'nodes.a.output: the handler ask is asked whether the edge from a to b fires: give `edges: { b: true }` or false beside the `output`',
    ]);
  });

  it('are refused where no handler is asked', () => {
    const read = () =>
      fixtureOf(
        '{ pipeline: p, tests: [{ name: t, expect: {}, nodes: { a: { output: 1, edges: { c: true } } } }] }',
        workflow,
      );
    expect(read).toThrow('1:81 BAD_VALUE: no handler is asked about an edge from a to `c`');
  });
});

describe('a limit', () => {
  const nodes = { writer: { output: 'again' }, reviewer: { output: 'more' } };

  it('pauses, and the test says which', () => {
    const body = {
      nodes,
      expect: { stop_reason: 'max_turns', nodes: { writer: { iterations: 2, status: 'PENDING' } } },
    };
    expect(problems(review({ maxTurns: 2 }), body)).toEqual([]);
    expect(problems(review({ maxTurns: 2 }), { nodes })).toEqual([
      'expect.status: expected COMPLETED, got PAUSED (by max_turns)',
    ]);
  });

  it('is overcome by a resume, whose message is heard', () => {
    const reviewer = { iterations: [{ output: 'more' }, { output: 'APPROVE' }] };
    const body = {
      nodes: { ...nodes, reviewer, summary: { output: 'end' } },
      resume: [{ message: 'be quick' }, {}],
      expect: {
        stop_reason: 'complete',
        messages: [
          { user: 'go' },
          { writer: 'again' },
          { reviewer: 'more' },
          { user: 'be quick' },
          { writer: 'again' },
          { reviewer: 'APPROVE' },
          { summary: 'end' },
        ],
      },
    };
    expect(problems(review({ maxTurns: 2 }), body)).toEqual([]);
  });

  it('is overcome at the time that the test gives', () => {
    const reviewer = { iterations: [{ output: 'more' }, { output: 'APPROVE' }] };
    const body = {
      nodes: { ...nodes, reviewer, summary: { output: 'end' } },
      resume: { after: '2h' },
      expect: { elapsed: '2h', nodes: { 'writer#2': { status: 'COMPLETED' } } },
    };
    expect(problems(review({ maxTurns: 3 }), { ...body, resume: [{ after: '2h' }] })).toEqual([]);
  });

  it('that was not reached makes a resume pointless, and the test says where', () => {
    const body = { nodes: { ...nodes, writer: { output: 1, after: '1h' } }, resume: { after: '1m' } };
    expect(problems(review(), body)).toEqual(['resume: there is nothing to resume: the execution is not PAUSED then']);
  });
});

describe('what a graph did', () => {
  it('is not as expected: message by message', () => {
    const said = [{ user: 'go' }, { writer: 'one' }, { 'reviewer#2': 'more' }];
    const body = {
      nodes: { writer: DRAFTS, reviewer: REVIEWS, summary: { output: 'end' } },
      expect: { messages: said, stop_reason: 'stop_when', stopped_by: 'writer', unsatisfied: ['summary'] },
    };
    expect(problems(review(), body)).toEqual([
      'expect.stop_reason: expected stop_when, got complete',
      'expect.stopped_by: expected writer, got nothing',
      'expect.messages[2]["reviewer#2"]: expected reviewer#2: "more", got reviewer: "more"',
      'expect.unsatisfied[0]: expected summary, got none',
    ]);
  });

  it('knows what met the stop condition', () => {
    const workflow = review({ stopWhen: { textMention: 'two' } });
    const body = {
      nodes: { writer: DRAFTS, reviewer: REVIEWS },
      expect: { stop_reason: 'stop_when', stopped_by: 'writer#2', nodes: { summary: 'PENDING' } },
    };
    expect(problems(workflow, body)).toEqual([]);
  });

  it('knows the joins that stay open', () => {
    const workflow = workflowOf(
      { a: { edges: [{ to: 'c' }, { to: 'b', when: { contains: 'x' } }] }, b: { edges: [{ to: 'c' }] }, c: {} },
      { graph: { ...LIMIT, entry: ['a'] } },
    );
    const body = (unsatisfied: (string | object)[]) => ({
      nodes: { a: { output: 'y' } },
      expect: { unsatisfied: unsatisfied as never[], nodes: { c: 'PENDING' } },
    });
    expect(problems(workflow, body(['c']))).toEqual([]);
    expect(problems(workflow, body([{ node: 'c', group: 'c', remaining: 1 }]))).toEqual([]);
    expect(problems(workflow, body([]))).toEqual(['expect.unsatisfied: expected none, got c (group c, 1 remaining)']);
  });
});

describe('what an agent heard', () => {
  const agent = { name: 'x', instructions: '', tools: [], maxSteps: 1 };
  const workflow = workflowOf(
    {
      writer: { agent, prompt: 'write', edges: [{ to: 'reviewer' }] },
      reviewer: {
        agent,
        edges: [
          { to: 'writer', when: { notContains: 'ok' } },
          { to: 'end', when: { contains: 'ok' } },
        ],
      },
      end: { agent, history: [{ source: 'writer', last: 1 }, { source: 'user' }] },
    },
    { graph: LIMIT },
  );
  const nodes = {
    writer: DRAFTS,
    reviewer: { iterations: [{ output: 'more' }, { output: 'ok' }] },
    end: { output: 'bye' },
  };

  it('is what was new to it, of others, as its history leaves it', () => {
    const expected = {
      'writer#1': { messages: [{ user: 'go' }] },
      'writer#2': { messages: [{ reviewer: 'more' }] },
      'reviewer#1': { messages: [{ user: 'go' }, { writer: 'one' }] },
      reviewer: { messages: [{ 'writer#2': 'two' }] },
      end: { messages: [{ writer: 'two' }, { user: 'go' }] },
    };
    expect(problems(workflow, { nodes, expect: { nodes: expected } })).toEqual([]);
  });

  it('is compared message by message', () => {
    const expected = { 'writer#2': { messages: [{ reviewer: 'mroe' }] }, 'writer#1': { messages: [] } };
    expect(problems(workflow, { nodes, expect: { nodes: expected } })).toEqual([
      'expect.nodes["writer#2"].messages[0].reviewer: expected "mroe", got "more"',
      'expect.nodes["writer#1"].messages: expected 0 messages, got 1 message, then user: "go"',
    ]);
  });
});

describe('a loop', () => {
  const workflow = workflowOf({
    again: {
      type: 'COMPUTE',
      loop: { nodes: ['work', 'ask'], until: 'nodes.ask.output.approved', maxIterations: 3, onExhausted: 'fail' },
    },
    work: {},
    ask: { type: 'HUMAN_APPROVAL', needs: ['work'], approval: { onTimeout: 'fail', onReject: 'continue' } },
    last: { needs: ['again'], with: { of: '${{ nodes.again.output.approver }}' } },
  });

  it('runs its nodes by iteration, people too', () => {
    const body = {
      nodes: {
        work: { iterations: [{ output: 1 }, { output: 2, after: '1m' }] },
        ask: { iterations: [{ reject: 'ann', after: '1h' }, { approve: 'bob' }] },
        last: { output: 'end' },
      },
      expect: {
        order: ['work', 'ask', 'work#2', 'ask#2', 'again', 'last'],
        elapsed: '61m',
        nodes: {
          'ask#1': { output: { approved: false, approver: 'ann', comment: '' } },
          work: { output: 2, started_after: '1h' },
          last: { with: { of: 'bob' } },
        },
      },
    };
    expect(problems(workflow, body)).toEqual([]);
  });

  it('waits for an answer that no iteration has', () => {
    const nodes = { work: { output: 1 }, ask: { iterations: [{ reject: 'ann' }] } };
    expect(problems(workflow, { nodes, expect: { status: 'WAITING' } })).toEqual([]);
  });

  it('that is exhausted fails as it says', () => {
    const nodes = { work: { output: 1 }, ask: { reject: 'ann' } };
    expect(problems(workflow, { nodes, expect: { error: { node: 'again', code: 'LOOP_EXHAUSTED' } } })).toEqual([]);
  });
});

describe('a fixture file with iterations', () => {
  const once = workflowOf({ a: {}, b: {} });
  const graph = review();
  const read = (workflow: typeof once, each: string) => () =>
    fixtureOf(
      `{ pipeline: p, tests: [{ name: t, ${each.includes('expect') ? '' : 'expect: {}, '}${each} }] }`,
      workflow,
    );

  it.each([
    [
      'nodes: { a: { iterations: [{ output: 1 }] } }',
      'BAD_VALUE: node a runs once: it is in no graph and in no loop | Leave `iterations` out.',
    ],
    [
      'expect: { nodes: { a#2: COMPLETED } }',
      'BAD_VALUE: node a runs once: it is in no graph and in no loop | Write `a`.',
    ],
    ['expect: { order: [a, c#2] }', 'UNKNOWN_NODE: the pipeline w has no node `c`'],
    ['expect: { stop_reason: complete }', 'BAD_VALUE: the pipeline w has no `graph` | Remove it.'],
    ['expect: { messages: [] }', 'BAD_VALUE: the pipeline w has no `graph`'],
    ['resume: { message: hello }', 'BAD_VALUE: the pipeline w has no `graph`'],
  ])('is refused where nothing runs again: %s', (line, problem) => {
    expect(read(once, line)).toThrow(problem);
  });

  it.each([
    ['expect: { stopped_by: writr }', 'UNKNOWN_NODE: the pipeline w has no node `writr` | Did you mean `writer`?'],
    ['expect: { unsatisfied: [x] }', 'UNKNOWN_NODE: the pipeline w has no node `x`'],
    ['expect: { messages: [{ x: hi }] }', 'UNKNOWN_NODE: the pipeline w has no node `x`'],
    [
      'nodes: { writer: { iterations: [{ approve: ann }] } }',
      'BAD_VALUE: node writer cannot end by `approve` or `reject`',
    ],
  ])('is held against its graph: %s', (line, problem) => {
    expect(read(graph, line)).toThrow(problem);
  });

  it.each([
    [
      'nodes: { a: { iterations: [] } }',
      '1:78 WRONG_TYPE: tests[0].nodes.a.iterations must be a list with an entry for each iteration',
    ],
    ['nodes: { a: { iterations: [{ iterations: [] }] } }', 'BAD_VALUE: an iteration has no iterations'],
    ['nodes: { a: { iterations: [{ outptu: 1 }] } }', '`outptu` is no key in tests[0].nodes.a.iterations[0]'],
    ['nodes: { a: { error: x, edges: { b: true } } }', 'BAD_VALUE: edges fire after an output, not after `error`'],
    ['nodes: { a: { output: x, edges: { b: 1 } } }', 'WRONG_TYPE: tests[0].nodes.a.edges.b must be true or false'],
    ['resume: { messge: x }', 'UNKNOWN_KEY: `messge` is no key in tests[0].resume'],
    ['resume: [{ after: soon }]', 'BAD_DURATION: `soon` is no duration'],
    ['expect: { stop_reason: turns }', 'BAD_VALUE: tests[0].expect.stop_reason is `turns`'],
    [
      'expect: { messages: [hi] }',
      'WRONG_TYPE: tests[0].expect.messages[0] must be a map with one key: who says it, and what',
    ],
    ['expect: { unsatisfied: [{ group: x }] }', 'MISSING_KEY: tests[0].expect.unsatisfied[0] has no `node`'],
  ])('says what is wrong with `%s`', (line, problem) => {
    const body = line.includes('expect') ? line : `expect: {}, ${line}`;
    const found = readFixture(`{ pipeline: p.yaml, tests: [{ name: t, ${body} }] }`, 'p.test.yaml').issues;
    const shown = found.map(({ code, line: at, column, message }) => `${at}:${column} ${code}: ${message}`);
    expect(shown).toContainEqual(expect.stringContaining(problem));
  });
});
