/**
 * What is to be done about an event in another execution: a child starts, is cancelled or retried, its parent hears of
 * its end, the next one with a concurrency key gets its turn.
 *
 * Q1  The event stands in the outbox from its own commit until what follows from it is committed. A crash in between only
 *     means that it is done again, by whichever server finds it; everything here may be done twice.
 * Q2  One execution's events are taken in their order.
 */
import type { ChildEnd } from '../core/command.js';
import { isClosing, type ExecutionEvent } from '../core/event.js';
import { isClosed, refOf, type ExecutionRecord } from '../core/execution.js';
import { errorMessage, NexumError } from '../errors.js';
import type { OutboxRef, Store } from '../store/store.js';
import type { CommitLoop } from './commit-loop.js';
import type { Queries } from './queries.js';
import type { Submissions } from './submissions.js';

/** Where there are other servers, what one of them committed is left to it for that long; in milliseconds. */
const LEAVE_MS = 2000;
/** Taken up at once at most; the rest follows. */
const MAX_RECOVERED = 500;

type Of<K extends ExecutionEvent['kind']> = ExecutionEvent & { readonly kind: K };

export interface ConsequencesOptions {
  readonly store: Store;
  readonly loop: CommitLoop;
  readonly submissions: Submissions;
  readonly queries: Queries;
  /** Something could not be done now: `recover` is to be called again. */
  readonly onTrouble: () => void;
}

export class Consequences {
  /** The last event under way, by execution. */
  private readonly underWay = new Map<string, Promise<void>>();
  /** Events that this server looks after until they have left the outbox, as `execution/seq`. */
  private readonly taken = new Set<string>();

  constructor(private readonly options: ConsequencesOptions) {}

  /** After the commit of these events. */
  committed(events: readonly ExecutionEvent[], findExecution: (id: string) => ExecutionRecord | undefined): void {
    for (const event of events) this.enqueue(event, findExecution(event.executionId));
  }

  /** These have left the outbox. */
  settled(refs: readonly OutboxRef[]): void {
    for (const ref of refs) this.taken.delete(rowOf(ref));
  }

  /** Takes up what nobody has done: another process, or an outage of the database, came in between. */
  async recover(nowMs: number): Promise<void> {
    const { store, loop, queries } = this.options;
    const leaveMs = store.peers ? LEAVE_MS : 0;
    const refs = await loop.read(() => store.listOutbox(nowMs - leaveMs, MAX_RECOVERED));
    // Now, before any of them can leave the outbox: later, what was done meanwhile would be done again.
    const untaken = refs.filter((ref) => !this.taken.has(rowOf(ref)));
    for (const { executionId, seq } of untaken) {
      const found = await loop.read(async () => {
        const [event] = await store.listEvents(executionId, seq - 1, 1);
        return { event, record: await queries.findRecord(executionId) };
      });
      if (found.event) this.enqueue(found.event, found.record);
      else loop.settleOutbox({ executionId, seq });
    }
    if (refs.length === MAX_RECOVERED) this.options.onTrouble();
  }

  /** Q2 */
  private enqueue(event: ExecutionEvent, record: ExecutionRecord | undefined): void {
    const { executionId } = event;
    this.taken.add(rowOf(event));
    const before = this.underWay.get(executionId) ?? Promise.resolve();
    const after = before.then(() => this.carryOut(event, record));
    this.underWay.set(executionId, after);
    void after.then(() => {
      if (this.underWay.get(executionId) === after) this.underWay.delete(executionId);
    });
  }

  /** Never throws: what could not be done stays in the outbox. */
  private async carryOut(event: ExecutionEvent, record: ExecutionRecord | undefined): Promise<void> {
    const ref: OutboxRef = { executionId: event.executionId, seq: event.seq };
    try {
      await this.act(event, record);
      this.options.loop.settleOutbox(ref);
    } catch {
      this.taken.delete(rowOf(ref));
      this.options.onTrouble();
    }
  }

  private async act(event: ExecutionEvent, record: ExecutionRecord | undefined): Promise<void> {
    if (isClosing(event)) {
      await this.tellParent(event, record);
      const key = record?.extra?.concurrency?.key;
      if (key !== undefined) await this.giveTurn(key);
      return;
    }
    switch (event.kind) {
      case 'execution_started':
        for (const id of event.cancels ?? []) await this.cancel(id, `${event.executionId} takes its place`);
        return;
      case 'node_waiting':
        await this.startChild(event, record);
        return;
      case 'node_cancelled':
        await this.cancelChild(event, record);
        return;
      case 'node_reopened':
        await this.retryChild(event);
        return;
      default:
        return;
    }
  }

