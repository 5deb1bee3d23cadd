/** Several servers on one PostgreSQL are one server with several doors: whatever goes in at one comes out at any other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { NexumClient } from '../../src/rpc/client.js';
import type { PollResponse__Output } from '../../src/rpc/generated/nexum/PollResponse.js';
import { Cluster } from '../support/cluster.js';
import { runCli } from '../support/cli.js';
import { createDatabase, describePostgres, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/processes.js';

const GATE_HANDLERS = fileURLToPath(new URL('./worker-handlers.js', import.meta.url));
const A = 0;
const B = 1;

describePostgres('two servers on one database', () => {
  let database: TestDatabase;
  let cluster: Cluster;
  let a: NexumClient;
  let b: NexumClient;

  beforeEach(async () => {
    database = await createDatabase();
    cluster = await Cluster.open({ database, servers: 2, leaseMs: 4000 });
    a = cluster.client(A);
    b = cluster.client(B);
  });

  afterEach(async () => {
    await cluster.close();
    await database.drop();
  });

  async function start(client: NexumClient, workflowId: string): Promise<string> {
    return (await client.call('StartExecution', { workflowId, versionHash: '', inputJson: '{}' })).executionId;
  }

  /** One task of a worker that exists only in this test. */
  async function poll(client: NexumClient, workflowId: string): Promise<PollResponse__Output> {
    const { versions } = await client.call('ListWorkflowVersions', { workflowId });
    const versionHash = versions[0]?.versionHash ?? '';
    return until(async () => {
      const task = await client.call('PollTask', { workerId: 'somebody', versionHash });
      return task.hasTask ? task : undefined;
    }, 'a task');
  }

  it('a workflow registered at one is started, and its key known, at the other', async () => {
    await cluster.register(a, 'one', { n: { handler: 'nobody' } });
    const request = { workflowId: 'one', versionHash: '', inputJson: '{}', idempotencyKey: 'k' };
    const [first, second] = await Promise.all([a.call('StartExecution', request), b.call('StartExecution', request)]);
    expect(second.executionId).toBe(first.executionId);
    expect((await b.call('ListExecutions', {})).executions).toHaveLength(1);
    await cluster.register(b, 'two', { n: { handler: 'nobody' } });
    const other = a.call('StartExecution', { ...request, workflowId: 'two' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('a task leased through one is completed through the other, which refuses a second result', async () => {
    await cluster.register(a, 'one', { n: { handler: 'nobody' } });
    const id = await start(a, 'one');
    const { taskId } = await poll(a, 'one');
    await b.call('CompleteTask', { taskId, outputJson: '"done"' });
    const again = await a.call('CompleteTask', { taskId, outputJson: '"done"' });
    expect(again.alreadyApplied).toBe(true);
    await expect(a.call('CompleteTask', { taskId, outputJson: '"other"' })).rejects.toMatchObject({
      code: 'RESULT_CONFLICT',
    });
    expect((await a.call('GetExecution', { executionId: id })).summary?.status).toBe('COMPLETED');
  });

  it('a watch at one sees what is committed through the other, up to the end', async () => {
    await cluster.register(a, 'two', { n: { handler: 'nobody' }, m: { handler: 'nobody', needs: ['n'] } });
    const id = await start(b, 'two');
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of a.watch(id, { signal: AbortSignal.timeout(20_000) })) seen.push(event.kind);
    })();
    await until(() => (seen.length > 0 ? true : undefined), 'the watch begins');
    for (let count = 0; count < 2; count += 1) {
      const { taskId } = await poll(b, 'two');
      await b.call('CompleteTask', { taskId, outputJson: '1' });
    }
    await watching;
    expect(seen).toEqual([
      'execution_started',
      ...['node_leased', 'node_completed', 'node_leased', 'node_completed'],
      'execution_completed',
    ]);
  });

  it('an execution goes on when the server of its worker is killed in the middle of a node', async () => {
    await cluster.register(a, 'gated', {
      n: { handler: 'test.gate', with: { gate: cluster.path('gate') } },
      m: { handler: 'test.gate', needs: ['n'], with: { gate: cluster.path('gate') } },
    });
    const worker = await cluster.startWorker({ handlers: GATE_HANDLERS });
    const id = await start(a, 'gated');
    await worker.waitForEvent('taken', { node: 'n' });
    const attachedTo = worker.events('connection').at(-1)?.['detail'];
    const own = [A, B].find((server) => cluster.address(server) === attachedTo);
    expect(own).toBeDefined();
    await cluster.servers[own ?? A]?.end('SIGKILL');
    cluster.openGate('gate');
    const history = await cluster.ended(own === A ? b : a, id);
    expect(history.at(-1)?.kind).toBe('execution_completed');
    // Its lease was longer than the way to the other server: the worker kept what it had begun.
    expect(history.filter(({ kind }) => kind === 'node_leased').map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(worker.events('dropped')).toEqual([]);
  });

  it('a cancel through one stops the handler of a worker at the other', async () => {
    await cluster.register(a, 'gated', { n: { handler: 'test.gate', with: { gate: cluster.path('never') } } });
    const worker = await cluster.startWorker({ handlers: GATE_HANDLERS, server: cluster.address(B) });
    const id = await start(a, 'gated');
    await worker.waitForEvent('taken', { node: 'n' });
    await a.call('CancelExecution', { executionId: id });
    await worker.waitForEvent('dropped', { node: 'n' });
    expect((await b.call('GetExecution', { executionId: id })).summary?.status).toBe('CANCELLED');
  });

  describe('the commands', () => {
    it.each(['get', 'events', 'ps'])('%s shows the same through either', async (verb) => {
      await cluster.register(a, 'one', { n: { handler: 'log.count' } });
      await cluster.startWorker({ server: cluster.address(B) });
      const id = await start(a, 'one');
      await cluster.ended(a, id);
      const args = [verb, verb === 'ps' ? '--all' : id, '--json'];
      const [one, two] = await Promise.all(
        [A, B].map((server) => runCli([...args, '--server', cluster.address(server)], { cwd: cluster.path('.') })),
      );
      expect(one).toMatchObject({ code: 0, stderr: '' });
      expect(one?.stdout).toContain(id);
      expect(two?.stdout).toBe(one?.stdout);
    });
  });
});
