/**
 * The IR: the JSON document in which a compiled workflow travels and is stored; the engine runs it, a worker reads it.
 * `versionHash = "sha256:" + hex(sha256(irJson))`. Keys that Nexum 0.2 ignores carry ours: `pipeline`, and `x-nexum` per node.
 */
import type { AgentSpec, McpServerSpec } from './agent-spec.js';
import type { Json, JsonObject } from './json.js';

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

export type { Json, JsonObject } from './json.js';
export { TOOL_POWERS, type AgentSpec, type AnswerCheck, type McpServerSpec, type ToolPower } from './agent-spec.js';

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

/** When an edge counts as taken, by how its source ended. Without a word: `succeeded`. */
export const NEED_CONDITIONS = ['succeeded', 'failed', 'completed', 'succeeded_or_skipped'] as const;
export type NeedCondition = (typeof NEED_CONDITIONS)[number];

/**
 * When a node with several dependencies goes on. `all`: all have settled, and at least one edge was taken. `any`: with the
 * first taken edge, once. `all_required`: all have settled, and every edge was taken. Otherwise the node is skipped.
 */
export const JOIN_RULES = ['all', 'any', 'all_required'] as const;
export type JoinRule = (typeof JOIN_RULES)[number];

/** ROUTER, decided by the engine: the first route whose condition holds, else `otherwise`, else none. */
export interface RouterSpec {
  readonly routes: readonly { readonly if: string; readonly to: string }[];
  readonly otherwise?: string;
}

/** MAP whose items the engine computes. The rest of the node's behaviour is that of one item. */
export interface MapSpec {
  /** Source of one expression; its value must be a list. */
  readonly over: string;
  /** Items under way at once; absent: as many as the engine opens at a time. */
  readonly maxParallel?: number;
  /**
   * What becomes of the node when an item fails. `fail`: it fails. `skip`: the output lacks the item. `collect`: the
   * output has `{"error": {"code", "message"}}` in its place.
   */
  readonly onItemError: 'fail' | 'skip' | 'collect';
}

export interface ApprovalSpec {
  /** A template. */
  readonly message?: string;
  /** Who may answer; absent: anybody. */
  readonly approvers?: readonly string[];
  /** What the approver fills in, declared like inputs. */
  readonly form?: Readonly<Record<string, InputSpec>>;
  /** Milliseconds from the moment it is pending. */
  readonly timeoutMs?: number;
  readonly onTimeout: 'fail' | 'approve' | 'reject';
  /** `continue`: the node completes with `approved: false`. */
  readonly onReject: 'fail' | 'continue';
}

/** TIMER: exactly one of `durationMs`, `duration`, `until`, `signal`. */
export interface WaitSpec {
  readonly durationMs?: number;
  /** A template that gives a duration such as `3d`. */
  readonly duration?: string;
  /** A template that gives a time: ISO 8601, or epoch milliseconds. */
  readonly until?: string;
  /** Waits for a signal of this name; its payload is the output. */
  readonly signal?: string;
  /** With `signal`: after that many milliseconds the node fails. */
  readonly timeoutMs?: number;
}

/** SUBWORKFLOW whose child the engine starts by itself. */
export interface ChildSpec {
  readonly workflowId: string;
  /** Absent: the newest version at the moment of the start. */
  readonly versionHash?: string;
  /** The inputs of the child, a template. */
  readonly with?: JsonObject;
}

/**
 * When an edge of a free graph fires. It is evaluated once, when its source has run, and stored with that commit.
 * `contains`, `notContains` and `matches` look at the text of the output (`textOf`), and mind case.
 */
export type EdgeCondition =
  | { readonly contains: string }
  | { readonly notContains: string }
  /** Equal JSON. */
  | { readonly equals: Json }
  /** A regular expression in the syntax of RE2. */
  | { readonly matches: string }
  /** The source of one expression. */
  | { readonly if: string }
  /** A handler, asked by the worker that ran the source; the answer travels with the completion. */
  | { readonly handler: string };

