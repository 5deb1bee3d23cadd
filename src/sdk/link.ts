/**
 * What all sessions of one process on one server share: a connection, the heartbeats of their leases, perhaps the server
 * itself. It is opened with the first of them and closed with the last.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { DurableCalls } from '../durable/durable-calls.js';
import type { NexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import type { ClientTls, Connection } from '../rpc/connection.js';
import { Heartbeat } from '../worker/heartbeat.js';
import { DataFolder } from './data-folder.js';

/**
 * How long a lease lasts without a heartbeat, in milliseconds. Longer: whoever asks again waits for a call whose process died;
 * shorter: a machine that slept loses what it was doing, and the call runs again.
 */
const LEASE_MS = 10_000;

export interface LinkOptions {
  readonly address?: string;
  readonly dataDir?: string;
  readonly token?: string;
  readonly tls?: ClientTls;
  readonly insecure?: boolean;
  readonly leaseMs?: number;
}

export interface Link {
  readonly calls: DurableCalls;
  close(): Promise<void>;
}

/** A folder has one server and a process one client of it, whichever module asks: this is state of the process. */
const links = new Map<string, { readonly opening: Promise<Link>; users: number }>();

/** Opens the link of these options, or shares it. Each one that is got is closed once. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const key = JSON.stringify([
    options.address ?? folderOf(options),
    options.token,
    options.tls,
    options.insecure,
    options.leaseMs,
  ]);
  const entry = links.get(key) ?? { opening: createLink(options), users: 0 };
  links.set(key, entry);
  entry.users += 1;
  const leave = async (): Promise<void> => {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (links.get(key) === entry) links.delete(key);
    await entry.opening.then((link) => link.close());
  };
  try {
    const { calls } = await entry.opening;
    return { calls, close: leave };
  } catch (error) {
    entry.users -= 1;
    if (links.get(key) === entry) links.delete(key);
    throw error;
  }
}

async function createLink(options: LinkOptions): Promise<Link> {
  const { address, token, tls, insecure, leaseMs = LEASE_MS } = options;
  const secrets = { ...(token === undefined ? {} : { token }), ...(tls ? { tls } : {}) };
  let onLost = (_error: NexumError): void => undefined;
  const folder =
    address === undefined
      ? await DataFolder.open({ dataDir: folderOf(options), ...secrets, onLost: (error) => onLost(error) })
      : undefined;
  const connection: Connection = folder?.connection ?? {
    addresses: (address ?? '').split(','),
    ...secrets,
    ...(insecure === undefined ? {} : { insecure }),
  };
  const client = new NexumClient(connection, { local: folder?.local });
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const leases = new Heartbeat({ connection: client.connection, workerId }, (taskIds) => calls.leasesLost(taskIds));
  const calls = new DurableCalls({
    client,
    workerId,
    leaseMs,
    leases,
    ...(folder ? { onBroken: () => folder.recover() } : { mayBeForeign: true }),
  });
  onLost = (error) => calls.breakWith(error);
  return {
    calls,
    close: async () => {
      await calls.close();
      await leases.stop();
      client.close();
      await folder?.close();
    },
  };
}

/** As the command line finds it. */
function folderOf({ dataDir }: LinkOptions): string {
  return resolve(dataDir ?? (process.env['NEXUM_HOME'] || '.nexum'));
}
