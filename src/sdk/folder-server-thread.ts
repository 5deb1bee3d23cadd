/**
 * The thread of an embedded server: the main thread may be busy with whatever the program does, and other processes on the
 * folder are served all the same. It does not keep its process alive.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { NexumError, nexumError, errorMessage } from '../errors.js';
import { localAddress } from '../rpc/connection.js';
import { removeHolder, writeHolder } from '../server/holder-file.js';
import { startServer } from '../server/server.js';
import { folderLocation } from '../server/store-location.js';
import type { FromFolderServer, FolderServerData } from './folder-server.js';

/** How long calls of other processes may take to end when this one closes the folder, in milliseconds. */
const GRACE_MS = 1000;

const { dataDir, listen } = workerData as FolderServerData;
const post = (message: FromFolderServer): void => parentPort?.postMessage(message);

function plain(error: unknown): Extract<FromFolderServer, { type: 'failed' | 'fatal' }>['error'] {
  const { code, message, details } =
    error instanceof NexumError ? error : nexumError('INTERNAL', errorMessage(error), {}, error);
  return { code, message, details: { ...details } };
}

try {
  const server = await startServer({
    location: folderLocation(dataDir),
    listen,
    onFatal: (error) => post({ type: 'fatal', error: plain(error) }),
  });
  const address = localAddress(server.address);
  await writeHolder(dataDir, { address, pid: process.pid, tls: false, embedded: true });
  parentPort?.once('message', () => {
    void removeHolder(dataDir)
      .then(() => server.stop({ graceMs: GRACE_MS }))
      .finally(() => post({ type: 'stopped' }));
  });
  const engine = server.share();
  const listening: FromFolderServer = { type: 'listening', address, engine };
  parentPort?.postMessage(listening, [engine]);
} catch (error) {
  post({ type: 'failed', error: plain(error) });
}
