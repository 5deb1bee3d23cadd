/** The history: append-only, gapless per execution, complete (E5). What an event does to the records: apply-event.ts. */
import type {
  ApprovalAnswer,
  ExecutionExtra,
  ExecutionRecord,
  NodeError,
  NodeRef,
  PauseReason,
  UnsatisfiedJoin,
  WaitsFor,
} from './execution.js';
import type { Usage } from './usage.js';

/** An event after which dependents are told. */
export interface Settled extends NodeRef {
  /** Activations that this event opened: READY, or parked while PAUSED. */
  readonly ready: readonly NodeRef[];
}

interface AttemptRef extends NodeRef {
  readonly attempt: number;
}

export type EventBody =
  | {
      readonly kind: 'execution_started';
      readonly workflowId: string;
      readonly versionHash: string;
      readonly idempotencyKey?: string;
      readonly requestHash?: string;
      readonly ready: readonly NodeRef[];
      readonly extra?: ExecutionExtra;
      /** It waits for its turn (concurrency). */
      readonly waiting?: true;
      /** Executions that have to make room for it. */
      readonly cancels?: readonly string[];
      /** JSON text. */
      readonly payload: string;
    }
  /** Its turn has come. */
  | { readonly kind: 'execution_admitted'; readonly ready: readonly NodeRef[] }
  | ({
      readonly kind: 'node_leased';
      readonly workerId: string;
      readonly nonce: string;
      readonly leaseMs: number;
      readonly deadlineAtMs?: number;
    } & AttemptRef)
  | ({ readonly kind: 'attempt_failed'; readonly error: NodeError; readonly retryAtMs?: number } & AttemptRef)
  | ({ readonly kind: 'attempt_lost'; readonly reason: LostReason; readonly retryAtMs?: number } & AttemptRef)
  | ({ readonly kind: 'attempt_released' } & AttemptRef)
  /** What the model calls of the activation have used beyond what was known: adding these events up counts each call once. */
  | ({ readonly kind: 'usage_reported'; readonly added: Usage } & AttemptRef)
  /** The engine takes over: a timer, a deadline, a child, a person. `payload`: message or input of a child, JSON text. */
  | ({
      readonly kind: 'node_waiting';
      readonly waitsFor: Exclude<WaitsFor, 'items' | 'nodes'>;
      readonly untilMs?: number;
      readonly child?: string;
      readonly childWorkflowId?: string;
      /** Absent: the newest version when it starts. */
      readonly childVersion?: string;
      readonly signal?: string;
      readonly payload?: string;
    } & NodeRef)
  /** The items of a MAP are known; `pages` events follow that hold them. */
  | ({
      readonly kind: 'map_expanded';
      readonly total: number;
      readonly pageSize: number;
      readonly pages: number;
    } & NodeRef)
  /** `payload`: a JSON list of items. */
  | ({ readonly kind: 'map_items'; readonly page: number; readonly payload: string } & NodeRef)
  /** Items `from` to `to` - 1 are open. */
  | ({ readonly kind: 'items_opened'; readonly from: number; readonly to: number } & NodeRef)
  /**
   * `payload`: the output, JSON text. `attempt` 0: the engine's own. `routedTo`: the choice of a router, null for none.
   * `kept`: committed by the execution that this one is a rerun of. `signalSeq`: consumes that signal.
   */
  | ({
      readonly kind: 'node_completed';
      readonly attempt: number;
      readonly payload: string;
      readonly routedTo?: string | null;
      readonly answer?: ApprovalAnswer;
      readonly signalSeq?: number;
      readonly kept?: true;
      /** Free graph: positions of the edges that fired. Late: the execution had FAILED; `edges_fired` tells later. */
      readonly fired?: readonly number[];
      readonly late?: true;
      /** Free graph: the parts of the stop condition that this output met for the first time, by their order. */
      readonly met?: readonly number[];
      /** Free graph: with them the whole stop condition is met. */
      readonly stops?: true;
    } & Settled)
  /** Free graph, after a retry: the edges that fired when the node committed late. */
  | ({ readonly kind: 'edges_fired'; readonly fired: readonly number[] } & Settled)
  /** Barrier: all of a wave has committed, and this is the next one. */
  | { readonly kind: 'wave_started'; readonly ready: readonly NodeRef[] }
  /** A round of a loop begins. `serial`: the iteration of its nodes. */
  | ({ readonly kind: 'round_started'; readonly round: number; readonly serial: number } & Settled)
  /** Said by the user. `ready`: the entries, when it is the task. `payload`: JSON text of a string. */
  | { readonly kind: 'message_added'; readonly ready: readonly NodeRef[]; readonly payload: string }
  | ({ readonly kind: 'node_skipped'; readonly reason: 'condition' | 'dependencies_skipped' | 'kept' } & Settled)
  /** `handled`: the execution goes on, dependents are told. */
  | ({
      readonly kind: 'node_failed';
      readonly error: NodeError;
      readonly handled?: true;
      readonly answer?: ApprovalAnswer;
    } & Settled)
  /** `child`: it is cancelled, too. */
  | ({ readonly kind: 'node_cancelled'; readonly child?: string } & NodeRef)
  /** `payload`: JSON text. */
  | { readonly kind: 'signal_received'; readonly name: string; readonly payload: string }
  /** `reason`: a limit; absent: somebody asked for it. */
  | { readonly kind: 'execution_paused'; readonly reason?: PauseReason }
  | { readonly kind: 'execution_resumed' }
  /** A FAILED execution goes on. `ready`: what nobody had told; what failed is opened again by the events that follow. */
  | { readonly kind: 'execution_retried'; readonly ready: readonly NodeRef[] }
  /** `child`: the child that failed is retried, instead of a new one. */
  | ({ readonly kind: 'node_reopened'; readonly child?: string } & NodeRef)
  /** `payload`: the output of the execution, JSON text. Free graph: `stoppedBy` met the stop condition. */
  | {
      readonly kind: 'execution_completed';
      readonly payload: string;
      readonly stoppedBy?: NodeRef;
      readonly unsatisfied?: readonly UnsatisfiedJoin[];
    }
  | { readonly kind: 'execution_failed'; readonly node?: string; readonly error: NodeError }
  | { readonly kind: 'execution_cancelled'; readonly reason?: string };

