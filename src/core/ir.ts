/**
 * The IR: the JSON document in which a compiled workflow travels and is stored; the engine runs it, a worker reads it.
 * `versionHash = "sha256:" + hex(sha256(irJson))`. Keys that Nexum 0.2 ignores carry ours: `pipeline`, and `x-nexum` per node.
 */
export const NODE_TYPES = [
  'COMPUTE',
  'EFFECT',
  'ROUTER',
  'HUMAN_APPROVAL',
  'MAP',
  'REDUCE',
  'SUBWORKFLOW',
  'TIMER',
] as const;
export type NodeType = (typeof NODE_TYPES)[number];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** All intervals in milliseconds. `jitter` is the fraction (0..1) by which a delay may be shortened at random. */
export interface RetryPolicy {
  /** FAILED attempts (thrown errors) allowed before the node is FAILED, the first included. */
  readonly maxAttempts: number;
  /** LOST attempts (the worker died) allowed before the node is FAILED. */
  readonly maxLost: number;
  readonly initialIntervalMs: number;
  readonly multiplier: number;
  readonly maxIntervalMs: number;
  readonly jitter: number;
  /** Error names or codes that end the node at once. */
  readonly nonRetryable: readonly string[];
}

/** What a node gets when nothing is said: the same for YAML pipelines and for foreign IR. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  maxLost: 3,
  initialIntervalMs: 1000,
  multiplier: 2,
  maxIntervalMs: 30_000,
  jitter: 0.2,
  nonRetryable: [],
};

/** A resolved agent, as the agent loop needs it (agents.md). */
export interface AgentSpec {
  readonly name?: string;
  readonly instructions: string;
  /** `provider/model`; absent = NEXUM_MODEL of the worker, else `offline`. */
  readonly model?: string;
  readonly tools: readonly string[];
  readonly maxSteps: number;
}

/** The behaviour of one node beyond Nexum 0.2; everything is optional so that foreign IR runs unchanged. */
export interface NodeBehaviour {
  /** The name of the handler that executes the node: the dispatch key of our workers. `agent` for agent nodes. */
  readonly handler?: string;
  /** The author's `with`: JSON whose strings may hold `${{ }}`; the worker renders it before it calls the handler. */
  readonly with?: JsonObject;
  readonly agent?: AgentSpec;
  /** The agent's prompt, a template like `with`. */
  readonly prompt?: string;
  /** The author's `if`: the source of one expression, evaluated once when the dependencies have settled. */
  readonly if?: string;
  readonly retry?: RetryPolicy;
  /** The longest one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** JSON Schema (draft 2020-12) that the output must satisfy before it is committed. */
  readonly outputSchema?: JsonObject;
  /** Names and templates of the values that the handler sees as `ctx.env`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface IrNode {
  readonly type: NodeType;
  readonly dependencies: readonly string[];
  readonly 'x-nexum'?: NodeBehaviour;
}

export interface InputSpec {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly required?: boolean;
  readonly default?: Json;
  readonly description?: string;
  readonly enum?: readonly Json[];
}

/** The `pipeline` key of the IR: makes every hash unique and carries what belongs to no node. */
export interface PipelineInfo {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** The author's `output`: JSON whose strings may hold `${{ }}`; evaluated when the execution completes. */
  readonly output?: Json;
}

export interface WorkflowIr {
  readonly nodes: Readonly<Record<string, IrNode>>;
  readonly pipeline?: PipelineInfo;
}
