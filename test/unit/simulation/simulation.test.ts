import { describe, expect, it } from 'vitest';
import { NO_DELAY } from '../../support/engine-execution.js';
import { history, problems, test, workflowOf } from './fixture-rig.js';

const ONE_SECOND = { ...NO_DELAY, initialIntervalMs: 1000, maxIntervalMs: 60_000, multiplier: 2, jitter: 0.5 };

describe('tasks', () => {
  const chain = workflowOf({
    a: { with: { q: '${{ inputs.q }}' } },
    b: { needs: ['a'], with: { x: '${{ nodes.a.output.n }}' } },
  });

  it('get their scripted outputs, rendered inputs, and hand them on', () => {
    const body = {
      inputs: { q: 'why' },
      nodes: { a: { output: { n: 5 } }, b: { output: 'done' } },
      expect: {
        output: 'done',
        order: ['a', 'b'],
        nodes: { a: { status: 'COMPLETED', with: { q: 'why' }, attempts: 1 }, b: { with: { x: 5 } } },
      },
    };
    expect(problems(workflowOf(nodesOf(chain), { inputs: { q: { type: 'string' } } }), body)).toEqual([]);
  });

  it('without a result are an error that says so', () => {
    expect(problems(workflowOf({ a: {} }), {})).toEqual([
      ': node a needs a worker: give its `output` or `error` under `nodes`',
    ]);
  });

  it('fail as often as the script says, with the delays of their policy in fake time', () => {
    const flaky = workflowOf({ a: { retry: ONE_SECOND } });
    const nodes = { a: [{ error: 'boom' }, { error: { code: 'X', message: 'm' } }, { output: 1 }] };
    const good = { output: 1, elapsed: '3s', nodes: { a: { attempts: 3, status: 'COMPLETED' } } };
    expect(problems(flaky, { nodes, expect: good })).toEqual([]);
    expect(problems(flaky, { nodes: { a: [{ error: 'boom' }] } })).toEqual([
      'nodes.a: attempt 2 of node a has no result: 1 are given',
    ]);
  });

  it('end at once with an error that cannot be retried, and after all attempts with one that can', () => {
    const flaky = workflowOf({ a: { retry: ONE_SECOND } });
    const error = { node: 'a', code: 'X', message: 'no' };
    const final = { nodes: { a: { error: { code: 'X', message: 'no way', retryable: false } } }, expect: { error } };
    expect(problems(flaky, final)).toEqual([]);
    const always = { nodes: { a: { error: 'boom' } }, expect: { error: 'boom', nodes: { a: { attempts: 3 } } } };
    expect(problems(flaky, always)).toEqual([]);
  });

  it('wait as long as a handler asks for', () => {
    const nodes = { a: [{ error: { message: 'busy', retry_after: '1h' } }, { output: 1 }] };
    expect(problems(workflowOf({ a: {} }), { nodes, expect: { elapsed: '1h' } })).toEqual([]);
  });

  it('are tried again when their worker is lost, until it was lost too often', () => {
    const nodes = { a: [{ lost: true }, { output: 1 }] };
    expect(problems(workflowOf({ a: {} }), { nodes, expect: { nodes: { a: { attempts: 2 } } } })).toEqual([]);
    const always = { nodes: { a: { lost: true } }, expect: { error: { code: 'TOO_MANY_LOST' } } };
    expect(problems(workflowOf({ a: {} }), always)).toEqual([]);
  });

  it('take as long as the script says, and end by their timeout', () => {
    const node = { a: { timeoutMs: 60_000, retry: { ...NO_DELAY, maxAttempts: 2 } } };
    expect(problems(workflowOf(node), { nodes: { a: { output: 1, after: '1m' } }, expect: { elapsed: '1m' } })).toEqual(
      [],
    );
    const late = { nodes: { a: [{ output: 1, after: '2m' }, { output: 2 }] }, expect: { output: 2, elapsed: '1m' } };
    expect(problems(workflowOf(node), late)).toEqual([]);
  });

  it('are held to their output schema, as by a worker', () => {
    const node = workflowOf({ a: { outputSchema: { type: 'object', required: ['n'] } } });
    const body = { nodes: { a: { output: {} } }, expect: { error: { code: 'OUTPUT_INVALID', message: "'n'" } } };
    expect(problems(node, body)).toEqual([]);
  });

  it('fail when what they are given cannot be rendered, as at a worker', () => {
    const node = workflowOf({ a: { with: { x: '${{ fromJSON(inputs.q) }}' } } }, { inputs: { q: { type: 'string' } } });
    const body = { inputs: { q: '{' }, nodes: { a: { output: 1 } }, expect: { error: { code: 'EXPRESSION_FAILED' } } };
    expect(problems(node, body)).toEqual([]);
  });

  it('of agents show their prompt, and secrets are placeholders', () => {
    const agent = { instructions: '', tools: [], maxSteps: 1 };
    const node = workflowOf({ a: { agent, prompt: 'Say ${{ env.word }}', env: { word: 'hi' } }, b: { needs: ['a'] } });
    const nodes = { a: { output: 'hi' }, b: { output: 1 } };
    expect(problems(node, { nodes, expect: { nodes: { a: { prompt: 'Say hi' } } } })).toEqual([]);
  });
});

