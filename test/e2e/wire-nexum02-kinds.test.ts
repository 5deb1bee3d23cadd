/** Every node type of Nexum 0.2, run by a client of Nexum 0.2 that polls: what it knows of them is all it needs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/ir.js';
import { freePort, startServer, temporaryFolder, until, type NexumProcess } from '../support/processes.js';
import { OldClient, oldWorkflowOf, type OldTask, type OldWorkflow } from '../support/wire-client.js';

const FAILED_PRECONDITION = 9;

const folder = temporaryFolder();
let server: NexumProcess;
let client: OldClient;
let count = 0;

beforeAll(async () => {
  const port = await freePort();
  server = await startServer({ dataDir: folder.path, port });
  client = new OldClient(`localhost:${port}`);
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

/** A registered workflow of its own, so that no test takes the tasks of another. */
async function register(nodes: Readonly<Record<string, object>>): Promise<OldWorkflow> {
  count += 1;
  const workflow = oldWorkflowOf(`kinds-${count}`, nodes);
  await client.call('RegisterWorkflow', workflow);
  return workflow;
}

async function start(
  nodes: Readonly<Record<string, object>>,
  input: unknown = {},
): Promise<{ workflow: OldWorkflow; id: string }> {
  const workflow = await register(nodes);
  return { workflow, id: await client.start(workflow, input) };
}

/** What is ready now, by node. */
async function pollAll(workflow: OldWorkflow): Promise<Record<string, OldTask>> {
  const tasks: Record<string, OldTask> = {};
  for (;;) {
    const task = await client.poll(workflow);
    if (!task.has_task) return tasks;
    tasks[task.node_id] = task;
  }
}

/** For what the server does by itself, after the answer to a call. */
function polled(workflow: OldWorkflow): Promise<OldTask> {
  return until(async () => {
    const task = await client.poll(workflow);
    return task.has_task ? task : undefined;
  }, 'a task is ready');
}

function ended(id: string): Promise<{ status: string; nodes: Record<string, unknown> }> {
  return until(async () => {
    const state = await client.status(id);
    return state.status === 'RUNNING' ? undefined : state;
  }, 'the execution ends');
}

describe('a MAP', () => {
  const nodes = {
    each: { type: 'MAP', dependencies: [] },
    fold: { type: 'REDUCE', dependencies: ['each'], mapNodeId: 'each' },
  };

  it('is listed first, then each item is a task of its own, and a REDUCE gets the outputs in order', async () => {
    const { workflow, id } = await start(nodes, { words: 3 });
    const coordinator = await client.poll(workflow);
    expect(coordinator).toMatchObject({ node_id: 'each', node_type: 'MAP', is_map_subtask: false });
    await client.complete(coordinator, ['x', { y: 1 }, '12']);

    const items: OldTask[] = [];
    for (let index = 0; index < 3; index += 1) items.push(await polled(workflow));
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });
    const subtask = { node_id: 'each', node_type: 'MAP_SUBTASK', is_map_subtask: true, map_total: 3 };
    for (const [index, map_item_json] of ['"x"', '{"y":1}', '"12"'].entries()) {
      expect(items[index]).toMatchObject({ ...subtask, map_index: index, map_item_json });
      expect(items[index]?.idempotency_key).toBe(`${id}:each__${index}:${workflow.version_hash}`);
      expect(JSON.parse(items[index]?.input_json ?? '')).toMatchObject({ input: { words: 3 } });
    }
    for (const task of items.toReversed()) await client.complete(task, { of: task.map_index });

    const outputs = [{ of: 0 }, { of: 1 }, { of: 2 }];
    const fold = await polled(workflow);
    expect(fold).toMatchObject({ node_id: 'fold', node_type: 'REDUCE', is_map_subtask: false });
    expect(JSON.parse(fold.input_json)).toEqual({ input: { words: 3 }, deps: { each: outputs } });
    await client.complete(fold, 'folded');
    expect(await ended(id)).toEqual({ status: 'COMPLETED', nodes: { each: outputs, fold: 'folded' } });
  });

  it('hangs when it is empty: here its output is an empty list', async () => {
    const { workflow, id } = await start(nodes);
    await client.complete(await client.poll(workflow), []);
    const fold = await polled(workflow);
    expect(JSON.parse(fold.input_json)).toEqual({ input: {}, deps: { each: [] } });
    await client.complete(fold, 0);
    expect(await ended(id)).toEqual({ status: 'COMPLETED', nodes: { each: [], fold: 0 } });
  });
});

describe('a ROUTER', () => {
  const nodes = {
    slow: { type: 'EFFECT', dependencies: [] },
    route: {
      type: 'ROUTER',
      dependencies: [],
      routes: [
        { condition: 'yes', target: 'a' },
        { condition: 'no', target: 'b' },
      ],
    },
    a: { type: 'COMPUTE', dependencies: ['slow'] },
    b: { type: 'EFFECT', dependencies: [] },
    after_b: { type: 'EFFECT', dependencies: ['b'] },
  };

  it('schedules its target without its other dependencies: here the target waits for them', async () => {
    const { workflow, id } = await start(nodes);
    const { slow, route, ...none } = await pollAll(workflow);
    expect(none).toEqual({});
    expect(route?.node_type).toBe('ROUTER');
    await client.complete(route!, { routed_to: 'a' });
    expect(await pollAll(workflow)).toEqual({});
    await client.complete(slow!, 'seen');
    const { a } = await pollAll(workflow);
    expect(JSON.parse(a!.input_json)).toMatchObject({ deps: { slow: 'seen' } });
    await client.complete(a!, 'done');
    const { status, nodes: outputs } = await ended(id);
    expect(status).toBe('COMPLETED');
    expect(outputs).toEqual({ slow: 'seen', route: { routed_to: 'a' }, a: 'done' });
  });

  it('schedules its target as the wrong type: here the target keeps its own', async () => {
    const { workflow } = await start(nodes);
    const { slow, route } = await pollAll(workflow);
    await client.complete(slow!, 1);
    await client.complete(route!, { routed_to: 'a' });
    const { a, ...none } = await pollAll(workflow);
    expect(none).toEqual({});
    expect(a?.node_type).toBe('COMPUTE');
  });

  it('skips what it did not choose, and everything that only that leads to', async () => {
    const { workflow, id } = await start(nodes);
    const { slow, route } = await pollAll(workflow);
    await client.complete(route!, { routed_to: 'a' });
    await client.complete(slow!, 1);
    await client.complete((await pollAll(workflow))['a']!, 2);
    expect(Object.keys((await ended(id)).nodes).sort()).toEqual(['a', 'route', 'slow']);
  });
});

