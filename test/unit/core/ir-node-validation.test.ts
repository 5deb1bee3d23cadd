/** What each kind of node must say, and what the pipeline may: IR from foreign clients and from our compiler alike. */
import { describe, expect, it } from 'vitest';
import { parseIr } from '../../../src/core/ir-validation.js';

function problemsOf(document: unknown): string[] {
  const { ir, problems } = parseIr(JSON.stringify(document));
  expect(ir === undefined).toBe(problems.length > 0);
  return problems;
}

/** The problems of node `n` with these keys, beside a COMPUTE node `a` and a MAP node `m`. */
function nodeProblems(node: object): string[] {
  return problemsOf({ nodes: { a: { type: 'COMPUTE' }, m: { type: 'MAP' }, n: { type: 'EFFECT', ...node } } });
}

const behaviour = (type: string, xNexum: object, keys: object = {}): object => ({ type, ...keys, 'x-nexum': xNexum });
const approval = (keys: object): object =>
  behaviour('HUMAN_APPROVAL', { approval: { onTimeout: 'fail', onReject: 'continue', ...keys } });
const map = (keys: object): object => behaviour('MAP', { map: { over: 'inputs.files', onItemError: 'fail', ...keys } });

const AGENT = { instructions: 'i', tools: [], maxSteps: 1 };
const asked = (agents?: unknown[]): object => ({
  ...AGENT,
  name: 'a',
  description: 'd',
  ...(agents ? { agents } : {}),
});

describe('a node is accepted', () => {
  it.each<[string, object]>([
    ['ROUTER of Nexum 0.2', { type: 'ROUTER', routes: [{ condition: 'x > 1', target: 'a' }, { target: 'm' }] }],
    [
      'ROUTER that the engine decides',
      behaviour('ROUTER', { router: { routes: [{ if: 'x', to: 'a' }], otherwise: 'm' } }),
    ],
    ['ROUTER with only a default', behaviour('ROUTER', { router: { routes: [], otherwise: 'a' } })],
    ['MAP of Nexum 0.2', { type: 'MAP', dependencies: ['a'] }],
    ['MAP of handlers', map({ maxParallel: 4 })],
    ['MAP of expressions', behaviour('MAP', { compute: 1, map: { over: 'x', onItemError: 'skip' } })],
    ['MAP of children', behaviour('MAP', { child: { workflowId: 'w' }, map: { over: 'x', onItemError: 'collect' } })],
    ['REDUCE', { type: 'REDUCE', mapNodeId: 'm' }],
    ['REDUCE that computes', behaviour('REDUCE', { compute: '${{ 1 }}' }, { mapNodeId: 'm' })],
    ['COMPUTE of any JSON', behaviour('COMPUTE', { compute: null })],
    ['HUMAN_APPROVAL of Nexum 0.2', { type: 'HUMAN_APPROVAL' }],
    [
      'HUMAN_APPROVAL with a form',
      approval({ approvers: ['me'], timeoutMs: 1, form: { n: { type: 'integer', enum: [1] } } }),
    ],
    ['TIMER of Nexum 0.2', { type: 'TIMER', delay_seconds: 0 }],
    ['TIMER that waits for a signal', behaviour('TIMER', { wait: { signal: 'go', timeoutMs: 1000 } })],
    ['TIMER until a time', behaviour('TIMER', { wait: { until: '${{ inputs.at }}' } })],
    ['SUBWORKFLOW of Nexum 0.2', { type: 'SUBWORKFLOW', subWorkflowId: 'child' }],
    ['SUBWORKFLOW whose child the worker names', { type: 'SUBWORKFLOW' }],
    [
      'SUBWORKFLOW that the engine starts',
      behaviour('SUBWORKFLOW', { child: { workflowId: 'w', versionHash: 'v', with: {} } }),
    ],
    [
      'EFFECT with everything that a node may say',
      behaviour(
        'EFFECT',
        {
          agent: { instructions: 'i', tools: [], maxSteps: 8 },
          prompt: 'p',
          env: { A: '1' },
          conditions: { a: 'failed' },
          join: 'any',
          heartbeatTimeoutMs: 1000,
          queue: 'gpu',
          labels: { team: 'x' },
          continueOnError: true,
          secrets: ['KEY'],
          outputSchema: {},
        },
        { dependencies: ['a'] },
      ),
    ],
    ['EFFECT with a key that nobody here knows', behaviour('EFFECT', { later: { a: 1 } }, { foreign: [] })],
  ])('%s', (_what, node) => {
    expect(nodeProblems(node)).toEqual([]);
  });

  it('with null for what it does not have, as SDKs write it, and the engine sees it as absent', () => {
    const n = {
      type: 'COMPUTE',
      dependencies: null,
      routes: null,
      mapNodeId: null,
      subWorkflowId: null,
      inputFn: null,
    };
    const { ir, problems } = parseIr(JSON.stringify({ nodes: { n: { ...n, delay_seconds: null, 'x-nexum': null } } }));
    expect(problems).toEqual([]);
    expect(ir?.nodes).toEqual({ n: { type: 'COMPUTE', dependencies: [] } });
  });
});

