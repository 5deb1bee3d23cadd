import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import type { JsonObject } from '../../../src/core/ir.js';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { compilePipeline, type CompiledPipeline } from '../../../src/pipeline/compile.js';
import { KindsRig } from '../../support/node-kinds.js';
import { history } from './fixture-rig.js';

const RETRY = 'retry: { max_attempts: 2, initial_interval: 0ms }';

const MIXED = `
name: mixed
inputs: { list: { type: array, default: [1, 2, 3] } }
nodes:
  a: { uses: h }
  b: { uses: h, ${RETRY} }
  pick: { needs: [a, b], route: [{ if: "\${{ nodes.a.output == 'a' }}", to: left }, { default: right }] }
  left: { uses: h }
  right: { uses: h }
  each: { needs: [left], map: { over: "\${{ inputs.list }}", max_parallel: 2, node: { uses: h, ${RETRY} } } }
  sum: { needs: [each], reduce: { of: each, compute: "\${{ len(nodes.each.output) }}" } }
  ask: { needs: [sum], approval: { message: Go? } }
  pause: { needs: [ask], wait: 1ms }
  broken: { needs: [pause], uses: h, continue_on_error: true, retry: { max_attempts: 1 } }
  last: { needs: [broken], uses: h }
`;

/** Two drafts, a fan-out whose join is partly conditional, an any-join, and a limit in between. */
function graph(scheduling: string): string {
  return `
name: talk
graph:
  entry: writer
  task: write
  scheduling: ${scheduling}
  max_turns: 4
  stop_when: { text_mention: STOP }
  edges:
    - { from: writer, to: left }
    - { from: writer, to: right }
    - { from: left, to: reviewer }
    - { from: right, to: reviewer }
    - { from: left, to: bell, activation_group: first, activation_condition: any }
    - { from: right, to: bell, activation_group: first, activation_condition: any }
    - { from: reviewer, to: writer, when: { equals: reviewer#1 }, activation_group: back }
    - { from: reviewer, to: last, when: { matches: '#2$' } }
    - { from: last, to: end, activation_group: both }
    - { from: bell, to: end, when: { contains: nothing }, activation_group: both }
nodes:
  writer: { uses: h }
  left: { uses: h }
  right: { compute: "\${{ nodes.writer.output }}" }
  reviewer: { uses: h }
  bell: { compute: ring }
  last: { uses: h }
  end: { uses: h }
`;
}

const LOOP = `
name: again
nodes:
  rounds:
    loop:
      max_iterations: 3
      until: "\${{ nodes.check.output == 'check#2' }}"
      nodes:
        draft: { uses: h }
        check: { needs: [draft], uses: h }
        odd: { needs: [draft], if: "\${{ iteration == 1 }}", compute: 1 }
  last: { needs: [rounds], uses: h }
`;

const PARENT = `
name: parent
nodes:
  one: { pipeline: { file: child.yaml } }
  two: { needs: [one], compute: "\${{ nodes.one.output }}" }
  bad: { needs: [two], pipeline: { file: failing.yaml } }
`;
const CHILD = 'name: child\nnodes: { work: { uses: h }, more: { needs: [work], uses: h } }';
const FAILING = 'name: failing\nnodes: { broken: { uses: h, retry: { max_attempts: 1 } } }';

function compile(text: string, files: Readonly<Record<string, string>> = {}): CompiledPipeline {
  const { compiled, issues } = compilePipeline(text, 'p.yaml', { readFile: (file) => files[file] });
  if (!compiled) throw new Error(issues.map(({ message }) => message).join('\n'));
  return compiled;
}

/** What happened, without ids and times. */
function story(events: readonly ExecutionEvent[]): string[] {
  return events.map((event) => {
    const node = 'node' in event ? ` ${event.node}` : '';
    const item = 'item' in event && event.item !== undefined ? `[${event.item}]` : '';
    const iteration = 'iteration' in event && event.iteration > 1 ? `#${event.iteration}` : '';
    return `${event.kind}${node}${iteration}${item}`;
  });
}

type Done = Readonly<{ node: string; iteration: number }>;

/** One worker that completes every task with the name of its node, and fails `broken` and each first attempt of `b`. */
function work(rig: KindsRig, outputOf = ({ node }: Done): string => node): void {
  const worker = rig.rig.worker();
  let done = 0;
  const serve = (): void => {
    const fresh = worker.tasks.slice(done);
    done = worker.tasks.length;
    const fails = ({ node, attempt }: (typeof fresh)[number]): boolean =>
      node === 'broken' || (node === 'b' && attempt === 1);
    worker.send({
      credits: fresh.length,
      completions: fresh
        .filter((task) => !fails(task))
        .map((task) => ({ taskId: task.taskId, outputJson: JSON.stringify(outputOf(task)) })),
      failures: fresh
        .filter(fails)
        .map(({ taskId }) => ({ taskId, code: 'HANDLER_FAILED', message: 'boom', retryable: true })),
    });
    void worker.until(({ tasks }) => tasks.length > done).then(serve);
  };
  void worker.until(({ tasks }) => tasks.length > 0).then(serve);
  worker.send({ credits: 64 });
}

