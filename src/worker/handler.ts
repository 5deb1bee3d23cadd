/**
 * The contract between a worker and the functions that execute nodes. Built-in handlers, agents and the user's
 * `--handlers` module all have this one shape.
 */
import type { AgentSpec, Json, JsonObject, McpServerSpec } from '../core/ir.js';

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
  /** A result older than this many milliseconds is forgotten, and the call runs again. Default: it never is. */
  readonly ttlMs?: number;
  /** The longest one attempt of the call may take, in milliseconds; then its signal is aborted. Default: no limit. */
  readonly timeoutMs?: number;
  /** Tries again inside this call. Default: one try; whoever calls again tries again. */
  readonly retry?: CallRetry;
  /**
   * True for a result that reports a failure, such as the text "Error: ...": it is thrown as TOOL_FAILED (`details.result`
   * holds it), retried like any other failure, and never committed. Default: every result is a success.
   */
  readonly isFailure?: (result: Json) => boolean;
  /** Stops this caller only: others who wait for the same call go on, and one of them runs it if this one did. */
  readonly signal?: AbortSignal;
}

/** `maxAttempts` counts the first try; delays are in milliseconds and grow by `multiplier` (default 2). */
export interface CallRetry {
  readonly maxAttempts: number;
  readonly initialIntervalMs?: number;
  readonly multiplier?: number;
  readonly maxIntervalMs?: number;
}

export interface DurableCallContext {
  /** The same over all attempts of this call: hand it to the service that you call. */
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Says that the call goes on: its timeout begins anew. Its lease is kept by heartbeats anyway. */
  progress(): void;
}

/** What a person has answered. */
export type PersonsAnswer = { readonly approved: boolean; readonly approver: string; readonly comment: string };

/** The durable calls of one activation: a committed call never runs again, it is read back. */
export type RemoteOptions = Pick<DurableCallOptions, 'version' | 'key'> & {
  readonly repeat?: 'memoize' | 'sequence';
};

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
  /**
   * A durable call that any worker with a handler named `tool` executes; `args` is its input.
   * @throws NexumError with the code and text of the handler's failure
   */
  remote<T extends Json>(tool: string, args: JsonObject, options?: RemoteOptions): Promise<T>;
  /** Asks a person, durably: an approval named by `question`, answered by `nexum approve` or `nexum reject`. */
  ask(question: string, options?: { readonly approvers?: readonly string[] }): Promise<PersonsAnswer>;
  /** Forgets what was committed under the key of this call, so that it runs again. False: nothing was. */
  forget(
    tool: string,
    args: Json,
    options?: Pick<DurableCallOptions, 'repeat' | 'version' | 'key'> & { readonly ordinal?: number },
  ): Promise<boolean>;
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

/** What model calls may use: rates shared by all workers of a server, and what the execution may cost. */
export interface ModelBudget {
  /**
   * Waits until one more request may be sent.
   * @throws NexumError LIMIT_REACHED when the execution has used up what it may; the engine then pauses it
   */
  admit(request: { readonly provider: string; readonly estimatedTokens: number }, signal: AbortSignal): Promise<void>;
  /** Counts what a committed model call has used; read back or not, it is told in every attempt. */
  used(call: ModelUse): void;
}

export interface ModelUse {
  readonly provider: string;
  /** `provider/model`. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens, those that the provider read from its cache. */
  readonly cachedInputTokens?: number;
  /** US dollars; absent: no price is known. */
  readonly costUsd?: number;
  readonly replayed: boolean;
}

/** An MCP server as the pipeline declares it, with the values of its secrets in `env` and `headers`. */
export interface McpServer {
  readonly spec: McpServerSpec;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a node may use of MCP: its servers by name, and of `mcp.call` the tool. */
export interface McpContext {
  readonly servers: Readonly<Record<string, McpServer>>;
  readonly call?: { readonly server: string; readonly tool: string };
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
  readonly budget: ModelBudget;
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
  /** Nodes that use tools of MCP servers only. */
  readonly mcp?: McpContext;
  /** Agent nodes only: the resolved agent, its rendered prompt (empty without one), the output schema of the node. */
  readonly agent?: {
    readonly spec: AgentSpec;
    readonly prompt: string;
    readonly outputSchema?: JsonObject;
    /** The node declares secrets: no pipeline that was compiled here does, another program's may. */
    readonly holdsSecrets?: boolean;
  };
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
