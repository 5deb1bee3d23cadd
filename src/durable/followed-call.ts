/**
 * Calls that this process only follows: a worker executes them (`remote`), or a person answers them (`ask`).
 *
 * F1  Errors are never cached: an execution that failed is forgotten, by whoever hears of the failure, and by whoever finds
 *     it when that caller died before.
 */
import { nexumError, type NexumError } from '../errors.js';
import type { CallRequest, RanCall } from './call-desk.js';
import type { CallWorkflow, NexumCalls } from './nexum-calls.js';

const MAX_TURNS = 20;

export async function followCall(
  desk: NexumCalls,
  workflow: CallWorkflow,
  request: CallRequest & { readonly session: string; readonly ttlMs: number },
  signal: AbortSignal,
): Promise<RanCall> {
  desk.begin();
  try {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const answer = await desk.follow(workflow, request, signal);
      const { kind, executionId, fresh } = answer;
      if (kind === 'stored' && (fresh || answer.ageMs <= request.ttlMs))
        return { outputJson: answer.outputJson, replayed: !fresh };
      await forget(desk, executionId, request.session);
      if (kind === 'ended' && fresh) throw answer.error;
    }
    throw nexumError('INTERNAL', `the call ${request.key} was taken away ${MAX_TURNS} times`);
  } finally {
    desk.end();
  }
}

/** F1: if it is not possible now, the next caller does it. */
async function forget(desk: NexumCalls, executionId: string, session: string): Promise<void> {
  await desk.forget(executionId, session).catch((error: unknown) => {
    if (!(error as NexumError).retryable) throw error;
  });
}
