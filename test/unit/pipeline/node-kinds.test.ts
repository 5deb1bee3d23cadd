/** What each kind of node becomes in the IR. */
import { describe, expect, it } from 'vitest';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { DEFAULT_RETRY, type IrNode } from '../../../src/core/ir.js';
import { compilePipeline, type CompiledPipeline } from '../../../src/pipeline/compile.js';
import { formatIssue } from '../../../src/pipeline/issue.js';

function compiled(text: string): CompiledPipeline {
  const result = compilePipeline(text, 'p.yaml');
  expect(result.issues.filter((issue) => issue.severity === 'error').map(formatIssue)).toEqual([]);
  const pipeline = result.compiled!;
  // The core refuses what it does not understand.
  buildWorkflow(pipeline.workflowId, pipeline.versionHash, pipeline.irJson);
  return pipeline;
}

/** The node `a`, beside `b` and the map `m`. */
function node(keys: string): IrNode {
  const text = `name: p
inputs: { list: { type: array }, q: { type: string } }
agents: { writer: { instructions: i, model: m/w } }
nodes:
  a: { ${keys} }
  b: { uses: y }
  m: { map: { over: inputs.list, node: { uses: y } } }
`;
  return compiled(text).ir.nodes['a']!;
}

describe('compute', () => {
  it('is a template of any JSON, without handler and retry', () => {
    expect(node("needs: b, compute: { n: '${{ len(nodes.b.output) }}', one: [1, null] }")).toEqual({
      type: 'COMPUTE',
      dependencies: ['b'],
      'x-nexum': { compute: { n: '${{ len(nodes.b.output) }}', one: [1, null] } },
    });
    expect(node('compute: null')['x-nexum']).toEqual({ compute: null });
  });

  it('gets nothing from defaults that only workers follow', () => {
    const { ir } = compiled(
      'name: p\ndefaults: { timeout: 5m, retry: { max_attempts: 9 } }\nnodes: { a: { compute: 1 } }\n',
    );
    expect(ir.nodes['a']!['x-nexum']).toEqual({ compute: 1 });
  });
});

describe('route', () => {
  const ROUTED = `name: p
nodes:
  classify: { uses: x }
  choose: { needs: classify, route: [{ if: "\${{ nodes.classify.output == 'bug' }}", to: fix }, { if: true, to: ask }, { default: done }] }
  fix: { needs: [other], uses: x }
  ask: { uses: x, with: { to: "\${{ nodes.choose.output.routed_to }}" } }
  done: { uses: x }
  other: { uses: x }
`;

  it('is decided by conditions in order, then by the default', () => {
    expect(compiled(ROUTED).ir.nodes['choose']).toEqual({
      type: 'ROUTER',
      dependencies: ['classify'],
      routes: [
        { condition: "nodes.classify.output == 'bug'", target: 'fix' },
        { condition: 'true', target: 'ask' },
        { condition: 'true', target: 'done' },
      ],
      'x-nexum': {
        router: {
          routes: [
            { if: "nodes.classify.output == 'bug'", to: 'fix' },
            { if: 'true', to: 'ask' },
          ],
          otherwise: 'done',
        },
      },
    });
  });

  it('becomes a dependency of its targets, beside their own', () => {
    const { nodes } = compiled(ROUTED).ir;
    expect(nodes['fix']!.dependencies).toEqual(['other', 'choose']);
    expect(nodes['done']!.dependencies).toEqual(['choose']);
  });

  it('is no forgotten dependency of a target that reads it', () => {
    expect(compilePipeline(ROUTED, 'p.yaml').issues).toEqual([]);
  });
});

