/**
 * The budget of an execution survives the SIGKILL of its worker and of its server: the limit pauses before the same model
 * call, the provider is asked as often, and it costs the same to the last digit.
 */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { totalUsage } from '../../src/core/usage.js';
import { NexumClient } from '../../src/rpc/client.js';
import type { ExecutionDetail__Output } from '../../src/rpc/generated/nexum/ExecutionDetail.js';
import { ANSWER, INPUT, limitedAgent } from '../support/limited-agent.js';
import { freePort, spawnWorker, startServer, temporaryFolder, until, type NexumProcess } from '../support/processes.js';

/** Beyond it a busy machine takes leases from those who live; here a death is noticed by its connection. */
const LEASE_MS = 6000;
const CENTS = 10_000_000;

it('costs survive the SIGKILL of worker and server, and the limit pauses before the same model call', async () => {
  const folder = temporaryFolder();
  const { file, provider, env } = await limitedAgent(folder.path, '{ max_cost_usd: 0.04 }');
  const port = await freePort();
  const client = new NexumClient(`127.0.0.1:${port}`);
  const processes: NexumProcess[] = [];
  onTestFinished(async () => {
    client.close();
    await Promise.all(processes.map((process) => process.end()));
    await provider.stop();
    folder.remove();
  });
  const serve = async (): Promise<NexumProcess> => {
    const server = await startServer({ dataDir: join(folder.path, 'data'), port, leaseMs: LEASE_MS });
    processes.push(server);
    return server;
  };
  const work = (failpoint = ''): NexumProcess => {
    const options = { port, leaseMs: LEASE_MS, pipelines: [file] };
    const worker = spawnWorker({ ...options, env: { ...env, NEXUM_FAILPOINT: failpoint } });
    processes.push(worker);
    return worker;
  };

  let server = await serve();
  // Its second model call is committed, and nobody has been told what it cost.
  const first = work('call.committed@4');
  await first.waitForEvent('ready');
  const { executionId } = await client.call('StartExecution', {
    workflowId: 'limited',
    versionHash: '',
    inputJson: JSON.stringify(INPUT),
    idempotencyKey: 'one',
  });
  const look = (status: string): Promise<ExecutionDetail__Output> =>
    until(async () => {
      const detail = await client.call('GetExecution', { executionId }, { waitForReady: true });
      return detail.summary?.status === status ? detail : undefined;
    }, status);
  expect((await first.waitForExit()).signal).toBe('SIGKILL');
  expect(provider.asked).toHaveLength(2);
  await server.end('SIGKILL');
  server = await serve();

  const second = work();
  const paused = await look('PAUSED');
  expect(paused.limits).toMatchObject({ pausedBy: 'max_cost_usd', costNanoUsd: 4 * CENTS, tokens: 240 });
  expect(totalOf(paused)).toMatchObject({ calls: 2, costNanoUsd: 4 * CENTS });
  const outcomes = paused.nodes.find(({ nodeId }) => nodeId === 'research')?.attempts.map(({ outcome }) => outcome);
  expect([outcomes?.[0], outcomes?.at(-1)]).toEqual(['LOST', 'RELEASED']);
  expect(outcomes).not.toContain('FAILED');
  expect(provider.asked).toHaveLength(2);

  // Paused is paused, whoever dies.
  await server.end('SIGKILL');
  await second.end('SIGKILL');
  await serve();
  work();
  await client.call('ResumeExecution', { executionId }, { waitForReady: true });
  const done = await look('COMPLETED');
  expect(done.outputJson).toBe(JSON.stringify(`Report: ${ANSWER}`));
  expect(totalOf(done)).toMatchObject({ calls: 3, inputTokens: 300, outputTokens: 60, costNanoUsd: 6 * CENTS });
  expect(provider.asked).toHaveLength(3);
  expect(new Set(provider.asked.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
}, 120_000);

function totalOf({ usage }: ExecutionDetail__Output): ReturnType<typeof totalUsage> {
  return totalUsage(Object.fromEntries(usage.map(({ model, ...used }) => [model, used])));
}
