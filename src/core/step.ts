/** What the kinds of nodes may do to the transition that they are part of; `Progress` does it. */
import type { DecisionEnvironment } from './command.js';
import type { ActivationRecord, ApprovalAnswer, NodeError, NodeRef } from './execution.js';
import type { WorkflowNode } from './workflow.js';
import type { Cause, Transition } from './transition.js';

export interface Completion {
  /** 0: the engine's own. */
  readonly attempt: number;
  /** JSON text. */
  readonly output: string;
  readonly routedTo?: string | null;
  readonly answer?: ApprovalAnswer;
  readonly signalSeq?: number;
  /** What handlers said of the conditions of its edges, by their position. */
  readonly conditions?: Readonly<Record<number, boolean>>;
}

export interface Step {
  readonly transition: Transition;
  readonly executionId: string;
  readonly env: DecisionEnvironment;
  complete(ref: NodeRef, completion: Completion): void;
  fail(ref: NodeRef, error: NodeError, answer?: ApprovalAnswer): void;
  begin(ref: NodeRef): void;
  /** When everything that is being done has been done. */
  beginLater(ref: NodeRef): void;
  /** Opens the target, or skips it (`goes`), or fails it. */
  activate(target: WorkflowNode, iteration: number, goes: boolean, cause: Cause): void;
  cancel(record: ActivationRecord): void;
  /** What runs inside of a node that has ended: items, and nodes of a loop. */
  cancelBelow(ref: NodeRef): void;
  /** Completes the execution. */
  end(stoppedBy?: NodeRef): void;
  readonly closed: boolean;
}