async function register(rig: KindsRig, { workflowId, versionHash, irJson, children }: CompiledPipeline): Promise<void> {
  for (const child of children) await register(rig, child);
  await rig.engine.call('registerWorkflow', { workflowId, versionHash, irJson });
}

function simulate(compiled: CompiledPipeline, nodes: JsonObject, resume: readonly JsonObject[] = []): string[] {
  const [workflow, ...children] = [compiled, ...compiled.children].map(({ workflowId, versionHash, irJson }) =>
    buildWorkflow(workflowId, versionHash, irJson),
  );
  if (!workflow) throw new Error('no workflow');
  return story(history(workflow, nodes, { resume }, children));
}

describe('a simulation and a real engine', () => {
  it('agree on every event of a pipeline with tasks, retries, routes, maps, approvals, timers and failures', async () => {
    const compiled = compile(MIXED);
    const rig = await KindsRig.open();
    await register(rig, compiled);
    work(rig);
    const { executionId } = await rig.engine.call('start', {
      workflowId: 'mixed',
      versionHash: '',
      inputJson: '{"list":[1,2,3]}',
    });
    const watch = rig.watch(executionId);
    await watch.until(({ events }) => events.some((event) => event.kind === 'node_waiting' && event.node === 'ask'));
    await rig.engine.call('approve', { executionId, node: 'ask', approver: 'ann', comment: '' });
    await watch.until(({ ended }) => ended);

    const by = (node: string): JsonObject => ({ output: node });
    const simulated = simulate(compiled, {
      a: by('a'),
      b: [{ error: 'boom' }, by('b')],
      left: by('left'),
      each: by('each'),
      ask: { approve: 'ann' },
      broken: { error: 'boom' },
      last: by('last'),
    });
    expect(simulated.at(-1)).toBe('execution_completed');
    expect(story(watch.events)).toEqual(simulated);
  });

  it('agree on every event of a pipeline whose children complete and fail', async () => {
    const compiled = compile(PARENT, { 'child.yaml': CHILD, 'failing.yaml': FAILING });
    const rig = await KindsRig.open();
    await register(rig, compiled);
    work(rig);
    const executionId = await rig.start({}, 'parent');
    const watch = rig.watch(executionId);
    await watch.until(({ ended }) => ended);

    const simulated = simulate(compiled, {
      one: { nodes: { work: { output: 'work' }, more: { output: 'more' } } },
      bad: { nodes: { broken: { error: 'boom' } } },
    });
    expect(simulated.at(-1)).toBe('execution_failed bad');
    expect(story(watch.events)).toEqual(simulated);
  });

  const numbered = ({ node, iteration }: Done): string => `${node}#${iteration}`;
  const twice = (node: string): JsonObject => ({
    iterations: [1, 2].map((iteration) => ({ output: `${node}#${iteration}` })),
  });

  it.each(['eager', 'barrier'])('agree on every event of a graph: %s', async (scheduling) => {
    const compiled = compile(graph(scheduling));
    const rig = await KindsRig.open();
    await register(rig, compiled);
    work(rig, numbered);
    const executionId = await rig.start({}, 'talk');
    const watch = rig.watch(executionId);
    const pauses = (): number => watch.events.filter(({ kind }) => kind === 'execution_paused').length;
    await watch.until(() => pauses() === 1);
    await rig.engine.call('resume', { executionId, message: 'go on' });
    await watch.until(({ ended }) => ended || pauses() === 2);
    if (pauses() === 2) await rig.engine.call('resume', { executionId });
    await watch.until(({ ended }) => ended);

    const nodes = {
      writer: twice('writer'),
      left: twice('left'),
      reviewer: twice('reviewer'),
      last: { output: 'last#1' },
    };
    const simulated = simulate(compiled, nodes, [{ message: 'go on' }, {}]);
    expect(simulated.at(-1)).toBe('execution_completed');
    expect(story(watch.events)).toEqual(simulated);
  });

  it('agree on every event of a loop', async () => {
    const compiled = compile(LOOP);
    const rig = await KindsRig.open();
    await register(rig, compiled);
    work(rig, numbered);
    const watch = rig.watch(await rig.start({}, 'again'));
    await watch.until(({ ended }) => ended);

    const simulated = simulate(compiled, { draft: twice('draft'), check: twice('check'), last: { output: 'last#1' } });
    expect(simulated.at(-1)).toBe('execution_completed');
    expect(story(watch.events)).toEqual(simulated);
  });
});
