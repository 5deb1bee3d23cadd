/**
 * One command line, several servers, real processes. The servers here do not share a store, so only what needs no
 * shared state is asked for: who is talked to, and that a worker and its heartbeats move on.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type * as HeartbeatModule from '../../src/worker/heartbeat.js';
import { cleanUp, ROOT, runCli } from '../support/cli.js';
import { FakeServer } from '../support/fake-server.js';
import { freePort, NexumProcess, startServer, temporaryFolder } from '../support/processes.js';

const RESEARCH = join(ROOT, 'pipelines/research.yaml');
const HANDLERS = fileURLToPath(new URL('./worker-handlers.js', import.meta.url));

interface Real {
  readonly address: string;
  readonly process: NexumProcess;
}

const folder = temporaryFolder();
let servers: Real[] = [];
let worker: NexumProcess | undefined;

beforeEach(async () => {
  servers = await Promise.all([start(), start()]);
});

afterEach(async () => {
  await worker?.end();
  for (const { process } of servers) if (!process.exit) await process.end();
  worker = undefined;
});

afterAll(async () => {
  await cleanUp();
  folder.remove();
});

async function start(): Promise<Real> {
  const port = await freePort();
  const process = await startServer({ dataDir: join(folder.path, String(port)), port });
  return { address: `127.0.0.1:${port}`, process };
}

function list(): string {
  return servers.map(({ address }) => address).join(',');
}

describe('commands', { timeout: 60_000 }, () => {
  test('ask the other server when one is dead, and name both when both are', async () => {
    const cwd = folder.path;
    await servers[0]?.process.end();
    // Wherever it begins: half of the tries begin at the dead one.
    for (let turn = 0; turn < 4; turn += 1) {
      const { code, stdout } = await runCli(['ps', '--json', '--server', list()], { cwd });
      expect([code, stdout]).toEqual([0, '{"executions":[]}\n']);
    }
    await servers[1]?.process.end();
    const { code, stderr } = await runCli(['ps', '--json'], { cwd, env: { NEXUM_SERVER: list() } });
    expect(code).toBe(7);
    for (const { address } of servers) expect(stderr).toContain(address);
  });
});

describe('a worker', { timeout: 60_000 }, () => {
  async function attachedTo(process: NexumProcess, count: number): Promise<Real> {
    const attached = (): unknown => process.events('connection').filter(({ state }) => state === 'attached')[count - 1];
    await expect.poll(attached, { timeout: 20_000 }).toBeDefined();
    const { detail } = attached() as { detail: string };
    const found = servers.find(({ address }) => address === detail);
    if (!found) throw new Error(`attached to ${detail}`);
    return found;
  }

  test.each(['SIGKILL', 'SIGTERM'] as const)('goes to the other server when its own ends by %s', async (signal) => {
    worker = new NexumProcess(['worker', '--address', list(), RESEARCH, '--handlers', HANDLERS]);
    await worker.waitForEvent('ready');
    const before = await attachedTo(worker, 1);
    await before.process.end(signal);
    const after = await attachedTo(worker, 2);
    expect(after.address).not.toBe(before.address);
    const inputs = ['-i', 'query=What is a lease?', '-i', `docs=${join(ROOT, 'docs')}`];
    const run = await runCli(['run', RESEARCH, ...inputs, '--server', list(), '--json'], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect(worker.events('committed')).toHaveLength(4);
  });
});

describe('heartbeats', { timeout: 60_000 }, () => {
  test('go on at the other server when theirs dies', async () => {
    // From the build: a thread starts from a file, and that file is JavaScript.
    const built = pathToFileURL(join(ROOT, 'dist/worker/heartbeat.js')).href;
    const { Heartbeat } = (await import(built)) as typeof HeartbeatModule;
    const fakes = [await FakeServer.start(), await FakeServer.start()];
    const connection = { addresses: fakes.map(({ address }) => address), token: 'token-0123456789' };
    const heartbeat = new Heartbeat({ connection, workerId: 'w' }, () => undefined);
    heartbeat.hold([{ taskId: 'task', leaseMs: 1500 }]);
    const beating = (): FakeServer | undefined => fakes.find(({ calls }) => calls.length > 0);
    await expect.poll(beating, { timeout: 20_000 }).toBeDefined();
    const own = beating();
    const other = fakes.find((fake) => fake !== own);
    expect(other?.calls).toEqual([]);
    own?.kill();
    await expect.poll(() => other?.calls.length, { timeout: 20_000 }).toBeGreaterThan(2);
    await heartbeat.stop();
    other?.kill();
  });
});