describe('map', () => {
  it('carries the list and, in the same place as of any node, what is done with an item', () => {
    const keys = `map: { over: "\${{ inputs.list }}", max_parallel: 4, on_item_error: collect, node: {
      uses: x, with: { v: "\${{ item.v }}", n: "\${{ index }}" }, retry: { max_attempts: 7 }, timeout: 5s, queue: gpu,
      env: { N: "\${{ index }}" }, secrets: [TOKEN], heartbeat_timeout: 1m, output: { type: object } } }`;
    expect(node(keys)).toEqual({
      type: 'MAP',
      dependencies: [],
      'x-nexum': {
        map: { over: 'inputs.list', maxParallel: 4, onItemError: 'collect' },
        handler: 'x',
        with: { v: '${{ item.v }}', n: '${{ index }}' },
        retry: { ...DEFAULT_RETRY, maxAttempts: 7 },
        timeoutMs: 5000,
        heartbeatTimeoutMs: 60_000,
        queue: 'gpu',
        env: { N: '${{ index }}' },
        secrets: ['TOKEN'],
        outputSchema: { type: 'object' },
      },
    });
  });

  it('fails with its first failed item, unless something else is said', () => {
    expect(node('map: { over: inputs.list, node: { compute: 1 } }')['x-nexum']).toEqual({
      map: { over: 'inputs.list', onItemError: 'fail' },
      compute: 1,
    });
  });

  it('runs agents and child pipelines as well', () => {
    const agent = node('map: { over: inputs.list, node: { agent: writer, prompt: "${{ item }}" } }')['x-nexum']!;
    expect(agent).toMatchObject({ handler: 'agent', prompt: '${{ item }}', agent: { name: 'writer', model: 'm/w' } });
    const child = node('map: { over: inputs.list, node: { pipeline: { name: c, with: { v: "${{ item }}" } } } }');
    expect(child['x-nexum']).toEqual({
      map: { over: 'inputs.list', onItemError: 'fail' },
      child: { workflowId: 'c', with: { v: '${{ item }}' } },
    });
  });

  it('waits for the nodes that its list and its items read', () => {
    expect(node('map: { over: nodes.b.output, node: { compute: "${{ nodes.m.output }}" } }').dependencies).toEqual([
      'b',
      'm',
    ]);
  });
});

describe('reduce', () => {
  it('needs its map, which it reads without a warning', () => {
    const text = `name: p
nodes:
  m: { map: { over: "fromJSON('[1]')", node: { compute: "\${{ item }}" } } }
  r: { reduce: { of: m, uses: join, with: { parts: "\${{ nodes.m.output }}" } }, timeout: 3s }
`;
    expect(compilePipeline(text, 'p.yaml').issues).toEqual([]);
    expect(compiled(text).ir.nodes['r']).toEqual({
      type: 'REDUCE',
      dependencies: ['m'],
      mapNodeId: 'm',
      'x-nexum': {
        handler: 'join',
        with: { parts: '${{ nodes.m.output }}' },
        retry: DEFAULT_RETRY,
        timeoutMs: 3000,
      },
    });
  });

  it('is computed by the server when it is an expression', () => {
    expect(node('reduce: { of: m, compute: "${{ sum(nodes.m.output) }}" }')).toEqual({
      type: 'REDUCE',
      dependencies: ['m'],
      mapNodeId: 'm',
      'x-nexum': { compute: '${{ sum(nodes.m.output) }}' },
    });
  });
});

describe('approval', () => {
  it('carries whom to ask, for what, and what silence and a rejection mean', () => {
    const keys = `approval: { message: "Publish \${{ inputs.q }}?", approvers: [ada, bob, ada], timeout: 2d, on_timeout: reject,
      on_reject: continue, form: { note: { type: string, required: true } } }`;
    expect(node(keys)).toEqual({
      type: 'HUMAN_APPROVAL',
      dependencies: [],
      'x-nexum': {
        approval: {
          message: 'Publish ${{ inputs.q }}?',
          approvers: ['ada', 'bob'],
          form: { note: { type: 'string', required: true } },
          timeoutMs: 172_800_000,
          onTimeout: 'reject',
          onReject: 'continue',
        },
      },
    });
  });

  it('fails on both, unless something else is said', () => {
    expect(node('approval: {}')['x-nexum']).toEqual({ approval: { onTimeout: 'fail', onReject: 'fail' } });
  });
});

describe('wait', () => {
  it('of a known duration tells it to clients of Nexum too', () => {
    expect(node('wait: 1500ms')).toEqual({
      type: 'TIMER',
      dependencies: [],
      delay_seconds: 1.5,
      'x-nexum': { wait: { durationMs: 1500 } },
    });
  });

  it.each([
    ['wait: "${{ inputs.q }}"', { duration: '${{ inputs.q }}' }],
    ['wait: { until: "${{ inputs.q }}" }', { until: '${{ inputs.q }}' }],
    ['wait: { until: 2030-01-31T09:00:00Z }', { until: '2030-01-31T09:00:00Z' }],
    ['wait: { until: 2030-01-31 }', { until: '2030-01-31' }],
    ['wait: { until: 1900000000000 }', { until: '1900000000000' }],
    ['wait: { signal: go }', { signal: 'go' }],
    ['wait: { signal: go, timeout: 2h }', { signal: 'go', timeoutMs: 7_200_000 }],
  ])('reads `%s`', (keys, wait) => {
    expect(node(keys)).toEqual({ type: 'TIMER', dependencies: [], 'x-nexum': { wait } });
  });
});

