/** How long a pipeline stands still: from starting a fresh worker, after a SIGKILL, to the start of the next node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { NexumClient } from '#dist/rpc/client.js';
import { nexum } from './processes.js';

const WORKFLOW = {
  workflowId: 'bench-resume',
  versionHash: 'bench-resume-1',
  irJson: JSON.stringify({
    nodes: {
      before: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'clock' } },
      after: { type: 'EFFECT', dependencies: ['before'], 'x-nexum': { handler: 'clock' } },
    },
  }),
};

/** Milliseconds of each round. */
export async function resumeTimes(client: NexumClient, folder: string, rounds: number): Promise<number[]> {
  const handlers = join(folder, 'clock.mjs');
  writeFileSync(handlers, 'export default { clock: () => Date.now() };\n');
  await client.call('RegisterWorkflow', WORKFLOW);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await resumeOnce(client, handlers));
  return times;
}

async function resumeOnce(client: NexumClient, handlers: string): Promise<number> {
  const args = ['--server', client.address, 'worker', '--quiet', '--handlers', handlers, '--lease', '3s'];
  const doomed = nexum(args, { CRASH_AFTER: 'before' });
  const { executionId } = await client.call('StartExecution', {
    workflowId: WORKFLOW.workflowId,
    versionHash: WORKFLOW.versionHash,
  });
  await once(doomed.process, 'exit');
  const startedAtMs = Date.now();
  const fresh = nexum(args);
  for await (const event of client.watch(executionId)) {
    if (event.kind !== 'node_completed' || event.nodeId !== 'after') continue;
    const nodeStartedAtMs = JSON.parse(event.payloadJson) as number;
    await fresh.stop();
    return nodeStartedAtMs - startedAtMs;
  }
  throw new Error(`execution ${executionId} ended without its second node`);
}
