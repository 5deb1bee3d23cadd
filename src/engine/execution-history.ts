/** What people see of the history of an execution, folded event by event: it may be longer than any memory. */
import { activationKey, type NodeError } from '../core/execution.js';
import type { ExecutionEvent } from '../core/event.js';

/** Payloads that one answer carries, in bytes together; each message between server and client has room for more. */
const MAX_SHOWN_BYTES = 32 * 1024 * 1024;

/** A payload, or only where it is and how large: then `getPayload` brings it. */
export interface ShownPayload {
  readonly seq: number;
  readonly bytes: number;
  json?: string;
}

export interface AttemptDetail {
  readonly attempt: number;
  readonly workerId: string;
  readonly startedAtMs: number;
  finishedAtMs?: number;
  outcome: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'LOST' | 'RELEASED' | 'CANCELLED';
  error?: NodeError;
}

export interface NodeHistory {
  readonly attempts: AttemptDetail[];
  output?: ShownPayload;
  finishedAtMs?: number;
  error?: NodeError;
}

export class ExecutionHistory {
  input: ShownPayload | undefined;
  output: ShownPayload | undefined;
  private readonly nodes = new Map<string, NodeHistory>();
  /** What people were asked, by the event that asked; JSON texts. */
  private readonly messages = new Map<number, string>();
  private readonly shown = new Set<ShownPayload>();
  private shownBytes = 0;

  constructor(private readonly maxShownBytes = MAX_SHOWN_BYTES) {}

  /** Events in their order. */
  add(events: readonly ExecutionEvent[]): void {
    for (const event of events) this.addEvent(event);
    this.leaveOutLargest();
  }

  find(node: string, iteration: number): NodeHistory | undefined {
    return this.nodes.get(activationKey(node, iteration));
  }

  findMessage(seq: number | undefined): string | undefined {
    return seq === undefined ? undefined : this.messages.get(seq);
  }

  private addEvent(event: ExecutionEvent): void {
    if (event.kind === 'execution_started') this.input = this.show(event.seq, event.payload);
    if (event.kind === 'execution_completed') this.output = this.show(event.seq, event.payload);
    if (event.kind === 'node_waiting' && event.waitsFor === 'approval' && event.payload !== undefined)
      this.messages.set(event.seq, event.payload);
    // The items of a map are counted in its own record.
    if (!('iteration' in event) || event.item !== undefined) return;
    const key = activationKey(event.node, event.iteration);
    const history = this.nodes.get(key) ?? { attempts: [] };
    this.nodes.set(key, history);
    if (event.kind === 'node_completed') history.output = this.show(event.seq, event.payload);
    applyToHistory(history, event);
  }

  private show(seq: number, json: string): ShownPayload {
    const payload: ShownPayload = { seq, bytes: Buffer.byteLength(json), json };
    this.shown.add(payload);
    this.shownBytes += payload.bytes;
    return payload;
  }

  /** Of payloads that are too much together. Once per page of events: looking at all of them for each would take hours. */
  private leaveOutLargest(): void {
    if (this.shownBytes <= this.maxShownBytes) return;
    for (const payload of [...this.shown].sort((a, b) => b.bytes - a.bytes || b.seq - a.seq)) {
      if (this.shownBytes <= this.maxShownBytes) return;
      delete payload.json;
      this.shown.delete(payload);
      this.shownBytes -= payload.bytes;
    }
  }
}

function applyToHistory(history: NodeHistory, event: ExecutionEvent): void {
  const end = (outcome: AttemptDetail['outcome'], error?: NodeError): void => {
    const current = history.attempts.at(-1);
    if (current?.outcome !== 'RUNNING') return;
    current.outcome = outcome;
    current.finishedAtMs = event.atMs;
    if (error) current.error = error;
  };
  switch (event.kind) {
    case 'node_leased':
      history.attempts.push({
        attempt: event.attempt,
        workerId: event.workerId,
        startedAtMs: event.atMs,
        outcome: 'RUNNING',
      });
      return;
    case 'attempt_failed':
      end('FAILED', event.error);
      return;
    case 'attempt_lost':
      end('LOST');
      return;
    case 'attempt_released':
      end('RELEASED');
      return;
    case 'node_completed':
      end('COMPLETED');
      history.finishedAtMs = event.atMs;
      return;
    case 'node_failed':
      end('FAILED', event.error);
      history.error = event.error;
      history.finishedAtMs = event.atMs;
      return;
    case 'node_skipped':
      history.finishedAtMs = event.atMs;
      return;
    case 'node_cancelled':
      end('CANCELLED');
      history.finishedAtMs = event.atMs;
      return;
    case 'node_reopened':
      delete history.error;
      delete history.finishedAtMs;
      return;
    case 'node_waiting':
      end('COMPLETED');
      return;
    case 'map_expanded':
      end('COMPLETED');
      return;
    case 'usage_reported':
    case 'map_items':
    case 'items_opened':
    case 'signal_received':
    case 'edges_fired':
    case 'wave_started':
    case 'round_started':
    case 'message_added':
    case 'execution_admitted':
    case 'execution_retried':
    case 'execution_started':
    case 'execution_paused':
    case 'execution_resumed':
    case 'execution_completed':
    case 'execution_failed':
    case 'execution_cancelled':
      return;
  }
}
