/** Metrics and health of the real command: what a scraper and an orchestrator see. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, loadPackageDefinition, type Client, type ClientReadableStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/cli.js';
import { NexumProcess, temporaryFolder, until } from '../support/processes.js';
import { HANDLERS, WireRig } from '../support/wire-rig.js';

const folders: { remove(): void }[] = [];
const processes: NexumProcess[] = [];
afterEach(async () => {
  for (const process of processes.splice(0)) if (!process.exit) await process.end();
  for (const folder of folders.splice(0)) folder.remove();
});

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ process: NexumProcess; address: string; http: string; folder: string }> {
  const folder = temporaryFolder();
  folders.push(folder);
  const process = new NexumProcess([...args, '--data-dir', join(folder.path, 'data'), '--listen', '127.0.0.1:0'], {
    env,
    cwd: folder.path,
  });
  processes.push(process);
  const line = await process.waitForLine((one) => 'address' in one, 'the address');
  return { process, address: String(line['address']), http: `http://${String(line['http'])}`, folder: folder.path };
}

async function status(url: string): Promise<number> {
  return (await fetch(url)).status;
}

async function scrape(http: string): Promise<string[]> {
  const response = await fetch(`${http}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return (await response.text()).split('\n');
}

describe('nexum server --http', () => {
  it('beyond loopback gives metrics to the tokens that may read, by the tokens file of the server', async () => {
    const folder = temporaryFolder();
    folders.push(folder);
    const tokens = join(folder.path, 'tokens');
    const roles = ['admin', 'client', 'worker', 'read'];
    writeFileSync(tokens, roles.map((role) => `${role} test-${role} token-of-${role}-0123456789\n`).join(''), {
      mode: 0o600,
    });
    const { http } = await start(['server', '--http', '0.0.0.0:0', '--tokens-file', tokens]);
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${http.replace('0.0.0.0', '127.0.0.1')}/metrics`, { headers })).status;
    const answers = await Promise.all(
      roles.map((role) => ask({ authorization: `Bearer token-of-${role}-0123456789` })),
    );
    expect(answers).toEqual([200, 401, 401, 200]);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer token-of-nobody-0123456789' })).toBe(401);
  });

  it('says where it serves metrics, health and readiness, and counts what it commits', async () => {
    const rig = await WireRig.open({ NEXUM_HTTP: 'localhost:0' });
    processes.push(rig.server);
    try {
      const [listening] = rig.server.events('listening');
      const http = `http://${String(listening?.['http'])}`;
      expect(await status(`${http}/healthz`)).toBe(200);
      expect(await status(`${http}/readyz`)).toBe(200);
      const before = await scrape(http);
      expect(before).toContain('nexum_executions_total{outcome="completed",kind="pipeline"} 0');
      await rig.startWorker();
      const id = await rig.start({ a: { handler: 'test.large', with: { size: 1 } } });
      expect((await rig.ended(id)).summary?.status).toBe('COMPLETED');
      const after = await scrape(http);
      expect(after).toEqual(
        expect.arrayContaining([
          'nexum_executions_total{outcome="completed",kind="pipeline"} 1',
          'nexum_attempts_total{outcome="completed",kind="pipeline"} 1',
          'nexum_workers_attached 1',
          'nexum_worker_credits 16',
        ]),
      );
      expect(after.find((line) => line.startsWith('nexum_build_info'))).toMatch(/version="\d.*",store="sqlite 3\./);
      expect(after.some((line) => line.startsWith('process_resident_memory_bytes'))).toBe(true);
    } finally {
      await rig.close();
    }
  });

  it('is not ready from the first moment of draining on, and still alive', async () => {
    const { process, address, http } = await start(['server', '--http', '127.0.0.1:0']);
    expect(await status(`${http}/readyz`)).toBe(200);
    // Somebody who listens to the health service of gRPC and does not leave: the grace period lasts as long.
    const watch = watchHealth(address);
    await watch.answered;
    process.kill('SIGTERM');
    const reply = await until(async () => {
      const response = await fetch(`${http}/readyz`);
      return response.status === 503 ? await response.json() : undefined;
    }, 'not ready');
    expect(reply).toEqual({ status: 'unavailable', reason: 'the server is draining' });
    expect(await status(`${http}/healthz`)).toBe(200);
    expect(process.exit).toBeUndefined();
    watch.leave();
    expect(await process.waitForExit()).toEqual({ code: 0, signal: null });
    await expect(fetch(`${http}/healthz`)).rejects.toThrow();
  });

  it('is off without the option, and with an empty one', async () => {
    const { process } = await start(['server'], { NEXUM_HTTP: '' });
    expect(process.events('listening')[0]).not.toHaveProperty('http');
  });

  it('ends with ADDRESS_IN_USE when the port is taken, and leaves the data folder free', async () => {
    const { http } = await start(['server', '--http', '127.0.0.1:0']);
    const folder = temporaryFolder();
    folders.push(folder);
    const args = ['server', '--listen', '127.0.0.1:0', '--data-dir', join(folder.path, 'data')];
    const refused = new NexumProcess([...args, '--http', http.slice('http://'.length)]);
    processes.push(refused);
    expect((await refused.waitForExit()).code).not.toBe(0);
    expect(refused.text).toContain('ADDRESS_IN_USE');
    const second = new NexumProcess(args);
    processes.push(second);
    await second.waitForEvent('listening');
  });
});

/** Without a model call they have no series, and so no labels. */
const USED_LATER = new Set(['nexum_model_calls_total', 'nexum_model_tokens_total', 'nexum_model_cost_usd_total']);

