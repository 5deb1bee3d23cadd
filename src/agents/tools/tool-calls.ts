/**
 * The tool calls of one agent, each a durable call.
 *
 * T1 A committed call never runs again in its activation: key = tool name + docs folder + validated arguments.
 * T2 What the model did wrong (unknown tool, bad arguments), what the tool refused, and arguments and results that cannot be
 *    stored become text for the model. It is never committed: the next attempt runs that call again.
 * T3 What is no answer of the tool fails the attempt instead: RetryableError, NonRetryableError, a missing documents
 *    folder, an abort, and every other error of the session itself (a lost lease, an unreachable server).
 * T4 When a call fails the attempt, tools of the loop stop: they may wait for people. The others go on to their commit.
 */
import type { Json, JsonObject } from '../../core/ir.js';
import {
  errorMessage,
  NexumError,
  nexumError,
  NonRetryableError,
  RetryableError,
  type ErrorCode,
} from '../../errors.js';
import { checkOutput } from '../../pipeline/output-schema.js';
import { traceTool } from '../../tracing/model-span.js';
import type { DurableCallContext, DurableSession } from '../../worker/handler.js';
import type { ToolCall, ToolDefinition, ToolMessage } from '../models/chat.js';
import { inScope } from '../recorded-reply.js';
import { isLoopTool, type LoopTool } from './loop-tool.js';
import { isJsonObject, renderError, renderResult } from './observation.js';
import type { AgentTool } from './agent-tool.js';

/** Tool calls of one model reply; more than this is a model in a loop, not a plan. */
export const MAX_CALLS_PER_STEP = 16;
/** Bytes of the arguments of one call. */
export const MAX_ARGUMENT_BYTES = 64 * 1024;
/** How a session says that it cannot store something: it is nested too deeply, or too long. */
const UNSTORABLE: readonly ErrorCode[] = ['OUTPUT_NOT_JSON', 'OUTPUT_TOO_LARGE'];

export interface ToolCallsOptions {
  readonly available: ReadonlyMap<string, AgentTool>;
  readonly names: readonly string[];
  /** Tools of the loop itself, which come before those of the same name. */
  readonly own?: readonly LoopTool[];
  readonly session: DurableSession;
  readonly docs: string;
  /** The name space of an agent that another one has asked. */
  readonly scope?: string | undefined;
}

export class ToolCalls {
  readonly #tools: ReadonlyMap<string, AgentTool | LoopTool>;
  readonly #session: DurableSession;
  readonly #docs: string;
  readonly #scope: string | undefined;

  /** @throws NexumError UNKNOWN_TOOL when `names` holds a tool that does not exist. */
  constructor({ available, names, own = [], session, docs, scope }: ToolCallsOptions) {
    this.#session = session;
    this.#docs = docs;
    this.#scope = scope;
    const named = names.filter((name) => !own.some((tool) => tool.name === name));
    this.#tools = new Map([...named.map((name) => pick(available, name)), ...own].map((tool) => [tool.name, tool]));
  }

