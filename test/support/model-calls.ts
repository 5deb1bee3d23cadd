/** Durable calls in the model store. */
import { isClosed } from '../../src/core/execution.js';
import { CALL_WORKFLOW, sessionOf } from '../../src/core/ids.js';
import type { CallFilter, StoredCall, StoredSession } from '../../src/store/store.js';
import type { Entry } from './model-entry.js';

export function listModelCalls(entries: readonly Entry[], filter: CallFilter): StoredCall[] {
  const { session, afterExecutionId = '', limit } = filter;
  return entries
    .flatMap((entry): StoredCall[] => {
      const { execution } = entry;
      if (!execution || sessionOf(execution) !== session || execution.executionId <= afterExecutionId) return [];
      const [activation] = entry.activations();
      const seq = activation?.outputSeq;
      return [{ execution, activation, resultBytes: seq === undefined ? 0 : Buffer.byteLength(entry.payload(seq)) }];
    })
    .slice(0, limit);
}

export function listModelSessions(entries: readonly Entry[], afterSession: string, limit: number): StoredSession[] {
  const sessions = new Map<string, { session: string; calls: number; newestAtMs: number }>();
  for (const { execution } of entries) {
    const session = execution && sessionOf(execution);
    if (session === undefined || session.startsWith('exec-') || session <= afterSession) continue;
    const calls = (sessions.get(session)?.calls ?? 0) + 1;
    sessions.set(session, { session, calls, newestAtMs: execution?.createdAtMs ?? 0 });
  }
  return [...sessions.values()].sort((a, b) => (a.session < b.session ? -1 : 1)).slice(0, limit);
}

export function forgetModelCalls(entries: Map<string, Entry>, executionIds: readonly string[]): string[] {
  const gone = executionIds.filter((id) => {
    const entry = entries.get(id);
    const { execution } = entry ?? {};
    if (!entry || !execution?.workflowId.startsWith('nexum.')) return false;
    if (isClosed(execution.status)) return execution.open === 0 && entry.outbox.size === 0;
    return (
      execution.workflowId === CALL_WORKFLOW && ![...entry.activations()].some(({ status }) => status === 'LEASED')
    );
  });
  for (const id of gone) entries.delete(id);
  return gone;
}
