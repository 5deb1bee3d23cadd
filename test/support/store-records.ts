/** Records as `decide` would write them, numbered so that tests stay short. */
import type { ExecutionEvent } from '../../src/core/event.js';
import { INPUT_SEQ, type ActivationRecord, type ExecutionRecord } from '../../src/core/execution.js';
import type { Changes } from '../../src/core/transition.js';
import { withPayloads } from '../../src/store/payload-missing.js';
import type { Store, StoredExecution } from '../../src/store/store.js';

export const AT_MS = 1_700_000_000_000;

/** Time-ordered by `index`. */
export function executionIdOf(index: number): string {
  return `exec-01890000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

export function executionOf(index: number, fields: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    executionId: executionIdOf(index),
    workflowId: 'w',
    versionHash: 'sha256:v',
    status: 'RUNNING',
    createdAtMs: AT_MS + index,
    lastSeq: 1,
    open: 1,
    ...fields,
  };
}

export function activationOf(index: number, fields: Partial<ActivationRecord> = {}): ActivationRecord {
  return {
    executionId: executionIdOf(index),
    node: 'a',
    iteration: 1,
    status: 'READY',
    versionHash: 'sha256:v',
    handler: 'h',
    attempt: 0,
    failed: 0,
    lost: 0,
    readyAtMs: AT_MS,
    priority: 0,
    ...fields,
  };
}

export function leasedOf(index: number, fields: Partial<ActivationRecord> = {}): ActivationRecord {
  return activationOf(index, {
    status: 'LEASED',
    attempt: 1,
    nonce: `nonce-${index}`,
    workerId: 'w1',
    leaseMs: 1000,
    leaseExpiresAtMs: AT_MS + 1000,
    ...fields,
  });
}

export function startedOf(index: number, payload = '{}'): ExecutionEvent {
  return {
    kind: 'execution_started',
    executionId: executionIdOf(index),
    seq: 1,
    atMs: AT_MS,
    workflowId: 'w',
    versionHash: 'sha256:v',
    ready: [{ node: 'a', iteration: 1 }],
    payload,
  };
}

export function completedOf(index: number, seq: number, payload: string, node = 'a', item?: number): ExecutionEvent {
  return {
    kind: 'node_completed',
    executionId: executionIdOf(index),
    seq,
    atMs: AT_MS + seq,
    node,
    iteration: 1,
    ...(item === undefined ? {} : { item }),
    attempt: 1,
    payload,
    ready: [],
  };
}

export function changesOf(fields: Partial<Changes>): Changes {
  return { execution: undefined, activations: [], joins: [], events: [], outbox: [], ...fields };
}

/** A started execution with one READY activation. */
export function newExecution(
  index: number,
  fields: { execution?: Partial<ExecutionRecord>; activation?: Partial<ActivationRecord>; payload?: string } = {},
): Changes {
  return changesOf({
    execution: executionOf(index, fields.execution),
    activations: [activationOf(index, fields.activation)],
    events: [startedOf(index, fields.payload)],
  });
}

/** One transaction: loads what the changes name, shows them to it, writes them. */
export async function write(store: Store, ...changes: readonly Changes[]): Promise<void> {
  await store.transact(async (transaction) => {
    const ids = changes.map(idOf);
    const loaded = await transaction.load([...new Set(ids)]);
    const byId = new Map([...new Set(ids)].map((id, index) => [id, loaded[index]]));
    for (const [index, change] of changes.entries()) byId.get(ids[index] ?? '')?.apply(change);
    await transaction.apply(changes);
  });
}

/** What a later transaction sees of an execution, as plain data. */
export async function read(store: Store, index: number): Promise<Snapshot> {
  return store.transact(async (transaction) => {
    const [stored] = await transaction.load([executionIdOf(index)]);
    return withPayloads(transaction, () => snapshotOf(stored!));
  });
}

export interface Snapshot {
  readonly execution: ExecutionRecord | undefined;
  readonly activations: readonly ActivationRecord[];
  readonly outputs: readonly string[];
  readonly input: string | undefined;
}

export function snapshotOf(stored: StoredExecution): Snapshot {
  const activations = [...stored.activations()].sort((a, b) =>
    a.node === b.node ? (a.item ?? -1) - (b.item ?? -1) : a.node < b.node ? -1 : 1,
  );
  const seqs = activations.filter(({ status }) => status === 'COMPLETED').map(({ outputSeq }) => outputSeq ?? 0);
  if (stored.execution) stored.preload([INPUT_SEQ, ...seqs]);
  return {
    execution: stored.execution,
    activations,
    outputs: seqs.map((seq) => stored.payload(seq)),
    input: stored.execution && stored.payload(INPUT_SEQ),
  };
}

function idOf(change: Changes): string {
  return (change.execution ?? change.activations[0] ?? change.joins[0] ?? change.events[0])?.executionId ?? '';
}
