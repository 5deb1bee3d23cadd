/** What waits for a batch, and what becomes of it. */
import type { Command, Reply } from '../core/command.js';
import type { ExecutionView } from '../core/execution.js';
import type { Workflow } from '../core/workflow.js';
import type { Task } from './engine-port.js';
import type { WantedSlot } from './slots.js';

export interface Outcome {
  readonly reply: Reply;
  readonly executionId: string;
  readonly view: ExecutionView;
  /** A claimed start that got the lease. */
  task?: Task;
}

export interface PendingCommand {
  readonly executionId: string;
  readonly command: Exclude<Command, { kind: 'start' }>;
  settle(outcome: Outcome | Error): void;
}

export interface PendingStart {
  readonly executionId: string;
  readonly command: Command & { kind: 'start' };
  readonly workflow: Workflow;
  readonly claim: { readonly workerId: string; readonly leaseMs: number } | undefined;
  /** The slot that it needs, and what to do when there is none. */
  readonly concurrency?: WantedSlot;
  settle(outcome: Outcome | Error): void;
}

/** A slot of this concurrency key may be free. */
export interface PendingTurn {
  readonly turn: string;
  settle(outcome: Error | undefined): void;
}

export type Pending = PendingCommand | PendingStart;
export type Queued = Pending | PendingTurn;
