/** What becomes of a task, as workers tell it; part of the port (engine-port.ts). */
import type { Usage } from '../core/usage.js';
import type { ErrorCode } from '../errors.js';

export interface TaskCompletion {
  readonly taskId: string;
  readonly outputJson: string;
  /** What the handlers of the conditions of its edges answered, by position in `x-nexum.edges`. */
  readonly conditions?: Readonly<Record<number, boolean>>;
  /** All that the attempt has used, what it only read back included; so of the next two. */
  readonly usage?: Usage;
}

export interface TaskFailure {
  readonly taskId: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly usage?: Usage;
}

export interface TaskRelease {
  readonly taskId: string;
  readonly usage?: Usage;
  /** It was refused a model call (LIMIT_REACHED). */
  readonly limited?: true;
}

/** A model call that an attempt wants to make. */
export interface ModelCallRequest {
  readonly taskId: string;
  /** Names the call: who asks again with it keeps the place. */
  readonly permit: string;
  readonly provider: string;
  readonly estimatedTokens: number;
  readonly usage?: Usage;
}

/** The answer to a completion, failure or release. An absent code is success. */
export interface TaskAnswer {
  readonly taskId: string;
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly alreadyApplied: boolean;
}