describe('a SUBWORKFLOW', () => {
  async function family(child: object): Promise<{ id: string; child: OldWorkflow }> {
    const childWorkflow = await register({ work: { type: 'EFFECT', dependencies: [], ...child } });
    const { workflow, id } = await start({
      call: { type: 'SUBWORKFLOW', dependencies: [], subWorkflowId: childWorkflow.workflow_id },
    });
    const task = await client.poll(workflow);
    expect(task).toMatchObject({ node_id: 'call', node_type: 'SUBWORKFLOW' });
    await client.complete(task, { subWorkflowId: childWorkflow.workflow_id, childInput: { n: 1 } });
    return { id, child: childWorkflow };
  }

  it('starts the child that its task names, with that input; the output of the child is its own', async () => {
    const { id, child } = await family({});
    const work = await polled(child);
    expect(work.execution_id).not.toBe(id);
    expect(JSON.parse(work.input_json)).toEqual({ input: { n: 1 }, deps: {} });
    expect(await client.status(id)).toEqual({ status: 'RUNNING', nodes: {} });
    await client.complete(work, { worked: true });
    expect(await ended(id)).toMatchObject({ status: 'COMPLETED', nodes: { call: expect.anything() as unknown } });
    expect(await client.status(work.execution_id)).toEqual({ status: 'COMPLETED', nodes: { work: { worked: true } } });
  });

  it('hangs when its child fails: here it fails, too', async () => {
    const { id, child } = await family({ 'x-nexum': { retry: { ...DEFAULT_RETRY, maxAttempts: 1 } } });
    const work = await polled(child);
    await client.call('FailTask', { task_id: work.task_id, error_message: 'no' });
    expect(await ended(id)).toEqual({ status: 'FAILED', nodes: {} });
    expect((await client.status(work.execution_id)).status).toBe('FAILED');
  });
});

describe('a TIMER', () => {
  it('fires only when a worker polls: here without any worker', async () => {
    const { id } = await start({ nap: { type: 'TIMER', dependencies: [], delay_seconds: 1 } });
    const { status, nodes } = await ended(id);
    expect(status).toBe('COMPLETED');
    expect(nodes['nap']).toMatchObject({ delay_seconds: 1, waited_until: expect.any(String) as string });
  });
});

describe('a HUMAN_APPROVAL', () => {
  interface Item {
    readonly execution_id: string;
  }

  async function pending(id: string): Promise<Item[]> {
    const { items } = await client.call<{ items: Item[] }>('GetPendingApprovals', {});
    return items.filter((item) => item.execution_id === id);
  }

  it('is pending from the moment its dependencies are done, and is approved once, without a form', async () => {
    const { workflow, id } = await start({
      draft: { type: 'EFFECT', dependencies: [] },
      sign: { type: 'HUMAN_APPROVAL', dependencies: ['draft'] },
      publish: { type: 'EFFECT', dependencies: ['sign'] },
    });
    const answer = { execution_id: id, node_id: 'sign', approver: 'me', comment: 'fine' };
    expect((await client.refusal('ApproveTask', answer)).code).toBe(FAILED_PRECONDITION);
    await client.complete(await client.poll(workflow), 'text');
    expect(await pending(id)).toEqual([
      {
        execution_id: id,
        node_id: 'sign',
        workflow_id: workflow.workflow_id,
        started_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      },
    ]);
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });

    expect(await client.call('ApproveTask', answer)).toMatchObject({ ok: true });
    expect(await pending(id)).toEqual([]);
    const late = { execution_id: id, node_id: 'sign', approver: 'you', reason: 'too late' };
    expect((await client.refusal('RejectTask', late)).code).toBe(FAILED_PRECONDITION);
    const publish = await polled(workflow);
    const approval = { approved: true, approver: 'me', comment: 'fine' };
    expect(JSON.parse(publish.input_json)).toMatchObject({ deps: { sign: approval } });
    await client.complete(publish, 'out');
    expect((await ended(id)).nodes).toMatchObject({ sign: approval, publish: 'out' });
  });

  it('that is rejected ends the execution', async () => {
    const { workflow, id } = await start({
      sign: { type: 'HUMAN_APPROVAL', dependencies: [] },
      publish: { type: 'EFFECT', dependencies: ['sign'] },
    });
    const answer = { execution_id: id, node_id: 'sign', approver: 'me', reason: 'too long' };
    expect(await client.call('RejectTask', answer)).toMatchObject({ ok: true });
    expect(await client.status(id)).toEqual({ status: 'FAILED', nodes: {} });
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });
    expect(await pending(id)).toEqual([]);
  });
});
