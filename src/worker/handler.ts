/**
 * The contract between a worker and the functions that execute nodes. Built-in handlers, agents and the user's
 * `--handlers` module all have this one shape.
 */
import type { AgentSpec, Json, JsonObject } from '../core/ir.js';

/** Writes one line to the worker's log, with execution, node and attempt attached. */
export interface HandlerLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface DurableCallOptions {
  /**
   * `memoize` (default): one result per tool and arguments. `sequence`: the n-th identical call has its own result
   * (counted from the start of this attempt). `never`: run each time, commit nothing.
   */
  readonly repeat?: 'memoize' | 'sequence' | 'never';
  /** A change makes earlier results invisible. */
  readonly version?: string;
  /** What the key is computed from instead of `args`. */
  readonly key?: Json;
}

export interface DurableCallContext {
  /** The same over all attempts of this call: hand it to the service that you call. */
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** The durable calls of one activation: a committed call never runs again, it is read back. */
export interface DurableSession {
  readonly id: string;
  /**
   * Runs `execute` under key sha256(tool + canonical JSON of args), commits its result, returns it; a committed
   * result is returned without running anything. A thrown error commits nothing.
   * @throws NexumError OUTPUT_NOT_JSON when the result is not JSON.
   */
  call<T extends Json>(
    tool: string,
    args: Json,
    execute: (context: DurableCallContext) => T | Promise<T>,
    options?: DurableCallOptions,
  ): Promise<T>;
  /** Calls of this process and attempt: `replayed` were read back, `executed` ran. */
  readonly stats: { readonly executed: number; readonly replayed: number };
}

/** What somebody has said in a free graph. */
export interface HandlerMessage {
  /** The name of a node, or `user`. */
  readonly source: string;
  /** Of the node; 0: the user. */
  readonly iteration: number;
  /** A text as it is, otherwise JSON. */
  readonly content: string;
}

export interface HandlerContext {
  readonly executionId: string;
  readonly node: string;
  /** From 1; grows when a loop activates the node again. */
  readonly iteration: number;
  /** From 1; grows when an attempt failed or its worker died. */
  readonly attempt: number;
  /** `exec:node:version`: the same over all attempts of this activation; hand it to services with side effects. */
  readonly idempotencyKey: string;
  /** Aborted on cancel, timeout, loss of the lease and shutdown. */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  readonly session: DurableSession;
  /** The rendered `env` of the node. */
  readonly env: Readonly<Record<string, string>>;
  /** The inputs of the execution. */
  readonly inputs: JsonObject;
  /** Outputs of the direct dependencies by node id. */
  readonly deps: JsonObject;
  /** In the node of a map only: the item of this task, and its number from 0. */
  readonly item?: Json;
  readonly index?: number;
  /** Agent nodes of a free graph only: what was said since the node was activated before, by others; oldest first. */
  readonly messages?: readonly HandlerMessage[];
  /** Agent nodes only: the resolved agent, its rendered prompt (empty without one), the output schema of the node. */
  readonly agent?: { readonly spec: AgentSpec; readonly prompt: string; readonly outputSchema?: JsonObject };
}

/**
 * Executes one attempt of one node. `input` is the rendered `with` (an empty object without one; for nodes of foreign
 * IR the whole `{input, deps}`). The returned JSON is the node's output. Throw RetryableError or NonRetryableError to
 * say what a retry is worth; any other error is retried by the node's policy.
 *
 * As the condition of an edge it is called after the node, with `{output, text, from, to}` and the context of that
 * attempt, and returns true when the edge fires.
 */
export type Handler = (input: JsonObject, context: HandlerContext) => Json | Promise<Json>;

export type HandlerTable = ReadonlyMap<string, Handler>;
