/** What the wire adds to Nexum 0.2 for those who control executions, against a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RETRY } from '../../src/core/ir.js';
import { NexumClient } from '../../src/rpc/client.js';
import type { PollResponse__Output } from '../../src/rpc/generated/nexum/PollResponse.js';
import { freePort, startServer, temporaryFolder, type NexumProcess } from '../support/processes.js';

const folder = temporaryFolder();
let server: NexumProcess;
let client: NexumClient;
let count = 0;

beforeAll(async () => {
  const port = await freePort();
  server = await startServer({ dataDir: folder.path, port });
  client = new NexumClient(`127.0.0.1:${port}`);
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

const once = { retry: { ...DEFAULT_RETRY, maxAttempts: 1 } };
const CHAIN = {
  a: { type: 'EFFECT', dependencies: [] },
  b: { type: 'EFFECT', dependencies: ['a'], 'x-nexum': once },
};

async function start(
  nodes: Readonly<Record<string, object>>,
  request: { labels?: Record<string, string>; priority?: number; hasPriority?: boolean } = {},
): Promise<{ workflowId: string; versionHash: string; executionId: string }> {
  count += 1;
  const workflowId = `control-${count}`;
  const versionHash = `v-${count}`;
  await client.call('RegisterWorkflow', { workflowId, versionHash, irJson: JSON.stringify({ nodes }) });
  const { executionId } = await client.call('StartExecution', {
    workflowId,
    versionHash,
    inputJson: '{"n":1}',
    ...request,
  });
  return { workflowId, versionHash, executionId };
}

async function poll(versionHash: string): Promise<PollResponse__Output> {
  const task = await client.call('PollTask', { workerId: 'w', versionHash, waitMs: 20_000 });
  expect(task.hasTask).toBe(true);
  return task;
}

async function complete(versionHash: string, output: unknown): Promise<PollResponse__Output> {
  const task = await poll(versionHash);
  await client.call('CompleteTask', { taskId: task.taskId, outputJson: JSON.stringify(output) });
  return task;
}

async function failedChain(): Promise<{ versionHash: string; executionId: string }> {
  const { versionHash, executionId } = await start(CHAIN);
  await complete(versionHash, 'kept');
  const { taskId } = await poll(versionHash);
  await client.call('FailTask', { taskId, errorMessage: 'no' });
  return { versionHash, executionId };
}

async function kinds(executionId: string): Promise<string[]> {
  const seen: string[] = [];
  for await (const { kind } of client.watch(executionId)) seen.push(kind);
  return seen;
}

describe('RetryExecution', () => {
  it('goes on from the failed node, and a watch from the beginning goes past the end before it', async () => {
    const { versionHash, executionId } = await failedChain();
    expect((await kinds(executionId)).at(-1)).toBe('execution_failed');
    expect(await client.call('RetryExecution', { executionId })).toMatchObject({ ok: true });
    const watched = kinds(executionId);
    expect(await complete(versionHash, 'now')).toMatchObject({ nodeId: 'b' });
    const seen = await watched;
    expect(seen).toContain('execution_failed');
    expect(seen).toContain('execution_retried');
    expect(seen.at(-1)).toBe('execution_completed');
    const refused = client.call('RetryExecution', { executionId });
    await expect(refused).rejects.toMatchObject({ code: 'EXECUTION_CLOSED' });
  });
});

describe('RerunExecution', () => {
  it('keeps what lies upstream of the node, and links both executions', async () => {
    const { versionHash, executionId } = await failedChain();
    const again = { executionId, fromNode: 'b', inputJson: '{"n":2}', idempotencyKey: 'again' };
    const { executionId: rerun } = await client.call('RerunExecution', again);
    expect(await client.call('RerunExecution', again)).toEqual({ executionId: rerun, alreadyApplied: true });
    const task = await complete(versionHash, 'b');
    expect(task).toMatchObject({ executionId: rerun, nodeId: 'b' });
    expect(JSON.parse(task.inputJson)).toEqual({ input: { n: 2 }, deps: { a: 'kept' } });
    expect((await client.getExecution(rerun)).summary).toMatchObject({ status: 'COMPLETED', rerunOf: executionId });
    expect((await client.getExecution(executionId)).reruns).toEqual([rerun]);
  });
});

describe('SignalExecution', () => {
  it('is what a node waits for, and its payload is the output of the node', async () => {
    const { executionId } = await start({
      paid: { type: 'TIMER', dependencies: [], 'x-nexum': { wait: { signal: 'payment' } } },
    });
    const [node] = (await client.getExecution(executionId)).nodes;
    expect(node).toMatchObject({ status: 'WAITING', nodeType: 'TIMER', waitsFor: 'signal', dueAtMs: 0 });
    const signal = { executionId, name: 'payment', payloadJson: '{"euros":3}' };
    expect(await client.call('SignalExecution', signal)).toMatchObject({ ok: true });
    expect((await kinds(executionId)).at(-1)).toBe('execution_completed');
    expect((await client.getExecution(executionId)).nodes[0]?.outputJson).toBe('{"euros":3}');
  });
});

describe('labels and priority of a start', () => {
  it('are shown, and labels are found', async () => {
    const labels = { team: 'red', kind: 'test' };
    const { executionId } = await start(CHAIN, { labels, priority: -5, hasPriority: true });
    const found = async (wanted: Record<string, string>): Promise<unknown> =>
      (await client.call('ListExecutions', { labels: wanted })).executions;
    expect(await found({ team: 'red' })).toMatchObject([{ executionId, labels, priority: -5 }]);
    expect(await found({ team: 'red', kind: 'other' })).toEqual([]);
  });
});

describe('CompareVersions', () => {
  it('compares a version with an IR that nobody registered', async () => {
    const { workflowId, versionHash } = await start(CHAIN);
    const toIrJson = JSON.stringify({ nodes: { a: CHAIN.a } });
    const compared = await client.call('CompareVersions', { workflowId, fromVersion: versionHash, toIrJson });
    expect(compared).toMatchObject({ compatibility: 'BREAKING', fromVersion: versionHash, activeExecutions: 1 });
    expect(compared.changes).toContainEqual({ breaking: true, nodeId: 'b', text: 'node b: was removed' });
  });
});

describe('PurgeExecutions', () => {
  it('counts with dry_run, then deletes; what still runs stays', async () => {
    const { workflowId, executionId } = await start(CHAIN);
    const old = { workflowId, finishedBeforeMs: Date.now() + 3_600_000 };
    expect(await client.call('PurgeExecutions', old)).toMatchObject({ purged: 0 });
    await client.call('CancelExecution', { executionId });
    expect(await client.call('PurgeExecutions', { ...old, dryRun: true })).toMatchObject({ purged: 1 });
    expect((await client.getExecution(executionId)).summary?.status).toBe('CANCELLED');
    expect(await client.call('PurgeExecutions', old)).toMatchObject({ purged: 1 });
    await expect(client.getExecution(executionId)).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
  });
});