/** An edge of a free graph, written at its source. */
export interface EdgeSpec {
  readonly to: string;
  readonly when?: EdgeCondition;
  /** Edges of one group activate the target together (`all`, the default) or each by itself (`any`). Default: `to`. */
  readonly group?: string;
  readonly activation?: 'all' | 'any';
}

/** When a free graph stops early, with success. What was met stays met until the graph is resumed after a limit. */
export type StopSpec =
  /** Somebody, or one of `sources`, says a text that has this in it. */
  | { readonly textMention: string; readonly sources?: readonly string[] }
  /** Somebody's output is an object whose `type` is `StopMessage`. */
  | { readonly stopMessage: true }
  /** So many messages since the start or the last resume after a limit, the task included. */
  | { readonly maxMessages: number }
  | { readonly any: readonly StopSpec[] }
  | { readonly all: readonly StopSpec[] };

/** A free graph: nodes run when edges fire, as often as they do. Its edges stand at their sources (`x-nexum.edges`). */
export interface GraphSpec {
  readonly entry: readonly string[];
  /** `eager`: what is activated starts at once. `barrier`: when all that runs has committed, as one wave. */
  readonly scheduling: 'eager' | 'barrier';
  /** A turn is one commit, or (`barrier`) one wave. At a limit the execution is PAUSED. */
  readonly maxTurns?: number;
  readonly maxMessages?: number;
  readonly stopWhen?: StopSpec;
  /** A template over `inputs`: the first message. */
  readonly task: Json;
}

/** The largest `maxTurns`: nodes that the engine runs itself may take as many turns in one commit. */
export const MAX_TURNS = 10_000;

/** The largest `maxIterations` of a loop. */
export const MAX_ITERATIONS = 10_000;

/** COMPUTE: runs its nodes again and again, until the condition holds. */
export interface LoopSpec {
  /** Other nodes of the workflow; they have `dependencies` among themselves only, and belong to this loop only. */
  readonly nodes: readonly string[];
  /** The source of one expression, evaluated when all nodes of a round have settled. */
  readonly until: string;
  readonly maxIterations: number;
  /** After the last round. `continue`: the loop completes with what that round gave. */
  readonly onExhausted: 'fail' | 'continue';
}

/** What an agent hears of those messages that are new to it: the first or last so many of one source. */
export interface HistoryFilter {
  /** The name of a node, or `user`. */
  readonly source: string;
  readonly first?: number;
  readonly last?: number;
}

/**
 * The behaviour of one node beyond Nexum 0.2; everything is optional so that foreign IR runs unchanged. At most one of
 * `compute`, `router`, `approval`, `wait`, `child` and `loop`: these nodes the engine runs itself, without a worker.
 */
export interface NodeBehaviour {
  /** The name of the handler that executes the node: the dispatch key of our workers. `agent` for agent nodes. */
  readonly handler?: string;
  /** The author's `with`: JSON whose strings may hold `${{ }}`; the worker renders it before it calls the handler. */
  readonly with?: JsonObject;
  readonly agent?: AgentSpec;
  /** The tool that the handler `mcp.call` calls. */
  readonly mcp?: { readonly server: string; readonly tool: string };
  /** The agent's prompt, a template like `with`. */
  readonly prompt?: string;
  /** COMPUTE (and REDUCE or MAP of one): a template; its value is the output. */
  readonly compute?: Json;
  readonly router?: RouterSpec;
  readonly map?: MapSpec;
  readonly approval?: ApprovalSpec;
  readonly wait?: WaitSpec;
  readonly child?: ChildSpec;
  readonly loop?: LoopSpec;
  /** Of a free graph: where it goes on. Then `dependencies` are empty. */
  readonly edges?: readonly EdgeSpec[];
  /**
   * Nodes whose outputs it reads without waiting for them. In a free graph: their newest ones when it was activated. In a
   * loop: for nodes of the same loop those of the round before, for others those of before the loop.
   */
  readonly reads?: readonly string[];
  /** Of an agent in a free graph: which of the new messages it hears, grouped in this order; absent: all of them. */
  readonly history?: readonly HistoryFilter[];
  /** The author's `if`: the source of one expression, evaluated once when the dependencies have settled. */
  readonly if?: string;
  /** When the edge from a dependency counts as taken, where it is not `succeeded`. */
  readonly conditions?: Readonly<Record<string, NeedCondition>>;
  readonly join?: JoinRule;
  readonly retry?: RetryPolicy;
  /** The longest one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** The lease of this node's attempts, in milliseconds, instead of the worker's own. */
  readonly heartbeatTimeoutMs?: number;
  /** Only workers that serve this queue take the node; absent: workers without a queue. */
  readonly queue?: string;
  /** For people and other programs; the engine reads none of them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The execution goes on when the node has failed, and its dependents run. */
  readonly continueOnError?: boolean;
  /** JSON Schema (draft 2020-12) that the output must satisfy before it is committed. */
  readonly outputSchema?: JsonObject;
  /** Names and templates of the values that the handler sees as `ctx.env`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of the secrets that `with` and `env` may read; their values exist at the worker only. */
  readonly secrets?: readonly string[];
}