describe('pipeline', () => {
  it('names a registered pipeline, the newest version unless one is given', () => {
    expect(node('pipeline: { name: c, with: { v: 1 } }')).toEqual({
      type: 'SUBWORKFLOW',
      dependencies: [],
      subWorkflowId: 'c',
      'x-nexum': { child: { workflowId: 'c', with: { v: 1 } } },
    });
    expect(node('pipeline: { name: c, version: "sha256:1" }')['x-nexum']).toEqual({
      child: { workflowId: 'c', versionHash: 'sha256:1' },
    });
  });
});

describe('every node', () => {
  it('may say how what it needs must end; `succeeded` is nothing to write', () => {
    const { dependencies, 'x-nexum': behaviour } = node('needs: { b: failed, m: succeeded }, compute: 1');
    expect(dependencies).toEqual(['b', 'm']);
    expect(behaviour).toEqual({ compute: 1, conditions: { b: 'failed' } });
  });

  it('may have a join, labels and a failure that the execution survives', () => {
    const keys = 'needs: [b, m], join: any, labels: { team: red }, continue_on_error: true, compute: 1';
    expect(node(keys)['x-nexum']).toEqual({
      compute: 1,
      join: 'any',
      labels: { team: 'red' },
      continueOnError: true,
    });
    expect(node('continue_on_error: false, compute: 1')['x-nexum']).toEqual({ compute: 1 });
  });

  it('that a worker runs may have a queue, a heartbeat and secrets', () => {
    const keys = 'uses: x, queue: gpu, heartbeat_timeout: 10s, secrets: [A, A], with: { t: "${{ secrets.A }}" }';
    expect(node(keys)['x-nexum']).toEqual({
      handler: 'x',
      with: { t: '${{ secrets.A }}' },
      retry: DEFAULT_RETRY,
      heartbeatTimeoutMs: 10_000,
      queue: 'gpu',
      secrets: ['A'],
    });
  });
});

describe('the pipeline', () => {
  it('carries concurrency, priority, retention and schedules, with their defaults written out', () => {
    const text = `name: p
inputs: { q: { type: string, default: x } }
concurrency: { key: "\${{ inputs.q }}" }
priority: -5
retention: 3650d
schedule:
  - { cron: "0 9 * * 1" }
  - { cron: "0 0 9 * * 1", timezone: Europe/Berlin, overlap: queue, catch_up: all, name: weekly, with: { q: y } }
nodes: { a: { uses: x } }
`;
    expect(compiled(text).ir.pipeline).toEqual({
      name: 'p',
      inputs: { q: { type: 'string', default: 'x' } },
      concurrency: { key: '${{ inputs.q }}', limit: 1, onConflict: 'queue' },
      priority: -5,
      retentionMs: 3650 * 86_400_000,
      schedules: [
        { name: 'schedule-1', cron: '0 9 * * 1', timezone: 'UTC', overlap: 'skip', catchUp: 'last' },
        {
          name: 'weekly',
          cron: '0 0 9 * * 1',
          timezone: 'Europe/Berlin',
          overlap: 'queue',
          catchUp: 'all',
          with: { q: 'y' },
        },
      ],
    });
  });

  it('hands schedules to the checker of the caller', () => {
    const asked: string[][] = [];
    const text = 'name: p\nschedule: [{ cron: "0 9 * * 1", timezone: Asia/Tokyo }]\nnodes: { a: { uses: x } }\n';
    const { issues } = compilePipeline(text, 'p.yaml', {
      checkSchedule: (cron, timezone) => {
        asked.push([cron, timezone]);
        return 'Mondays are closed';
      },
    });
    expect(asked).toEqual([['0 9 * * 1', 'Asia/Tokyo']]);
    expect(issues).toMatchObject([{ code: 'BAD_VALUE', message: 'Mondays are closed', path: 'schedule[0].cron' }]);
  });
});
