/** What durable calls need of a server; a Nexum 0.2 server offers it in another way (nexum02-calls.ts). */
import type { NexumError } from '../errors.js';

export interface CallRequest {
  /** `<session>/<hash>[@version][#n]` */
  readonly key: string;
  readonly tool: string;
  /** `{"session", "tool", "args"}`; JSON text. */
  readonly inputJson: string;
}

export interface RanCall {
  readonly outputJson: string;
  readonly replayed: boolean;
}

/** The lease of one attempt. */
export interface HeldCall {
  readonly taskId: string;
  readonly attempt: number;
  readonly leaseMs: number;
}

export interface StoredCall {
  readonly kind: 'stored';
  readonly executionId: string;
  readonly outputJson: string;
  /** How long ago it was committed, by the clock of the server; 0: just now. */
  readonly ageMs: number;
}

export type Claim =
  /** This process holds the lease and must run the call. */
  | { readonly kind: 'run'; readonly held: HeldCall }
  | StoredCall
  /** It had failed or was cancelled before anybody asked again: errors are never cached. */
  | { readonly kind: 'ended'; readonly executionId: string; readonly error: NexumError };

export interface CallDesk {
  /** Leases go on as long as heartbeats come. */
  readonly keepsLeases: boolean;
  /** From the first claim to the last answer: keeps the way to the server open. */
  begin(): void;
  end(): void;
  /**
   * Waits while somebody else holds the call. When `signal` is aborted a lease that comes too late is given back.
   * @throws NexumError whatever the server refused
   */
  claim(request: CallRequest, signal: AbortSignal): Promise<Claim>;
  /** Tells the server until it answers. @throws NexumError STALE_LEASE, EXECUTION_NOT_FOUND, EXECUTION_CLOSED */
  complete(held: HeldCall, outputJson: string): Promise<void>;
  /** Of a lease that is lost: whether because somebody has cancelled and forgotten the call, which must not start it anew. */
  isForgotten(held: HeldCall): Promise<boolean>;
  /** Gives the call back without a failure: its caller stopped. */
  release(held: HeldCall): Promise<void>;
  /** Gives the call back, so that whoever asks next runs it. */
  fail(held: HeldCall, code: string, message: string): Promise<void>;
  /** Deletes one execution of a call, unless somebody is at it. @throws NexumError UNSUPPORTED_SERVER */
  forget(executionId: string, session: string): Promise<void>;
  /** All that wait and all who will ask fail with this error. */
  breakWith(error: NexumError): void;
  close(): Promise<void>;
}