describe('docs/operations.md', () => {
  it('lists every metric of this package with its type and labels, and no other', async () => {
    const { http } = await start(['server', '--http', '127.0.0.1:0']);
    const real = metricsOf(await scrape(http));
    expect(real.length).toBeGreaterThanOrEqual(14);
    const document = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const rows = [...document.matchAll(/^\| `(nexum_\w+)` \| (\w+) \| ([\w, ]*)\|/gm)].map(
      ([, name = '', type = '', labels = '']) => `${name} ${type} ${USED_LATER.has(name) ? '' : labels.trim()}`.trim(),
    );
    expect(rows.sort()).toEqual(real.sort());
  });
});

/** `name type label, label` of every metric whose name begins with `nexum_`. */
function metricsOf(lines: readonly string[]): string[] {
  return lines
    .filter((line) => line.startsWith('# TYPE nexum_'))
    .map((line) => {
      const [, , name = '', type = ''] = line.split(' ');
      const series = lines.find((one) => one.startsWith(`${name}{`)) ?? '';
      const labels = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label);
      return `${name} ${type} ${labels.join(', ')}`.trim();
    });
}

describe('nexum dev --http', () => {
  it('is not ready while its worker finishes what it has begun', async () => {
    const { process, http, folder } = await start(['dev', '--http', '127.0.0.1:0', '--handlers', HANDLERS]);
    expect(await status(`${http}/readyz`)).toBe(200);
    const ready = process.events('ready')[0];
    const rig = WireRig.attach(String(ready?.['address']), folder);
    const id = await rig.start({ wait: { handler: 'test.gate', with: { gate: join(folder, 'gate') } } });
    await rig.noted(id, 'began');
    process.kill('SIGTERM');
    await until(async () => ((await status(`${http}/readyz`)) === 503 ? true : undefined), 'not ready');
    expect(rig.notes(id).map((note) => note.what)).toEqual(['began']);
    rig.openGate('gate');
    expect(await process.waitForExit()).toEqual({ code: 0, signal: null });
    expect(rig.notes(id).map((note) => note.what)).toContain('passed');
    await rig.close();
  });
});

function watchHealth(address: string): { answered: Promise<void>; leave(): void } {
  const { grpc } = loadPackageDefinition(loadSync(protoPath)) as unknown as {
    grpc: { health: { v1: { Health: new (address: string, credentials: unknown) => Client } } };
  };
  const client = new grpc.health.v1.Health(address, credentials.createInsecure()) as Client & {
    watch(request: object): ClientReadableStream<object>;
  };
  const call = client.watch({ service: '' });
  call.on('error', () => undefined);
  return {
    answered: new Promise((resolve) => call.once('data', () => resolve())),
    leave: () => {
      call.cancel();
      client.close();
    },
  };
}