describe('the nodes that the engine runs', () => {
  it('route, skip and compute', () => {
    const triage = workflowOf({
      classify: {},
      decide: {
        type: 'ROUTER',
        needs: ['classify'],
        router: { routes: [{ if: 'nodes.classify.output.urgent', to: 'person' }], otherwise: 'reply' },
      },
      person: { needs: ['decide'] },
      reply: { type: 'COMPUTE', needs: ['decide', 'classify'], compute: { text: '${{ nodes.classify.output.text }}' } },
    });
    const nodes = { classify: { output: { urgent: true } }, person: { output: 'ann' } };
    const expected = { order: ['classify', 'decide', 'person'], nodes: { reply: 'SKIPPED', person: 'COMPLETED' } };
    expect(problems(triage, { nodes, expect: expected })).toEqual([]);
    const calm = {
      nodes: { classify: { output: { text: 'ok' } } },
      expect: { nodes: { reply: { output: { text: 'ok' } } } },
    };
    expect(problems(triage, calm)).toEqual([]);
  });

  it('map over items, one script for each or one for all, and reduce', () => {
    const digest = workflowOf(
      {
        each: {
          type: 'MAP',
          map: { over: 'inputs.list', onItemError: 'collect', maxParallel: 1 },
          with: { of: '${{ item }}', at: '${{ index }}' },
          retry: { ...NO_DELAY, maxAttempts: 1 },
        },
        all: { type: 'REDUCE', needs: ['each'], mapNodeId: 'each', compute: '${{ nodes.each.output }}' },
      },
      { inputs: { list: { type: 'array' } } },
    );
    const inputs = { list: ['x', 'y'] };
    const items = { each: { items: [{ output: 1, after: '1s' }, { error: 'boom' }] } };
    const collected = [1, { error: { code: 'HANDLER_FAILED', message: 'boom' } }];
    const expectItems = [
      { with: { of: 'x', at: 0 } },
      { with: { of: 'y', at: 1 }, status: 'FAILED', started_after: '1s' },
    ];
    expect(
      problems(digest, {
        inputs,
        nodes: items,
        expect: { output: collected, nodes: { each: { items: expectItems } } },
      }),
    ).toEqual([]);
    expect(problems(digest, { inputs, nodes: { each: { output: 7 } }, expect: { output: [7, 7] } })).toEqual([]);
    expect(problems(digest, { inputs, nodes: { each: { items: [{ output: 1 }] } } })).toEqual([
      ': item 1 of node each needs a worker: give its `output` or `error` under `nodes`',
    ]);
    expect(problems(digest, { inputs: { list: [] }, expect: { output: [] } })).toEqual([]);
  });

  it('wait for timers in fake time, from the start that the test gives', () => {
    const remind = workflowOf({
      pause: { type: 'TIMER', wait: { durationMs: 3 * 86_400_000 } },
      then: { needs: ['pause'] },
      day: { type: 'TIMER', needs: ['then'], wait: { until: '2026-03-05T00:00:00Z' } },
    });
    const body = {
      at: '2026-03-01T00:00:00Z',
      nodes: { then: { output: 1 } },
      expect: { elapsed: '4d', nodes: { then: { started_after: '3d' }, day: { started_after: '3d' } } },
    };
    expect(problems(remind, body)).toEqual([]);
  });

  it('wait for signals, and time out without one', () => {
    const paid = workflowOf({ paid: { type: 'TIMER', wait: { signal: 'payment', timeoutMs: 86_400_000 } } });
    const body = {
      nodes: { paid: { signal: { amount: 3 }, after: '1h' } },
      expect: { output: { amount: 3 }, elapsed: '1h' },
    };
    expect(problems(paid, body)).toEqual([]);
    expect(problems(paid, { expect: { error: { code: 'SIGNAL_TIMEOUT' }, elapsed: '1d' } })).toEqual([]);
  });
});