export type LostReason = 'lease_expired' | 'worker_disconnected';
export type EventKind = EventBody['kind'];
export type ExecutionEvent = EventBody & {
  readonly executionId: string;
  readonly seq: number;
  /** Epoch milliseconds, UTC. */
  readonly atMs: number;
};

/** True for the event that ends an execution. */
export function isClosing({ kind }: { readonly kind: EventKind }): boolean {
  return kind === 'execution_completed' || kind === 'execution_failed' || kind === 'execution_cancelled';
}

/** True when these events of one execution, in order, leave it closed: a retry opens it again. */
export function leavesClosed(events: readonly { readonly kind: EventKind }[]): boolean {
  const last = events.findLast((event) => isClosing(event) || event.kind === 'execution_retried');
  return last !== undefined && isClosing(last);
}

/**
 * True when something has to be done about this event in another execution. It is kept in the outbox with the event, and
 * leaves it when that is done: neither is ever lost.
 */
export function hasConsequence(event: EventBody, execution: ExecutionRecord | undefined): boolean {
  switch (event.kind) {
    case 'execution_started':
      return (event.cancels?.length ?? 0) > 0;
    case 'node_waiting':
    case 'node_cancelled':
    case 'node_reopened':
      return event.child !== undefined;
    case 'execution_completed':
    case 'execution_failed':
    case 'execution_cancelled':
      return execution?.extra?.parent !== undefined || execution?.extra?.concurrency !== undefined;
    default:
      return false;
  }
}
