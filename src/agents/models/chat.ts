/**
 * The one shape in which the agent loop talks to any model. Type aliases, not interfaces: replies are committed as
 * JSON, and only an alias is assignable to `Json`.
 */
import type { Json, JsonObject } from '../../core/ir.js';

/** A tool call as the model wrote it; `arguments` is its JSON text, unchecked. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/**
 * `raw` is the provider's own message, verbatim with every unknown field (thought signatures, reasoning items): it is
 * what goes back to the provider on the next turn. Rebuilding it from `content` and `toolCalls` would lose those fields.
 */
export type AssistantMessage = {
  readonly role: 'assistant';
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  readonly raw: Json;
};

/** What a tool answered: one for every tool call, in the order of the calls. */
export type ToolMessage = {
  readonly role: 'tool';
  readonly callId: string;
  readonly name: string;
  readonly content: string;
};

/**
 * `speaker`: who said it in a free graph, a node or the user; absent: it is the prompt, or the loop itself.
 * `purpose`: what the loop says it for, not told to the model; absent: it is the task.
 */
export type UserMessage = {
  readonly role: 'user';
  readonly content: string;
  readonly speaker?: string;
  readonly purpose?: 'observation' | 'plan' | 'repair' | 'best_effort';
};

export type ChatMessage =
  { readonly role: 'system'; readonly content: string } | UserMessage | AssistantMessage | ToolMessage;

/** A tool as a model sees it; `parameters` is a JSON Schema of an object, without keywords at the top that providers refuse. */
export type ToolDefinition = { readonly name: string; readonly description: string; readonly parameters: JsonObject };

export type ModelRequest = {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  /** Tools of other turns, which must not be called in this one. */
  readonly withheld?: readonly ToolDefinition[];
  /** The final answer must be JSON of this schema; providers that can are told so. */
  readonly answerSchema?: JsonObject;
};

/** Tokens as the provider counted them; 0 when it did not say. */
export type Usage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens, those that the provider read from its cache. */
  readonly cachedInputTokens?: number;
  /** US dollars by the table of prices; absent: no price is known. */
  readonly costUsd?: number;
};

export type ModelReply = {
  readonly message: AssistantMessage;
  readonly usage: Usage;
  /** The model that answered, as the provider names it; an alias such as `-latest` says less. */
  readonly model?: string;
};

export interface ChatOptions {
  readonly signal: AbortSignal;
  /** The same over all attempts of this call. */
  readonly idempotencyKey: string;
  /** Called with each piece of text as it arrives, for people who watch. What counts is the reply. */
  readonly onDelta?: (text: string) => void;
}

export interface Model {
  /** `provider/model`, as findings and logs name it. */
  readonly id: string;
  /** `false`: it works by a fixed policy, and a plan would change nothing. */
  readonly plans?: false;
  /**
   * Asks once and returns the whole answer. Transport retries happen inside, bounded.
   * @throws NexumError MODEL_FAILED when the provider failed and another attempt may succeed.
   * @throws NonRetryableError when the provider refused the request.
   */
  chat(request: ModelRequest, options: ChatOptions): Promise<ModelReply>;
}

/** What a provider is sent: it knows no speakers, and no text can pass for another one, because each has its own message. */
export function spokenText({ speaker, content }: UserMessage): string {
  return speaker === undefined ? content : `${speaker} said:\n${content}`;
}
