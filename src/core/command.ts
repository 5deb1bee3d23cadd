/** What can be asked of one execution, and what it answers. Times and randomness arrive with the command's environment. */
import type { ErrorCode } from '../errors.js';
import type { LostReason } from './event.js';
import type { NodeRef } from './execution.js';
import type { TaskRef } from './ids.js';
import type { Json } from './ir.js';
import type { AttemptFailure } from './retry.js';

export type Command =
  | {
      readonly kind: 'start';
      readonly executionId: string;
      /** JSON text. */
      readonly input: string;
      readonly idempotencyKey?: string;
      readonly requestHash?: string;
    }
  | ({ readonly kind: 'lease'; readonly workerId: string; readonly nonce: string; readonly leaseMs: number } & NodeRef)
  | { readonly kind: 'complete'; readonly task: TaskRef; readonly output: string }
  | { readonly kind: 'fail'; readonly task: TaskRef; readonly failure: AttemptFailure }
  | { readonly kind: 'release'; readonly task: TaskRef }
  | { readonly kind: 'heartbeat'; readonly task: TaskRef }
  /** The lease expired, or its worker is gone; `nonce` guards against reaping the attempt after it. */
  | ({ readonly kind: 'reap'; readonly nonce: string; readonly reason: LostReason } & NodeRef)
  | { readonly kind: 'cancel'; readonly reason?: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

export type Reply =
  | { readonly ok: true; readonly alreadyApplied: boolean }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Everything impure that a decision needs, handed in by the shell. */
export interface DecisionEnvironment {
  readonly nowMs: number;
  /** Uniform in 0..1. */
  readonly random: number;
  readonly expressions: Expressions;
}

/** What expressions see (pipelines.md, "Expressions"). */
export interface ExpressionScope {
  readonly inputs: Json;
  readonly nodes: Readonly<Record<string, { readonly output: Json; readonly status: string; readonly error?: string }>>;
  readonly run: Readonly<Record<string, Json>>;
}

/** The expression language, injected: core knows that conditions exist, not how they are written. */
export interface Expressions {
  /** Both throw when the expression fails at run time. */
  evaluateCondition(source: string, scope: ExpressionScope): boolean;
  renderTemplate(template: Json, scope: ExpressionScope): Json;
}