describe('approvals', () => {
  const approval = { message: 'Publish ${{ inputs.title }}?', approvers: ['ann', 'bob'], timeoutMs: 7_200_000 };
  const publish = workflowOf(
    {
      ask: {
        type: 'HUMAN_APPROVAL',
        approval: { ...approval, onTimeout: 'fail', onReject: 'fail', form: { n: { type: 'integer', default: 1 } } },
      },
    },
    { inputs: { title: { type: 'string' } } },
  );
  const inputs = { title: 'it' };

  it('are answered by the script, with form and comment', () => {
    const nodes = { ask: { approve: { approver: 'bob', comment: 'ok', form: { n: '4' } }, after: '1h' } };
    const output = { approved: true, approver: 'bob', comment: 'ok', form: { n: 4 } };
    const body = { inputs, nodes, expect: { output, elapsed: '1h', nodes: { ask: { message: 'Publish it?' } } } };
    expect(problems(publish, body)).toEqual([]);
  });

  it('are rejected, and miss their deadline when nobody answers in time', () => {
    const no = {
      inputs,
      nodes: { ask: { reject: 'ann' } },
      expect: { error: { code: 'APPROVAL_REJECTED', node: 'ask' } },
    };
    expect(problems(publish, no)).toEqual([]);
    const late = { error: { code: 'APPROVAL_TIMEOUT' }, elapsed: '2h' };
    expect(problems(publish, { inputs, expect: late })).toEqual([]);
    expect(problems(publish, { inputs, nodes: { ask: { approve: 'ann', after: '3h' } }, expect: late })).toEqual([]);
    expect(problems(publish, { inputs, nodes: { ask: { approve: 'ann', after: '2h' } } })).toEqual([]);
  });

  it('refuse answers of people who may not give them, and wrong forms', () => {
    expect(problems(publish, { inputs, nodes: { ask: { approve: 'eve' } } })).toEqual([
      'nodes.ask.approve: the answer to node ask is refused: eve may not answer node ask; ann, bob may',
    ]);
    expect(problems(publish, { inputs, nodes: { ask: { approve: { form: { m: 1 } } } } })[0]).toMatch(
      /^nodes\.ask\.approve: the answer to node ask is refused: .*there is no input `m`/,
    );
  });

  it('without an answer and without a deadline wait for ever, which is told or expected', () => {
    const ask = workflowOf({ ask: { type: 'HUMAN_APPROVAL', approval: { onTimeout: 'fail', onReject: 'fail' } } });
    expect(problems(ask, {})).toEqual(['expect.status: expected COMPLETED, got WAITING (for the answer to node ask)']);
    expect(problems(ask, { expect: { status: 'WAITING', nodes: { ask: 'WAITING' } } })).toEqual([]);
  });
});

describe('child pipelines', () => {
  const child = workflowOf(
    { work: { with: { q: '${{ inputs.q }}' } } },
    { inputs: { q: { type: 'string', required: true } } },
    'child',
  );
  const call = { type: 'SUBWORKFLOW', child: { workflowId: 'child', with: { q: '${{ inputs.q }}' } } } as const;
  const parent = workflowOf({ call }, { inputs: { q: { type: 'string' } } }, 'parent');

  it('run with a script of their own', () => {
    const nodes = { call: { nodes: { work: { output: 'found', after: '1h' } } } };
    const body = {
      inputs: { q: 'x' },
      nodes,
      expect: { output: 'found', elapsed: '1h', nodes: { call: { with: { q: 'x' } } } },
    };
    expect(problems(parent, body, [child])).toEqual([]);
  });

  it('fail their parent', () => {
    const nodes = { call: { nodes: { work: { error: { message: 'no luck', retryable: false } } } } };
    const error = { code: 'CHILD_FAILED', message: 'no luck', node: 'call' };
    expect(problems(parent, { inputs: { q: 'x' }, nodes, expect: { error } }, [child])).toEqual([]);
    expect(problems(parent, { expect: { error: 'it cannot start' } }, [child])).toEqual([]);
  });

  it('need not run: their result can be scripted', () => {
    const ok = {
      inputs: { q: 'x' },
      nodes: { call: { output: 9, after: '2h' } },
      expect: { output: 9, elapsed: '2h' },
    };
    expect(problems(parent, ok)).toEqual([]);
    const bad = { inputs: { q: 'x' }, nodes: { call: { error: 'gone' } }, expect: { error: 'gone' } };
    expect(problems(parent, bad)).toEqual([]);
    expect(problems(parent, { inputs: { q: 'x' } })).toEqual([
      ': node call starts the pipeline child, whose file is not known here: give its `output` under `nodes`',
    ]);
  });

  it('start for each item of a map, each with its own script', () => {
    const map = { over: 'inputs.list', onItemError: 'fail' } as const;
    const many = workflowOf(
      { call: { type: 'MAP', map, child: { workflowId: 'child', with: { q: '${{ item }}' } } } },
      { inputs: { list: { type: 'array' } } },
    );
    const items = [{ nodes: { work: { output: 1, after: '1h' } } }, { output: 2 }];
    const body = {
      inputs: { list: ['a', 'b'] },
      nodes: { call: { items } },
      expect: { output: [1, 2], elapsed: '1h' },
    };
    expect(problems(many, body, [child])).toEqual([]);
  });

  it('are cancelled with their parent, and what they wait for is told', () => {
    const waits = workflowOf(
      { ask: { type: 'HUMAN_APPROVAL', approval: { onTimeout: 'fail', onReject: 'fail' } } },
      {},
      'child',
    );
    const plain = workflowOf({ call: { type: 'SUBWORKFLOW', child: { workflowId: 'child' } } });
    expect(problems(plain, {}, [waits])).toEqual([
      'expect.status: expected COMPLETED, got WAITING (for the answer to node ask of the child pipeline of call)',
    ]);
    expect(
      problems(
        plain,
        { cancel_after: '1h', expect: { status: 'CANCELLED', elapsed: '1h', nodes: { call: 'CANCELLED' } } },
        [waits],
      ),
    ).toEqual([]);
  });
});

