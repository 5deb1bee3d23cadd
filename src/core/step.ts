/** What the kinds of nodes may do to the transition that they are part of; `Progress` does it. */
import type { DecisionEnvironment } from './command.js';
import type { ActivationRecord, ApprovalAnswer, NodeError, NodeRef } from './execution.js';
import type { Transition } from './transition.js';

export interface Completion {
  /** 0: the engine's own. */
  readonly attempt: number;
  /** JSON text. */
  readonly output: string;
  readonly routedTo?: string | null;
  readonly answer?: ApprovalAnswer;
  readonly signalSeq?: number;
}

export interface Step {
  readonly transition: Transition;
  readonly executionId: string;
  readonly env: DecisionEnvironment;
  complete(ref: NodeRef, completion: Completion): void;
  fail(ref: NodeRef, error: NodeError, answer?: ApprovalAnswer): void;
  begin(ref: NodeRef): void;
  cancel(record: ActivationRecord): void;
}
