/** What can be asked of one execution, and what it answers. Times and randomness arrive with the command's environment. */
import type { ErrorCode } from '../errors.js';
import type { LostReason } from './event.js';
import type { ExecutionExtra, NodeRef } from './execution.js';
import type { TaskRef } from './ids.js';
import type { InputSpec, Json } from './ir.js';
import type { AttemptFailure } from './retry.js';
import type { Usage } from './usage.js';

export type Command =
  | {
      readonly kind: 'start';
      readonly executionId: string;
      /** JSON text. */
      readonly input: string;
      readonly idempotencyKey?: string;
      readonly requestHash?: string;
      readonly extra?: ExecutionExtra;
      /** What a rerun takes over, by node. */
      readonly kept?: ReadonlyMap<string, KeptNode>;
      /** Others with its concurrency key are in the way: it waits, and these are cancelled for it. */
      readonly waiting?: { readonly cancels: readonly string[] };
    }
  /** Its turn has come. */
  | { readonly kind: 'admit'; readonly kept?: ReadonlyMap<string, KeptNode> }
  | ({ readonly kind: 'lease'; readonly workerId: string; readonly nonce: string; readonly leaseMs: number } & NodeRef)
  | {
      readonly kind: 'complete';
      readonly task: TaskRef;
      readonly output: string;
      /** What handlers said of the conditions of its edges, by their position. */
      readonly conditions?: Readonly<Record<number, boolean>>;
      readonly usage?: Usage;
    }
  /** `usage`, here and below: all that the attempt has used, the model calls that it only read back included. */
  | { readonly kind: 'fail'; readonly task: TaskRef; readonly failure: AttemptFailure; readonly usage?: Usage }
  /** `limited`: it was refused a model call, because its execution has reached a limit. */
  | { readonly kind: 'release'; readonly task: TaskRef; readonly usage?: Usage; readonly limited?: true }
  /** Its attempt wants to make a model call. */
  | { readonly kind: 'admit_call'; readonly task: TaskRef; readonly usage?: Usage }
  | { readonly kind: 'heartbeat'; readonly task: TaskRef }
  /** The lease expired, or its worker is gone; `nonce` guards against reaping the attempt after it. */
  | ({ readonly kind: 'reap'; readonly nonce: string; readonly reason: LostReason } & NodeRef)
  | { readonly kind: 'cancel'; readonly reason?: string }
  | { readonly kind: 'pause' }
  /** `message`: said to everybody in a free graph. */
  | { readonly kind: 'resume'; readonly message?: string }
  | { readonly kind: 'retry' }
  /** Of its timer or deadline. */
  | ({ readonly kind: 'fire' } & NodeRef)
  | { readonly kind: 'signal'; readonly name: string; readonly payload: string }
  | {
      readonly kind: 'answer';
      readonly node: string;
      /** Absent: of the activations that wait, the oldest. */
      readonly iteration?: number;
      readonly approved: boolean;
      readonly approver: string;
      readonly comment: string;
      /** JSON text. */
      readonly form?: string;
    }
  /** The child of this activation has ended, or could not start. */
  | ({ readonly kind: 'child_closed'; readonly child: string; readonly end: ChildEnd } & NodeRef);

/** `output`: JSON text. */
export type ChildEnd =
  | { readonly status: 'COMPLETED'; readonly output: string }
  | { readonly status: 'FAILED' | 'CANCELLED'; readonly message: string };

export type KeptNode =
  | { readonly status: 'COMPLETED'; readonly output: string; readonly routedTo?: string | null }
  | { readonly status: 'SKIPPED' };

export type Reply =
  | { readonly ok: true; readonly alreadyApplied: boolean }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Everything impure that a decision needs, handed in by the shell. */
export interface DecisionEnvironment {
  readonly nowMs: number;
  /** Uniform in 0..1. */
  readonly random: number;
  readonly expressions: Expressions;
  /** A new one with every call. */
  readonly mintExecutionId: () => string;
}

/** What expressions see (pipelines.md, "Expressions"). */
export interface ExpressionScope {
  readonly inputs: Json;
  readonly nodes: Readonly<Record<string, { readonly output: Json; readonly status: string; readonly error?: string }>>;
  readonly run: Readonly<Record<string, Json>>;
  /** Of a map item. */
  readonly item?: Json;
  readonly index?: number;
  /** Of the activation that asks. */
  readonly iteration?: number;
}

/** The expression language, injected: core knows that conditions exist, not how they are written. */
export interface Expressions {
  /** The first three throw when the expression fails at run time. */
  evaluateCondition(source: string, scope: ExpressionScope): boolean;
  evaluateExpression(source: string, scope: ExpressionScope): Json;
  renderTemplate(template: Json, scope: ExpressionScope): Json;
  /** Milliseconds, or undefined for what is no duration. */
  parseDuration(text: string): number | undefined;
  /** Whether the text has a match, in time linear to its length. @throws when the pattern is none of RE2 */
  matches(pattern: string, text: string): boolean;
  /** Checks and completes what a form asks for. @throws NexumError INVALID_INPUT */
  resolveForm(form: Readonly<Record<string, InputSpec>>, given: Json): Json;
}