describe('a node is refused', () => {
  it.each<[string, object, string]>([
    ['a ROUTER without routes', { type: 'ROUTER' }, 'node n is a ROUTER without routes'],
    ['a ROUTER with an empty list', { type: 'ROUTER', routes: [] }, 'node n is a ROUTER without routes'],
    ['routes that are no list', { type: 'ROUTER', routes: {} }, 'routes of node n is not a list'],
    ['a route without a target', { type: 'ROUTER', routes: [{}] }, 'routes[0].target of node n is not a text'],
    ['a route to nobody', { type: 'ROUTER', routes: [{ target: 'x' }] }, 'node n routes to the unknown node x'],
    [
      'a condition that is no text',
      { type: 'ROUTER', routes: [{ condition: 1, target: 'a' }] },
      'routes[0].condition of node n is not a text',
    ],
    ['a router without routes', behaviour('ROUTER', { router: {} }), 'router.routes of node n is not a list'],
    [
      'a router to nobody',
      behaviour('ROUTER', { router: { routes: [{ if: 'x', to: 'y' }] } }),
      'node n routes to the unknown node y',
    ],
    [
      'a default to nobody',
      behaviour('ROUTER', { router: { routes: [], otherwise: 'y' } }),
      'node n routes to the unknown node y',
    ],
    [
      'an `if` that is no text',
      behaviour('ROUTER', { router: { routes: [{ if: true, to: 'a' }] } }),
      'router.routes[0].if of node n is not an expression',
    ],
    ['a fold of nobody', { type: 'REDUCE', mapNodeId: 'x' }, 'mapNodeId of node n is the unknown node x'],
    ['a fold of no MAP', { type: 'REDUCE', mapNodeId: 'a' }, 'mapNodeId of node n is a, which is no MAP'],
    [
      'a map without a list',
      behaviour('MAP', { map: { onItemError: 'fail' } }),
      'map.over of node n is not an expression',
    ],
    [
      'a map of no items at once',
      map({ maxParallel: 0 }),
      'map.maxParallel of node n must be a whole number from 1 on',
    ],
    ['half an item at once', map({ maxParallel: 1.5 }), 'map.maxParallel of node n must be a whole number from 1 on'],
    [
      'an unknown onItemError',
      map({ onItemError: 'stop' }),
      'map.onItemError of node n must be one of fail, skip, collect',
    ],
    [
      'an unknown onTimeout',
      approval({ onTimeout: 'wait' }),
      'approval.onTimeout of node n must be one of fail, approve, reject',
    ],
    ['no onReject', approval({ onReject: undefined }), 'approval.onReject of node n must be one of fail, continue'],
    ['a deadline of nothing', approval({ timeoutMs: 0 }), 'approval.timeoutMs of node n is not a positive number'],
    ['one approver', approval({ approvers: 'me' }), 'approval.approvers of node n is not a list'],
    ['a form of texts', approval({ form: { n: 'integer' } }), 'approval.form.n of node n is not an object'],
    [
      'a form field of no type',
      approval({ form: { n: {} } }),
      'approval.form.n.type of node n must be one of string, number, integer, boolean, array, object',
    ],
    ['a TIMER that says no time', { type: 'TIMER' }, 'node n is a TIMER without delay_seconds or wait'],
    ['a delay before now', { type: 'TIMER', delay_seconds: -1 }, 'delay_seconds of node n must be a number from 0 on'],
    ['a delay in words', { type: 'TIMER', delay_seconds: '3' }, 'delay_seconds of node n must be a number from 0 on'],
    [
      'a wait for nothing',
      behaviour('TIMER', { wait: {} }),
      'wait of node n must have exactly one of durationMs, duration, until, signal',
    ],
    [
      'a wait for two things',
      behaviour('TIMER', { wait: { until: 'x', durationMs: 1 } }),
      'wait of node n must have exactly one of durationMs, duration, until, signal',
    ],
    [
      'a timeout without a signal',
      behaviour('TIMER', { wait: { durationMs: 1, timeoutMs: 1 } }),
      'wait.timeoutMs of node n needs a signal',
    ],
    ['a child without a name', behaviour('SUBWORKFLOW', { child: {} }), 'child.workflowId of node n is not a name'],
    [
      'two kinds at once',
      behaviour('MAP', { compute: 1, child: { workflowId: 'w' }, map: { over: 'x', onItemError: 'fail' } }),
      'node n has compute and child; a node can be only one of them',
    ],
    [
      'compute in an EFFECT',
      behaviour('EFFECT', { compute: 1 }),
      'node n is of type EFFECT; compute needs COMPUTE, REDUCE, MAP',
    ],
    [
      'a router in a COMPUTE',
      behaviour('COMPUTE', { router: { routes: [] } }),
      'node n is of type COMPUTE; router needs ROUTER',
    ],
    [
      'an approval in an EFFECT',
      behaviour('EFFECT', { approval: { onTimeout: 'fail', onReject: 'fail' } }),
      'node n is of type EFFECT; approval needs HUMAN_APPROVAL',
    ],
    [
      'a wait in an EFFECT',
      behaviour('EFFECT', { wait: { durationMs: 1 } }),
      'node n is of type EFFECT; wait needs TIMER',
    ],
    [
      'a child in an EFFECT',
      behaviour('EFFECT', { child: { workflowId: 'w' } }),
      'node n is of type EFFECT; child needs SUBWORKFLOW, MAP',
    ],
    [
      'a map in an EFFECT',
      behaviour('EFFECT', { map: { over: 'x', onItemError: 'fail' } }),
      'node n is of type EFFECT; map needs MAP',
    ],
    [
      'what to compute for items that nobody gives',
      behaviour('MAP', { compute: 1 }),
      'node n has compute for its items, but no map',
    ],
    [
      'a condition for somebody else',
      behaviour('EFFECT', { conditions: { a: 'failed' } }),
      'node n has a condition for a, on which it does not depend',
    ],
    [
      'an unknown condition',
      behaviour('EFFECT', { conditions: { a: 'done' } }, { dependencies: ['a'] }),
      'conditions.a of node n must be one of succeeded, failed, completed, succeeded_or_skipped',
    ],
    ['an unknown join', behaviour('EFFECT', { join: 'some' }), 'join of node n must be one of all, any, all_required'],
    ['a queue without a name', behaviour('EFFECT', { queue: '' }), 'queue of node n is not a name'],
    ['a label of a number', behaviour('EFFECT', { labels: { a: 1 } }), 'labels.a of node n is not a text'],
    ['secrets with values', behaviour('EFFECT', { secrets: { KEY: 'x' } }), 'secrets of node n is not a list'],
    [
      'a heartbeat faster than any worker',
      behaviour('EFFECT', { heartbeatTimeoutMs: 999 }),
      'heartbeatTimeoutMs of node n must be a number from 1000 on',
    ],
    [
      'a yes in words',
      behaviour('EFFECT', { continueOnError: 'yes' }),
      'continueOnError of node n must be true or false',
    ],
    [
      'an agent without instructions',
      behaviour('EFFECT', { agent: { tools: [], maxSteps: 1 } }),
      'agent.instructions of node n is not a text',
    ],
    [
      'an agent of an unknown kind',
      behaviour('EFFECT', { agent: { ...AGENT, kind: 'magic' } }),
      'agent.kind of node n must be one of tool_calling, code',
    ],
    [
      'a check of two words',
      behaviour('EFFECT', { agent: { ...AGENT, finalAnswerChecks: [{ minLength: 1, regex: 'a' }] } }),
      'agent.finalAnswerChecks[0] of node n must have exactly one of minLength, regex, jsonSchema, citationsExist',
    ],
    [
      'an agent to ask without a description',
      behaviour('EFFECT', { agent: { ...AGENT, agents: [{ ...AGENT, name: 'a' }] } }),
      'agent.agents[0].description of node n is not a name',
    ],
    [
      'an agent to ask with a name that models cannot call',
      behaviour('EFFECT', { agent: { ...AGENT, agents: [{ ...AGENT, name: 'a b', description: 'd' }] } }),
      'agent.agents[0].name of node n is not a name of a tool',
    ],
    [
      'two agents to ask of one name',
      behaviour('EFFECT', { agent: { ...AGENT, agents: [asked(), asked()] } }),
      'agent.agents of node n has two agents of one name',
    ],
    [
      'agents four deep',
      behaviour('EFFECT', { agent: { ...AGENT, agents: [asked([asked([asked()])])] } }),
      'agent.agents[0].agents[0].agents of node n is more than 3 agents deep',
    ],
    [
      'an unknown answer to divergence',
      behaviour('EFFECT', { agent: { ...AGENT, onDivergence: 'ignore' } }),
      'agent.onDivergence of node n must be one of fail, truncate',
    ],
    ['`with` as a list', behaviour('EFFECT', { with: [] }), 'with of node n is not an object'],
  ])('%s', (_what, node, problem) => {
    expect(nodeProblems(node)).toEqual([problem]);
  });

  it('when a router leads to what it waits for', () => {
    const nodes = {
      start: { type: 'COMPUTE' },
      router: { type: 'ROUTER', dependencies: ['start'], routes: [{ target: 'start' }] },
    };
    expect(problemsOf({ nodes })).toEqual(['the nodes start -> router -> start form a cycle']);
    const decided = { ...nodes.router, routes: undefined, 'x-nexum': { router: { routes: [], otherwise: 'start' } } };
    expect(problemsOf({ nodes: { ...nodes, router: decided } })).toEqual([
      'the nodes start -> router -> start form a cycle',
    ]);
  });

  it('when a map waits for its own fold', () => {
    const nodes = { m: { type: 'MAP', dependencies: ['r'] }, r: { type: 'REDUCE', mapNodeId: 'm' } };
    expect(problemsOf({ nodes })).toEqual(['the nodes m -> r -> m form a cycle']);
  });

  it('with its cycle and all its other problems in one answer', () => {
    const nodes = {
      a: { type: 'EFFECT', dependencies: ['b', 'nowhere'] },
      b: { type: 'EFFECT', dependencies: ['a'] },
      c: { type: 'TIMER' },
    };
    expect(problemsOf({ nodes, pipeline: { priority: 101 } })).toEqual([
      'node a depends on the unknown node nowhere',
      'node c is a TIMER without delay_seconds or wait',
      'priority of the pipeline must be a whole number from -100 to 100',
      'the nodes a -> b -> a form a cycle',
    ]);
  });

  it('with names cut to a line, so that a hostile document cannot make an endless answer', () => {
    const [problem = ''] = nodeProblems({ dependencies: ['x'.repeat(100_000)] });
    expect(problem).toMatch(/^node n depends on the unknown node x{80}\.\.\.$/);
  });
});

