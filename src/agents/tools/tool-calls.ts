/**
 * The tool calls of one agent, each a durable call.
 *
 * T1 A committed call never runs again in its activation: key = tool name + docs folder + validated arguments.
 * T2 What the model did wrong (unknown tool, bad arguments) and what the tool refused becomes text for the model. It is
 *    never committed: the next attempt runs that call again.
 * T3 What is no answer of the tool fails the attempt instead: RetryableError, NonRetryableError, a missing documents
 *    folder, an abort, and every error of the session itself (a lost lease, an unreachable server).
 */
import type { Json, JsonObject } from '../../core/ir.js';
import { errorMessage, NexumError, nexumError, NonRetryableError, RetryableError } from '../../errors.js';
import { checkOutput } from '../../pipeline/output-schema.js';
import { traceTool } from '../../tracing/model-span.js';
import type { DurableSession } from '../../worker/handler.js';
import type { ToolCall, ToolDefinition, ToolMessage } from '../models/chat.js';
import { isJsonObject, renderError, renderResult } from './observation.js';
import type { AgentTool } from './agent-tool.js';

/** Tool calls of one model reply; more than this is a model in a loop, not a plan. */
export const MAX_CALLS_PER_STEP = 16;
/** Bytes of the arguments of one call. */
export const MAX_ARGUMENT_BYTES = 64 * 1024;

export class ToolCalls {
  readonly #tools: ReadonlyMap<string, AgentTool>;
  readonly #session: DurableSession;
  readonly #docs: string;

  /** @throws NexumError UNKNOWN_TOOL when `names` holds a tool that does not exist. */
  constructor(options: {
    available: ReadonlyMap<string, AgentTool>;
    names: readonly string[];
    session: DurableSession;
    docs: string;
  }) {
    this.#session = options.session;
    this.#docs = options.docs;
    this.#tools = new Map(options.names.map((name) => [name, pick(options.available, name)]));
  }

  get definitions(): readonly ToolDefinition[] {
    return [...this.#tools.values()].map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** Runs the calls of one reply in parallel; one message for each, in their order. Waits for all before it throws. */
  async runAll(calls: readonly ToolCall[], signal: AbortSignal): Promise<readonly ToolMessage[]> {
    const running = calls.map(async (call, index): Promise<ToolMessage> => {
      const content =
        index < MAX_CALLS_PER_STEP
          ? await this.#run(call, signal)
          : renderError(`not executed: at most ${MAX_CALLS_PER_STEP} tool calls in one step`);
      return { role: 'tool', callId: call.id, name: call.name, content };
    });
    // A call that still runs after the attempt has failed could commit into the next attempt's session.
    const settled = await Promise.allSettled(running);
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }

  /** The result of one call that the loop itself makes; undefined when the tool refused. */
  async runOne(name: string, args: JsonObject, signal: AbortSignal): Promise<JsonObject | undefined> {
    const tool = this.#tools.get(name);
    if (!tool) return undefined;
    try {
      return await this.#durable(tool, args, signal);
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async #run(call: ToolCall, signal: AbortSignal): Promise<string> {
    const tool = this.#tools.get(call.name);
    if (!tool) {
      const known = [...this.#tools.keys()].join(', ') || 'none';
      return renderError(`unknown tool ${JSON.stringify(call.name)}; the tools are: ${known}`);
    }
    const parsed = parseArguments(call.arguments);
    if ('problem' in parsed) return renderError(`invalid arguments: ${parsed.problem}`);
    const problems = checkOutput(tool.parameters, parsed.args);
    if (problems.length > 0) return renderError(`invalid arguments: ${problems.join('; ')}`);
    try {
      return renderResult(tool.name, await this.#durable(tool, parsed.args, signal));
    } catch (error) {
      if (isRefusal(error)) return renderError(error.message);
      throw error;
    }
  }

  #durable(tool: AgentTool, args: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return this.#session.call<JsonObject>(
      `tool:${tool.name}`,
      { docs: this.#docs, arguments: args },
      async (call) => {
        const both = AbortSignal.any([signal, call.signal]);
        try {
          both.throwIfAborted();
          return await traceTool(tool.name, () => tool.run(args, { ...call, signal: both }));
        } catch (error) {
          if (both.aborted || failsAttempt(error)) throw error;
          throw nexumError('TOOL_FAILED', errorMessage(error), { tool: tool.name }, error);
        }
      },
      { repeat: tool.repeat ?? 'memoize' },
    );
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

function parseArguments(text: string): { args: JsonObject } | { problem: string } {
  if (Buffer.byteLength(text) > MAX_ARGUMENT_BYTES) return { problem: `longer than ${MAX_ARGUMENT_BYTES} bytes` };
  try {
    // Several providers send an empty string for "no arguments".
    const value = (text.trim() === '' ? {} : JSON.parse(text)) as Json;
    return isJsonObject(value) ? { args: value } : { problem: 'not a JSON object' };
  } catch (error) {
    return { problem: `not JSON (${errorMessage(error)})` };
  }
}

function isRefusal(error: unknown): error is NexumError {
  return error instanceof NexumError && error.code === 'TOOL_FAILED';
}

/** A missing folder is for the person who runs the pipeline; a missing document in it is for the model. */
function failsAttempt(error: unknown): boolean {
  if (error instanceof RetryableError || error instanceof NonRetryableError) return true;
  return error instanceof NexumError && error.code === 'DOCUMENTS_NOT_FOUND' && error.details['path'] === undefined;
}
