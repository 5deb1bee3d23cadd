/** Clients of Nexum 0.2 against this server, unmodified: they know only their own contract. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startServer, temporaryFolder, until, type NexumProcess } from '../support/processes.js';
import { OldClient, oldWorkflow, type OldTask, type OldWorkflow } from '../support/wire-client.js';

const status = { INVALID_ARGUMENT: 3, NOT_FOUND: 5, FAILED_PRECONDITION: 9, ABORTED: 10 } as const;
const DIAMOND = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] };
const MEGABYTES = 8 * 1024 * 1024;
/** The lease that the server gives to old clients, which cannot ask for one: short, so that a zombie is soon made. */
const LEASE_MS = 3000;

const folder = temporaryFolder();
let port: number;
let server: NexumProcess;
let client: OldClient;
let count = 0;

beforeAll(async () => {
  port = await freePort();
  server = await startServer({ dataDir: folder.path, port, leaseMs: LEASE_MS });
  client = new OldClient(`localhost:${port}`);
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

/** A registered workflow of its own, so that no test takes the tasks of another. */
async function register(graph: Readonly<Record<string, readonly string[]>>): Promise<OldWorkflow> {
  count += 1;
  const workflow = oldWorkflow(`old-${count}`, graph);
  await client.call('RegisterWorkflow', workflow);
  return workflow;
}

async function started(
  graph: Readonly<Record<string, readonly string[]>>,
): Promise<{ workflow: OldWorkflow; id: string; task: OldTask }> {
  const workflow = await register(graph);
  const id = await client.start(workflow);
  return { workflow, id, task: await client.poll(workflow) };
}

describe('a client of Nexum 0.2', () => {
  it('runs a diamond of EFFECT nodes to its end: direct dependencies only, keys as in Nexum 0.2', async () => {
    const workflow = oldWorkflow('diamond', DIAMOND);
    expect(await client.call('RegisterWorkflow', workflow)).toMatchObject({ ok: true, compatibility: 'NEW' });
    expect(await client.call('RegisterWorkflow', workflow)).toMatchObject({ ok: true, compatibility: 'IDENTICAL' });
    const id = await client.start(workflow, { n: 1 });
    expect(id).toMatch(/^exec-[0-9a-f-]{36}$/);
    expect(await client.status(id)).toEqual({ status: 'RUNNING', nodes: {} });

    const seen: Record<string, unknown> = {};
    for (let turn = 0; turn < 4; turn += 1) {
      const task = await client.poll(workflow);
      expect(task).toMatchObject({ has_task: true, execution_id: id, node_type: 'EFFECT' });
      expect(task.task_id).toMatch(/^task-/);
      expect(task.idempotency_key).toBe(`${id}:${task.node_id}:${workflow.version_hash}`);
      seen[task.node_id] = JSON.parse(task.input_json);
      await client.complete(task, { from: task.node_id });
    }

    expect(seen).toEqual({
      a: { input: { n: 1 }, deps: {} },
      b: { input: { n: 1 }, deps: { a: { from: 'a' } } },
      c: { input: { n: 1 }, deps: { a: { from: 'a' } } },
      d: { input: { n: 1 }, deps: { b: { from: 'b' }, c: { from: 'c' } } },
    });
    const nodes = { a: { from: 'a' }, b: { from: 'b' }, c: { from: 'c' }, d: { from: 'd' } };
    expect(await client.status(id)).toEqual({ status: 'COMPLETED', nodes });
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });
  });

  it('keeps a text a text, even one that looks like JSON, and reads no file that a payload names', async () => {
    const { workflow, id, task } = await started({ a: [], b: ['a'] });
    const output = { text: '{"a":1}', path: '/etc/passwd', number: '12' };
    await client.complete(task, output);
    const next = await client.poll(workflow);
    expect(JSON.parse(next.input_json)).toEqual({ input: {}, deps: { a: output } });
    expect((await client.status(id)).nodes).toEqual({ a: output });
  });

  it('lists executions and versions', async () => {
    const { workflow, id, task } = await started({ a: [] });
    const second = await client.start(workflow);
    const { workflow_id, version_hash } = workflow;
    const list = (request: object): Promise<{ executions: object[] }> =>
      client.call('ListExecutions', { workflow_id, ...request });
    expect((await list({})).executions).toMatchObject([
      { execution_id: second, status: 'RUNNING' },
      {
        execution_id: id,
        workflow_id,
        version_hash,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
      },
    ]);
    expect((await list({ limit: 1 })).executions).toHaveLength(1);
    await client.complete(task, 1);
    expect((await list({ status: 'COMPLETED' })).executions).toMatchObject([{ execution_id: id }]);
    expect((await list({ status: 'RUNNING' })).executions).toMatchObject([{ execution_id: second }]);
    const { versions } = await client.call<{ versions: object[] }>('ListWorkflowVersions', { workflow_id });
    expect(versions).toMatchObject([{ workflow_id, version_hash, active_executions: 1, compatibility: 'NEW' }]);
  });

  it('cancels once and for ever: a finished execution is refused, a cancelled one takes no result', async () => {
    const { workflow, id, task } = await started({ a: [], b: ['a'] });
    expect(await client.call('CancelExecution', { execution_id: id })).toMatchObject({ ok: true });
    expect((await client.refusal('CompleteTask', { task_id: task.task_id, output_json: '1' })).code).toBe(
      status.FAILED_PRECONDITION,
    );
    expect(await client.status(id)).toEqual({ status: 'CANCELLED', nodes: {} });
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });

    const done = await started({ a: [] });
    await client.complete(done.task, 1);
    expect((await client.refusal('CancelExecution', { execution_id: done.id })).code).toBe(status.FAILED_PRECONDITION);
    expect((await client.status(done.id)).status).toBe('COMPLETED');
  });

  it('is fenced without knowing it: a zombie that completes late is refused and changes nothing', async () => {
    const { workflow, id, task: zombie } = await started({ a: [], b: ['a'] });
    const next = await until(async () => {
      const task = await client.poll(workflow, 'another');
      return task.has_task ? task : undefined;
    }, 'the lease of the zombie runs out');
    expect(next.task_id).not.toBe(zombie.task_id);
    expect(next.idempotency_key).toBe(zombie.idempotency_key);

    expect((await client.refusal('CompleteTask', { task_id: zombie.task_id, output_json: '"late"' })).code).toBe(
      status.FAILED_PRECONDITION,
    );
    expect((await client.refusal('FailTask', { task_id: zombie.task_id, error_message: 'late' })).code).toBe(
      status.FAILED_PRECONDITION,
    );
    expect(await client.status(id)).toEqual({ status: 'RUNNING', nodes: {} });
    await client.complete(next, 'in time');
    expect((await client.refusal('CompleteTask', { task_id: zombie.task_id, output_json: '"late"' })).code).toBe(
      status.FAILED_PRECONDITION,
    );
    expect((await client.status(id)).nodes).toEqual({ a: 'in time' });
  });

  it('may repeat a completion; another result is ABORTED, a late failure puts nothing back', async () => {
    const { workflow, id, task } = await started({ a: [], b: ['a'] });
    const request = { task_id: task.task_id, output_json: '{"x":1}' };
    expect(await client.call('CompleteTask', request)).toMatchObject({ ok: true });
    expect(await client.call('CompleteTask', request)).toMatchObject({ ok: true });
    expect((await client.refusal('CompleteTask', { ...request, output_json: '{"x":2}' })).code).toBe(status.ABORTED);
    expect((await client.refusal('FailTask', { task_id: task.task_id, error_message: 'late' })).code).toBe(
      status.FAILED_PRECONDITION,
    );
    expect(await client.status(id)).toEqual({ status: 'RUNNING', nodes: { a: { x: 1 } } });

    const next = await client.poll(workflow);
    expect(next.node_id).toBe('b');
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });
    await client.complete(next, 2);
    expect(await client.call('CompleteTask', request)).toMatchObject({ ok: true });
    expect((await client.refusal('CompleteTask', { ...request, output_json: '3' })).code).toBe(status.ABORTED);
    expect(await client.status(id)).toEqual({ status: 'COMPLETED', nodes: { a: { x: 1 }, b: 2 } });
  });

  it('gets a failed task again, and the error when the attempts are used up', async () => {
    const { workflow, id, task } = await started({ a: [] });
    let failed = task;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await client.call('FailTask', { task_id: failed.task_id, error_message: `no ${attempt}` });
      if (attempt === 3) break;
      failed = await until(async () => {
        const again = await client.poll(workflow);
        return again.has_task ? again : undefined;
      }, 'the retry');
      expect(failed.idempotency_key).toBe(task.idempotency_key);
    }
    expect((await client.status(id)).status).toBe('FAILED');
    expect(await client.poll(workflow)).toMatchObject({ has_task: false });
  });

  it('never shares a task with another poller', async () => {
    const workflow = await register({ a: [], b: [], c: [] });
    await client.start(workflow);
    const tasks = await Promise.all(Array.from({ length: 8 }, (_, index) => client.poll(workflow, `poller-${index}`)));
    const taken = tasks.filter((task) => task.has_task).map((task) => task.node_id);
    expect(taken.sort()).toEqual(['a', 'b', 'c']);
  });

  it('is told everything that is wrong with a workflow, and nothing of it is stored', async () => {
    const broken = oldWorkflow('broken', { a: ['b'], b: ['a'], c: ['nowhere'], d: ['elsewhere'] });
    const refused = await client.refusal('RegisterWorkflow', broken);
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    expect(refused.details).toContain('nowhere');
    expect(refused.details).toContain('elsewhere');
    const cycle = await client.refusal('RegisterWorkflow', oldWorkflow('cycle', { a: ['c'], b: ['a'], c: ['b'] }));
    expect(cycle.code).toBe(status.INVALID_ARGUMENT);
    expect(cycle.details).toMatch(/cycle/i);
    expect((await client.refusal('RegisterWorkflow', oldWorkflow('empty', {}))).code).toBe(status.INVALID_ARGUMENT);
    for (const workflow_id of ['broken', 'cycle', 'empty']) {
      expect(await client.call('ListWorkflowVersions', { workflow_id })).toEqual({ versions: [] });
    }
  });

  it('leaves no row when it starts an unknown workflow', async () => {
    const unknown = { workflow_id: 'unknown', version_hash: 'sha256:0', input_json: '{}' };
    expect((await client.refusal('StartExecution', unknown)).code).toBe(status.NOT_FOUND);
    expect(await client.call('ListExecutions', { workflow_id: 'unknown' })).toEqual({ executions: [] });
    expect((await client.refusal('GetStatus', { execution_id: 'exec-0' })).code).toBe(status.NOT_FOUND);
  });

  it('cannot approve or reject a running EFFECT node', async () => {
    const { id, task } = await started({ a: [] });
    const request = { execution_id: id, node_id: 'a', approver: 'me', comment: '', reason: '' };
    expect((await client.refusal('ApproveTask', request)).code).toBe(status.FAILED_PRECONDITION);
    expect((await client.refusal('RejectTask', request)).code).toBe(status.FAILED_PRECONDITION);
    expect(await client.call('GetPendingApprovals', {})).toEqual({ items: [] });
    await client.complete(task, 1);
    expect((await client.status(id)).status).toBe('COMPLETED');
  });

  it('sends and gets payloads of many megabytes', async () => {
    const { workflow, id, task } = await started({ a: [], b: ['a'] });
    const text = 'x'.repeat(MEGABYTES);
    await client.complete(task, { text });
    const next = await client.poll(workflow);
    expect((JSON.parse(next.input_json) as { deps: { a: { text: string } } }).deps.a.text).toHaveLength(MEGABYTES);
    await client.complete(next, 'seen');
    const { status: end, nodes } = await client.status(id);
    expect(end).toBe('COMPLETED');
    expect((nodes['a'] as { text: string }).text).toHaveLength(MEGABYTES);
  });

  it.each(['127.0.0.1', '[::1]', 'localhost'])('finds the server at %s', async (host) => {
    const other = new OldClient(`${host}:${port}`);
    try {
      expect(await other.call('GetPendingApprovals', {})).toEqual({ items: [] });
    } finally {
      other.close();
    }
  });
});