describe('a document is refused', () => {
  const chain = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, { type: 'EFFECT' }]));

  it('with more than 100,000 nodes, and accepted with so many', () => {
    expect(problemsOf({ nodes: chain(100_000) })).toEqual([]);
    expect(problemsOf({ nodes: chain(100_001) })).toEqual(['the workflow has 100001 nodes, and may have 100000']);
  });

  it('with values that would not come back as they were', () => {
    const withValue = (value: string): string => `{"nodes":{"a":{"type":"EFFECT","x-nexum":{"with":{"v":${value}}}}}}`;
    expect(parseIr(withValue('1e400')).problems).toEqual(['ir_json has a number that is too large']);
    expect(parseIr(withValue('['.repeat(300) + ']'.repeat(300))).problems).toEqual([
      'ir_json is nested deeper than 256',
    ]);
    expect(parseIr(withValue('['.repeat(200) + ']'.repeat(200))).problems).toEqual([]);
  });
});

describe('the pipeline key', () => {
  const pipelineProblems = (pipeline: object): string[] => problemsOf({ pipeline, nodes: { a: { type: 'EFFECT' } } });
  const schedule = { name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Berlin', overlap: 'skip', catchUp: 'last' };

  it('may say everything that belongs to no node', () => {
    expect(
      pipelineProblems({
        name: 'p',
        inputs: { q: { type: 'string', required: true, description: 'd', enum: ['a'] } },
        output: null,
        concurrency: { key: 'x', limit: 1, onConflict: 'queue' },
        priority: -100,
        retentionMs: 86_400_000,
        schedules: [schedule, { ...schedule, name: 'weekly', with: { q: 'a' } }],
      }),
    ).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['inputs as a list', { inputs: [] }, 'inputs of the pipeline is not an object'],
    [
      'an input without a type',
      { inputs: { q: {} } },
      'inputs.q.type of the pipeline must be one of string, number, integer, boolean, array, object',
    ],
    [
      'an input that is perhaps required',
      { inputs: { q: { type: 'string', required: 1 } } },
      'inputs.q.required of the pipeline must be true or false',
    ],
    [
      'an input without any value',
      { inputs: { q: { type: 'string', enum: [] } } },
      'inputs.q.enum of the pipeline must be a list of values',
    ],
    [
      'a limit of none',
      { concurrency: { key: 'x', limit: 0, onConflict: 'queue' } },
      'concurrency.limit of the pipeline must be a whole number from 1 on',
    ],
    [
      'an unknown conflict rule',
      { concurrency: { key: 'x', limit: 1, onConflict: 'wait' } },
      'concurrency.onConflict of the pipeline must be one of queue, cancel_running, reject',
    ],
    ['half a priority', { priority: 0.5 }, 'priority of the pipeline must be a whole number from -100 to 100'],
    ['retention of nothing', { retentionMs: 0 }, 'retentionMs of the pipeline is not a positive number'],
    ['one schedule', { schedules: schedule }, 'schedules of the pipeline is not a list'],
    [
      'a schedule without a time zone',
      { schedules: [{ ...schedule, timezone: undefined }] },
      'schedules[0].timezone of the pipeline is not a name',
    ],
    [
      'an unknown overlap',
      { schedules: [{ ...schedule, overlap: 'run' }] },
      'schedules[0].overlap of the pipeline must be one of skip, queue, cancel_running',
    ],
    [
      'two schedules of one name',
      { schedules: [schedule, schedule] },
      'two schedules of the pipeline have the name nightly',
    ],
  ])('is refused with %s', (_what, pipeline, problem) => {
    expect(pipelineProblems(pipeline)).toEqual([problem]);
  });
});