  private async startChild(event: Of<'node_waiting'>, parent: ExecutionRecord | undefined): Promise<void> {
    const { executionId, child, childWorkflowId = '', childVersion = '', payload = 'null' } = event;
    if (child === undefined) return;
    const priority = parent?.extra?.priority;
    try {
      await this.options.submissions.start({
        workflowId: childWorkflowId,
        versionHash: childVersion,
        inputJson: payload,
        executionId: child,
        // A start that is done twice finds itself.
        idempotencyKey: `child:${child}`,
        extra: { parent: { executionId, ...refOf(event) }, ...(priority === undefined ? {} : { priority }) },
      });
    } catch (error) {
      if (isPassing(error)) throw error;
      await this.closeChild(event, child, { status: 'FAILED', message: `it cannot start: ${errorMessage(error)}` });
    }
  }

  private async cancelChild(event: Of<'node_cancelled'>, parent: ExecutionRecord | undefined): Promise<void> {
    const { child, executionId } = event;
    if (child === undefined) return;
    const reason = `its parent ${executionId} ended`;
    if (await this.cancel(child, reason)) return;
    // Its start may still be on the way, through another server: once it is there, it can be cancelled.
    const { store, loop } = this.options;
    const start = await loop.read(async () => {
      const records = await store.listActivations(executionId);
      const seq = records.find(({ detail }) => detail?.child === child)?.detail?.waitingSeq;
      return seq === undefined ? undefined : (await store.listEvents(executionId, seq - 1, 1))[0];
    });
    if (start?.kind === 'node_waiting') await this.startChild(start, parent);
    await this.cancel(child, reason);
  }

  private async retryChild(event: Of<'node_reopened'>): Promise<void> {
    const { child } = event;
    if (child === undefined) return;
    const { submissions, loop, queries } = this.options;
    try {
      await submissions.control(child, { kind: 'retry' });
    } catch (error) {
      if (isPassing(error)) throw error;
    }
    const record = await loop.read(() => queries.findRecord(child));
    if (record && !isClosed(record.status)) return;
    const end = await loop.read(() => queries.findFinished(child));
    await this.closeChild(event, child, endOf(end?.status, end?.outputJson, end?.message));
  }

  private async tellParent(event: ExecutionEvent, record: ExecutionRecord | undefined): Promise<void> {
    const parent = record?.extra?.parent;
    if (!parent) return;
    const end =
      event.kind === 'execution_completed'
        ? endOf('COMPLETED', event.payload, undefined)
        : event.kind === 'execution_failed'
          ? endOf('FAILED', undefined, event.error.message)
          : endOf('CANCELLED', undefined, event.kind === 'execution_cancelled' ? event.reason : undefined);
    await this.closeChild(parent, event.executionId, end);
  }

  private async closeChild(
    parent: {
      readonly executionId: string;
      readonly node: string;
      readonly iteration: number;
      readonly item?: number | undefined;
    },
    child: string,
    end: ChildEnd,
  ): Promise<void> {
    await this.tolerated(parent.executionId, { kind: 'child_closed', ...refOf(parent), child, end });
  }

  /** False when there is no such execution. */
  private async cancel(executionId: string, reason: string): Promise<boolean> {
    return (await this.tolerated(executionId, { kind: 'cancel', reason })) !== 'EXECUTION_NOT_FOUND';
  }

  /** A refusal says that there is nothing to do any more. @returns its code */
  private async tolerated(
    executionId: string,
    command: Parameters<Submissions['control']>[1],
  ): Promise<string | undefined> {
    try {
      await this.options.submissions.control(executionId, command);
      return undefined;
    } catch (error) {
      if (isPassing(error) || !(error instanceof NexumError)) throw error;
      return error.code;
    }
  }

  private giveTurn(key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.options.loop.push({ turn: key, settle: (error: Error | undefined) => (error ? reject(error) : resolve()) });
    });
  }
}

function rowOf({ executionId, seq }: OutboxRef): string {
  return `${executionId}/${seq}`;
}

function endOf(status: string | undefined, output: string | undefined, message: string | undefined): ChildEnd {
  if (status === 'COMPLETED') return { status, output: output ?? 'null' };
  return { status: status === 'CANCELLED' ? status : 'FAILED', message: message ?? status ?? 'it does not exist' };
}

/** The same may succeed later. */
function isPassing(error: unknown): boolean {
  return !(error instanceof NexumError) || error.retryable || error.code === 'STORE_BROKEN';
}