  get definitions(): readonly ToolDefinition[] {
    return [...this.#tools.values()].map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** Runs the calls of one reply in parallel; one message for each, in their order. Waits for all before it throws. */
  async runAll(calls: readonly ToolCall[], signal: AbortSignal): Promise<readonly ToolMessage[]> {
    const failed = new AbortController();
    const waiting = AbortSignal.any([signal, failed.signal]);
    const running = calls.map(async (call, index): Promise<ToolMessage> => {
      const content =
        index < MAX_CALLS_PER_STEP
          ? await this.#observe(call, signal, waiting)
          : renderError(`not executed: at most ${MAX_CALLS_PER_STEP} tool calls in one step`);
      return { role: 'tool', callId: call.id, name: call.name, content };
    });
    for (const each of running) each.catch((error: unknown) => failed.abort(error));
    // A call that still runs after the attempt has failed could commit into the next attempt's session.
    await Promise.allSettled(running);
    failed.signal.throwIfAborted();
    return Promise.all(running);
  }

  /**
   * The result of one call. `waiting` ends the tools of the loop.
   * @throws NexumError TOOL_FAILED for what is text for the model (T2); `isRefusal` knows it
   */
  async run(name: string, args: Json, signal: AbortSignal, waiting = signal): Promise<Json> {
    const tool = this.#tools.get(name);
    if (!tool) {
      const known = [...this.#tools.keys()].join(', ') || 'none';
      throw refusal(`unknown tool ${JSON.stringify(name)}; the tools are: ${known}`, name);
    }
    if (!isJsonObject(args)) throw refusal('invalid arguments: not a JSON object', name);
    const problems = checkOutput(tool.parameters, args);
    if (problems.length > 0) throw refusal(`invalid arguments: ${problems.join('; ')}`, name);
    return isLoopTool(tool) ? tool.runInLoop(args, waiting) : this.#durable(tool, args, signal);
  }

  /** The result of one call that the loop itself makes; undefined when the tool refused, or is not there. */
  async runOne(name: string, args: JsonObject, signal: AbortSignal): Promise<JsonObject | undefined> {
    if (!this.#tools.has(name)) return undefined;
    try {
      const result = await this.run(name, args, signal);
      return isJsonObject(result) ? result : undefined;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async #observe(call: ToolCall, signal: AbortSignal, waiting: AbortSignal): Promise<string> {
    const tool = this.#tools.get(call.name);
    try {
      const result = await this.run(call.name, tool ? parseArguments(call) : {}, signal, waiting);
      return tool && isLoopTool(tool) && tool.render ? tool.render(result) : renderResult(call.name, result);
    } catch (error) {
      if (isRefusal(error)) return renderError(error.message);
      throw error;
    }
  }

  async #durable(tool: AgentTool, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const keyed = { ...inScope(this.#scope), docs: this.#docs, arguments: args };
    const run = async ({ idempotencyKey, signal: ofCall }: DurableCallContext): Promise<JsonObject> => {
      const both = AbortSignal.any([signal, ofCall]);
      try {
        both.throwIfAborted();
        return await traceTool(tool.name, () => tool.run(args, { signal: both, idempotencyKey }));
      } catch (error) {
        if (both.aborted || failsAttempt(error)) throw error;
        throw refusal(errorMessage(error), tool.name, error);
      }
    };
    try {
      return await this.#session.call(`tool:${tool.name}`, keyed, run, { repeat: tool.repeat ?? 'memoize' });
    } catch (error) {
      if (!(error instanceof NexumError) || !UNSTORABLE.includes(error.code)) throw error;
      throw refusal(error.message, tool.name, error);
    }
  }
}

function pick(available: ReadonlyMap<string, AgentTool>, name: string): AgentTool {
  const tool = available.get(name);
  if (tool) return tool;
  throw nexumError(
    'UNKNOWN_TOOL',
    `the agent lists the unknown tool ${name}; known: ${[...available.keys()].join(', ')}`,
  );
}

function parseArguments({ name, arguments: text }: ToolCall): Json {
  const problem = argumentsProblem(text);
  if (problem !== undefined) throw refusal(`invalid arguments: ${problem}`, name);
  return textOrNothing(text);
}

/** Says why arguments cannot be read at all; undefined when they can. */
export function argumentsProblem(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_ARGUMENT_BYTES) return `longer than ${MAX_ARGUMENT_BYTES} bytes`;
  try {
    textOrNothing(text);
    return undefined;
  } catch (error) {
    return `not JSON (${errorMessage(error)})`;
  }
}

/** Several providers send an empty string for "no arguments". */
function textOrNothing(text: string): Json {
  return (text.trim() === '' ? {} : JSON.parse(text)) as Json;
}

function refusal(message: string, tool: string, cause?: unknown): NexumError {
  return nexumError('TOOL_FAILED', message, { tool }, cause);
}

/** Whether a model has to do with it; everything else fails the attempt. */
export function isRefusal(error: unknown): error is NexumError {
  return error instanceof NexumError && error.code === 'TOOL_FAILED';
}

/** A missing folder is for the person who runs the pipeline; a missing document in it is for the model. */
function failsAttempt(error: unknown): boolean {
  if (error instanceof RetryableError || error instanceof NonRetryableError) return true;
  return error instanceof NexumError && error.code === 'DOCUMENTS_NOT_FOUND' && error.details['path'] === undefined;
}