export interface IrNode {
  readonly type: NodeType;
  readonly dependencies: readonly string[];
  /** ROUTER: of a foreign workflow the worker says which target it chose; the engine never evaluates `condition`. */
  readonly routes?: readonly { readonly condition?: string; readonly target: string }[];
  /** REDUCE: the MAP whose outputs it folds. */
  readonly mapNodeId?: string;
  /** SUBWORKFLOW. */
  readonly subWorkflowId?: string;
  /** TIMER. */
  readonly delay_seconds?: number;
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
  readonly concurrency?: ConcurrencySpec;
  /** Whole number, -100 to 100; nodes of executions with a higher one are dispatched first. Default 0. */
  readonly priority?: number;
  /** How long an execution is kept after its end, in milliseconds; absent: until somebody purges it. */
  readonly retentionMs?: number;
  readonly schedules?: readonly ScheduleSpec[];
  /** MCP servers whose tools its nodes and agents use, by name. */
  readonly mcp?: Readonly<Record<string, McpServerSpec>>;
  /** The nodes form a free graph; without it they run in the order of their dependencies, once. */
  readonly graph?: GraphSpec;
  readonly limits?: LimitsSpec;
}

/** What one execution may use before it is PAUSED, and how fast its model calls may be made. */
export interface LimitsSpec {
  /** US dollars. */
  readonly maxCostUsd?: number;
  /** Input and output tokens together. */
  readonly maxTokens?: number;
  /** Milliseconds in which it is RUNNING. */
  readonly maxDurationMs?: number;
  /** By provider, over all executions of the workflow and all workers of a server. */
  readonly providers?: Readonly<Record<string, RateSpec>>;
}

/** How much a provider may be asked in any 60 seconds. */
export interface RateSpec {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** At most `limit` executions with the same key run at once. */
export interface ConcurrencySpec {
  /** A template over `inputs`; keys of different pipelines never meet. */
  readonly key: string;
  readonly limit: number;
  /** What becomes of one more: it waits its turn, it takes the place of the oldest, or it is refused. */
  readonly onConflict: 'queue' | 'cancel_running' | 'reject';
}

/** When the server itself starts executions. */
export interface ScheduleSpec {
  /** Unique in the pipeline; default `schedule-1`, `schedule-2`... */
  readonly name: string;
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** An IANA name. */
  readonly timezone: string;
  /** When the execution before is still under way. */
  readonly overlap: 'skip' | 'queue' | 'cancel_running';
  /** Whether times that passed while no server ran are made up for: none of them, the last one, or each. */
  readonly catchUp: 'none' | 'last' | 'all';
  /** The inputs of the executions. */
  readonly with?: JsonObject;
}

export interface WorkflowIr {
  readonly nodes: Readonly<Record<string, IrNode>>;
  readonly pipeline?: PipelineInfo;
}
