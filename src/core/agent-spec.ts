/** What the IR says of agents and of the servers of their tools. */
import type { JsonObject } from './json.js';

/**
 * What makes a tool dangerous in the hands of a stranger. `reads_web`: it brings text that strangers wrote. `holds_secrets`: it
 * can show what is not public. `writes`: it can change or send something. Who has all three can be talked into sending
 * secrets away.
 */
export const TOOL_POWERS = ['reads_web', 'holds_secrets', 'writes'] as const;
export type ToolPower = (typeof TOOL_POWERS)[number];

/** A resolved agent, as the agent loop needs it (agents.md). */
export interface AgentSpec {
  readonly name?: string;
  readonly instructions: string;
  /** `provider/model`; absent = NEXUM_MODEL of the worker, else `offline`. */
  readonly model?: string;
  readonly tools: readonly string[];
  readonly maxSteps: number;
  /** Powers that the author lets it have together; with all three at hand, all three must be named. */
  readonly allow?: readonly ToolPower[];
  /** How it acts: by calling tools (the default), or by writing JavaScript that calls them. */
  readonly kind?: 'tool_calling' | 'code';
  /** What it is good for, told to the agents that may ask it. */
  readonly description?: string;
  /** Before every so many steps it makes a plan, the first time before it begins. */
  readonly planningInterval?: number;
  readonly finalAnswerChecks?: readonly AnswerCheck[];
  /** Agents that it may ask, each with a name of its own and a description; at most `MAX_AGENT_DEPTH` deep. */
  readonly agents?: readonly AgentSpec[];
  /** When a replay asks another question than the recorded one. Default `fail`. */
  readonly onDivergence?: 'fail' | 'truncate';
}

/** What a final answer must be; checked in this order, all at once. */
export type AnswerCheck =
  /** Characters of its text. */
  | { readonly minLength: number }
  /** The text has a match of this pattern, in the syntax of RE2. */
  | { readonly regex: string }
  | { readonly jsonSchema: JsonObject }
  /** It quotes documents, and each quotation stands in its document. */
  | { readonly citationsExist: true };

/** An agent, the agents that it asks, and those that they ask. */
export const MAX_AGENT_DEPTH = 3;

/**
 * A server of the Model Context Protocol: a program that the worker starts (`command`), or an address (`url`). Values of
 * `env` and `headers` are templates over `secrets`, whose values exist at the worker only.
 */
export interface McpServerSpec {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of environment variables of the worker that `env` and `headers` may read. */
  readonly secrets?: readonly string[];
  /** What its tools can do; absent: `reads_web` and `writes`, because nobody knows. With `secrets`, `holds_secrets` too. */
  readonly powers?: readonly ToolPower[];
}
