/** Entry of the heartbeat thread: renews every lease of its worker in one call, however busy the main thread is. */
import { parentPort, workerData } from 'node:worker_threads';
import { nexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import type { HeartbeatData, HeartbeatMessage } from './heartbeat.js';

if (!parentPort) throw nexumError('INTERNAL', 'heartbeat-thread must run in a worker thread');
const port = parentPort;
const { connection, workerId, intervalMs } = workerData as HeartbeatData;
const client = new NexumClient(connection);
const held = new Set<string>();
let beating = false;

port.on('message', ({ hold, drop }: HeartbeatMessage) => {
  for (const taskId of hold) held.add(taskId);
  for (const taskId of drop) held.delete(taskId);
});

setInterval(() => {
  if (beating || held.size === 0) return;
  beating = true;
  const taskIds = [...held];
  client
    .call('Heartbeat', { workerId, taskIds }, { timeoutMs: intervalMs, waitForReady: true })
    .then(
      ({ staleTaskIds }) => {
        if (staleTaskIds.length === 0) return;
        for (const taskId of staleTaskIds) held.delete(taskId);
        port.postMessage(staleTaskIds);
      },
      // No answer proves nothing about the leases: they run on, and the next beat tries again.
      () => undefined,
    )
    .finally(() => {
      beating = false;
    });
}, intervalMs);
