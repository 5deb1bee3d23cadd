/** Entry of the heartbeat thread: renews every lease of its worker in one call, however busy the main thread is. */
import { parentPort, workerData } from 'node:worker_threads';
import { nexumError } from '../errors.js';
import { NexumClient } from '../rpc/client.js';
import { HeartbeatPace } from './heartbeat-pace.js';
import type { HeartbeatData, HeartbeatMessage } from './heartbeat.js';

if (!parentPort) throw nexumError('INTERNAL', 'heartbeat-thread must run in a worker thread');
const port = parentPort;
const { connection, workerId } = workerData as HeartbeatData;
const client = new NexumClient(connection);

// A beat that gets no answer ends with its interval: the next one does not wait for it.
const pace = new HeartbeatPace((taskIds, timeoutMs) => {
  client.call('Heartbeat', { workerId, taskIds: [...taskIds] }, { timeoutMs, waitForReady: true }).then(
    ({ staleTaskIds }) => {
      if (staleTaskIds.length === 0) return;
      pace.drop(staleTaskIds);
      port.postMessage(staleTaskIds);
    },
    // No answer proves nothing about the leases: they run on, and the next beat tries again.
    () => undefined,
  );
});

port.on('message', ({ hold, drop, sentAtMs }: HeartbeatMessage) => {
  // The first ones waited until this thread had started.
  pace.hold(hold, Math.max(0, Date.now() - sentAtMs));
  pace.drop(drop);
});
