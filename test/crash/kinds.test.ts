/**
 * The nodes that the engine runs itself, killed half way: server and workers die by SIGKILL while a map fans out, a timer
 * runs and a child is under way. What was committed is there once, and nothing committed runs again.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { NexumClient } from '../../src/rpc/client.js';
import { freePort, spawnWorker, startServer, temporaryFolder, until, type NexumProcess } from '../support/processes.js';

const HANDLERS = fileURLToPath(new URL('log-handlers.js', import.meta.url));
const ITEMS = 400;
const LEASE_MS = 1000;
const PATIENCE_MS = 120_000;

interface LogLine {
  readonly executionId: string;
  readonly node: string;
  readonly key: string;
  readonly atMs: number;
}

function linesOf(log: string): LogLine[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as LogLine);
}

async function register(client: NexumClient, log: string): Promise<void> {
  // Processes die all the time here: that says nothing against what was under way.
  const retry = { maxAttempts: 3, maxLost: 30, initialIntervalMs: 0, multiplier: 1, maxIntervalMs: 0, jitter: 0 };
  const count = { handler: 'log.count', with: { log, pause: 10 }, retry: { ...retry, nonRetryable: [] } };
  const versions = {
    child: {
      a: { type: 'EFFECT', dependencies: [], 'x-nexum': count },
      b: { type: 'EFFECT', dependencies: ['a'], 'x-nexum': count },
    },
    parent: {
      each: {
        type: 'MAP',
        dependencies: [],
        'x-nexum': { ...count, map: { over: 'inputs.list', onItemError: 'fail' } },
      },
      pause: { type: 'TIMER', dependencies: [], delay_seconds: 1 },
      call: { type: 'SUBWORKFLOW', dependencies: ['pause'], 'x-nexum': { child: { workflowId: 'child' } } },
      choose: {
        type: 'ROUTER',
        dependencies: ['each'],
        'x-nexum': { router: { routes: [{ if: `len(nodes.each.output) == ${ITEMS}`, to: 'all' }], otherwise: 'some' } },
      },
      all: {
        type: 'COMPUTE',
        dependencies: ['choose', 'call'],
        'x-nexum': { compute: '${{ nodes.call.output.sum }}' },
      },
      some: { type: 'COMPUTE', dependencies: ['choose'], 'x-nexum': { compute: 0 } },
    },
  };
  for (const [workflowId, nodes] of Object.entries(versions)) {
    const inputs = workflowId === 'parent' ? { list: { type: 'array' } } : {};
    const irJson = JSON.stringify({ pipeline: { name: workflowId, inputs }, nodes });
    await client.call('RegisterWorkflow', { workflowId, versionHash: `${workflowId}-1`, irJson });
  }
}

it(
  'a map, a timer, a child and a router survive the SIGKILL of servers and workers',
  async () => {
    const folder = temporaryFolder();
    const log = join(folder.path, 'log.jsonl');
    const port = await freePort();
    const processes: NexumProcess[] = [];
    onTestFinished(async () => {
      await Promise.all(processes.map((process) => process.end()));
      folder.remove();
    });
    const serve = async (): Promise<NexumProcess> => {
      const server = await startServer({ dataDir: join(folder.path, 'data'), port, leaseMs: LEASE_MS });
      processes.push(server);
      return server;
    };
    const work = (): NexumProcess => {
      const worker = spawnWorker({ port, leaseMs: LEASE_MS, handlers: HANDLERS, concurrency: 8 });
      processes.push(worker);
      return worker;
    };
    const ran = (): number => linesOf(log).length;
    const reaches = (count: number): Promise<unknown> =>
      until(() => (ran() >= count ? true : undefined), `${count} calls of handlers`, { deadlineMs: PATIENCE_MS });

    let server = await serve();
    const client = new NexumClient(`127.0.0.1:${port}`);
    onTestFinished(() => client.close());
    await register(client, log);
    const list = Array.from({ length: ITEMS }, (_, index) => index);
    const input = { workflowId: 'parent', versionHash: '', inputJson: JSON.stringify({ list }) };
    const { executionId } = await client.call('StartExecution', input);
    let worker = work();
    for (const step of [1, 2, 3]) {
      await reaches(step * 80);
      server.kill();
      await server.waitForExit();
      server = await serve();
      await reaches(step * 80 + 40);
      worker.kill();
      await worker.waitForExit();
      worker = work();
    }
    const detail = await until(
      async () => {
        const now = await client.call('GetExecution', { executionId }, { waitForReady: true });
        return now.summary?.status === 'RUNNING' ? undefined : now;
      },
      'the end of the execution',
      { deadlineMs: PATIENCE_MS, everyMs: 100 },
    );
    expect(detail.summary).toMatchObject({ status: 'COMPLETED', errorMessage: '' });
    await judge(client, executionId, linesOf(log));
  },
  PATIENCE_MS,
);

async function judge(client: NexumClient, executionId: string, lines: readonly LogLine[]): Promise<void> {
  const detail = await client.call('GetExecution', { executionId });
  const nodeOf = (id: string): (typeof detail.nodes)[number] | undefined =>
    detail.nodes.find((node) => node.nodeId === id);
  expect(nodeOf('each')?.items).toMatchObject({ total: ITEMS, completed: ITEMS, failed: 0, open: 0 });
  expect(JSON.parse(nodeOf('each')?.outputJson ?? '[]')).toEqual(Array(ITEMS).fill({ node: 'each', sum: 1 }));
  expect(nodeOf('some')?.status).toBe('SKIPPED');
  expect(nodeOf('all')?.outputJson).toBe('2');
  const child = nodeOf('call')?.childExecutionId ?? '';
  const children = await client.call('ListExecutions', { workflowId: 'child', limit: 10 });
  expect(children.executions.map((one) => one.executionId)).toEqual([child]);

  for (const id of [executionId, child]) {
    const committed = new Map<string, number>();
    const leased = new Map<string, number>();
    for (let afterSeq = 0; ;) {
      const { events } = await client.call('ListEvents', { executionId: id, afterSeq, limit: 1000 });
      if (events.length === 0) break;
      afterSeq = events.at(-1)?.seq ?? afterSeq;
      for (const event of events) {
        const { item } = JSON.parse(event.dataJson) as { item?: number };
        const key = `${event.nodeId}${item === undefined ? '' : `__${item}`}`;
        if (event.kind === 'node_leased') leased.set(key, (leased.get(key) ?? 0) + 1);
        if (event.kind !== 'node_completed') continue;
        expect(committed.has(key), `${key} was committed twice`).toBe(false);
        committed.set(key, event.atMs);
      }
    }
    for (const { executionId: of, key, atMs } of lines) {
      if (of !== id) continue;
      const name = key.split(':')[1] ?? '';
      expect(atMs, `${name} ran after its commit`).toBeLessThanOrEqual(committed.get(name) ?? 0);
    }
    for (const [key, attempts] of leased) {
      const runs = lines.filter((line) => line.executionId === id && line.key.split(':')[1] === key).length;
      expect(runs, `${key} ran more often than it was leased`).toBeLessThanOrEqual(attempts);
      expect(runs).toBeGreaterThanOrEqual(1);
    }
  }
}