describe('what is not as expected', () => {
  it('is told with the place in the file, what was expected and what came', () => {
    const result = test(workflowOf({ a: {} }), {
      nodes: { a: { output: { list: [1, { x: 'long text' }] } } },
      expect: { status: 'FAILED', output: { list: [1, { x: 'other' }] }, order: ['a', 'a'], elapsed: '1s', error: 'x' },
    });
    expect(result.failures.map(({ where, expected, got }) => [where, expected, got])).toEqual([
      ['expect.status', 'FAILED', 'COMPLETED'],
      ['expect.error', 'an error', 'none'],
      ['expect.output.list[1].x', '"other"', '"long text"'],
      ['expect.order[1]', 'a, a in this order', 'a'],
      ['expect.elapsed', '1s', '0ms'],
    ]);
  });

  it('is every missing, extra and different value; `output_contains` lets more stand there', () => {
    const outcome = (expected: object): string[] =>
      problems(workflowOf({ a: {} }), {
        nodes: { a: { output: { t: 'abc', n: 1, l: [1, 2] } } },
        expect: { ...expected },
      });
    expect(outcome({ output: { t: 'abc', n: 1 } })).toEqual(['expect.output: expected no `l`, got [1,2]']);
    expect(outcome({ output: { t: 'abc', n: 1, l: [1, 2], m: null } })).toEqual([
      'expect.output.m: expected null, got nothing',
    ]);
    expect(outcome({ output_contains: { t: 'b', l: [1, 2] } })).toEqual([]);
    expect(outcome({ output_contains: { t: 'x' } })).toEqual([
      'expect.output_contains.t: expected a text with "x", got "abc"',
    ]);
    expect(outcome({ output_contains: { l: [1] } })).toEqual([
      'expect.output_contains.l: expected 1 items, got 2 items, then 2',
    ]);
  });

  it('is a wrong input, at its place', () => {
    const needy = workflowOf({ a: {} }, { inputs: { q: { type: 'string', required: true } } });
    expect(problems(needy, { inputs: { r: 1 } })[0]).toMatch(/^inputs: .*there is no input `r`.*`q` is required/);
  });
});

describe('a history', () => {
  it('has fixed ids and times', () => {
    const events = history(workflowOf({ a: {} }), { a: { output: 1, after: '1s' } });
    expect(events.map(({ kind, atMs, executionId }) => [kind, atMs, executionId])).toEqual([
      ['execution_started', 0, 'exec-00000000-0000-7000-8000-000000000001'],
      ['node_leased', 0, 'exec-00000000-0000-7000-8000-000000000001'],
      ['node_completed', 1000, 'exec-00000000-0000-7000-8000-000000000001'],
      ['execution_completed', 1000, 'exec-00000000-0000-7000-8000-000000000001'],
    ]);
  });
});

function nodesOf({ ir }: ReturnType<typeof workflowOf>) {
  return Object.fromEntries(
    Object.entries(ir.nodes).map(([id, { type, dependencies, ...rest }]) => [
      id,
      { type, needs: dependencies, ...rest['x-nexum'] },
    ]),
  );
}
