/** The `openai` package: the tools of `runTools()`, and the function calls of loops that are written by hand. */
import { errorMessage } from '../../errors.js';
import type { DurableSession } from '../../worker/handler.js';
import { callTool, type DurableToolOptions } from '../tool-call.js';

export { currentCall, type DurableToolOptions } from '../tool-call.js';

/** By the name of the tool. */
export type ToolOptionsByName = Readonly<Record<string, DurableToolOptions>>;

type Run = (args: unknown, runner?: { readonly controller?: AbortController }, context?: unknown) => unknown;
type Parse = (text: string) => unknown;

/** A tool of `runTools()`, one of `zodFunction()` or `zodResponsesFunction()`, or one of the Responses API with its function. */
interface RunnableTool {
  readonly name?: string;
  readonly function?: Run | { readonly name?: string; readonly function?: Run; readonly parse?: Parse };
  readonly parse?: Parse;
  readonly $callback?: Run;
  readonly $parseRaw?: Parse;
}

/**
 * Returns the same tools for `runTools()`; each function runs once per session and parsed arguments, and is read back
 * afterwards. Tools without a function stay as they are.
 */
export function durableTools<T extends object>(
  tools: readonly T[],
  session: DurableSession,
  options: ToolOptionsByName = {},
): T[] {
  return tools.map((tool) => durableTool(tool, session, options) as T);
}

function durableTool(tool: RunnableTool, session: DurableSession, options: ToolOptionsByName): object {
  const { name, run } = partsOf(tool);
  if (!run) return tool;
  const durable: Run = (args, runner, context) =>
    callTool(
      session,
      // Without a parser a function is given the text of the model, in which spaces and the order of keys mean nothing.
      {
        tool: name,
        args: typeof args === 'string' ? parsed(args) : args,
        signal: runner?.controller?.signal,
        options: options[name],
      },
      () => run(args, runner, context),
    );
  if (tool.$callback) {
    // They are not enumerable, so that they are not sent.
    const hidden = Object.getOwnPropertyDescriptors(tool);
    return Object.create(Object.prototype, { ...hidden, $callback: { value: durable } }) as object;
  }
  if (typeof tool.function === 'function') return { ...tool, function: durable };
  return { ...tool, function: { ...tool.function, name, function: durable } };
}

export interface AnswerOptions {
  readonly signal?: AbortSignal;
  readonly tools?: ToolOptionsByName;
}

/**
 * For loops by hand over the Responses API: runs the functions that `response.output` asks for, side by side, each once per
 * session and parsed arguments. Returns the items to add to the next `input`, in the order of the calls. A name or
 * arguments that are no good are answered in words; an error of a function is thrown when all have ended.
 */
export function answerFunctionCalls(
  output: readonly { readonly type: string }[],
  tools: readonly object[],
  session: DurableSession,
  options: AnswerOptions = {},
): Promise<{ type: 'function_call_output'; call_id: string; output: string }[]> {
  const calls = output.filter((item): item is FunctionCall => item.type === 'function_call');
  return settled(
    calls.map(async (call) => ({
      type: 'function_call_output' as const,
      call_id: call.call_id,
      output: await answer(call, tools, session, options),
    })),
  );
}

/** The same for chat completions: takes `message.tool_calls`, returns the messages that answer them. */
export function answerToolCalls(
  toolCalls: readonly { readonly id: string; readonly type: string }[] | undefined,
  tools: readonly object[],
  session: DurableSession,
  options: AnswerOptions = {},
): Promise<{ role: 'tool'; tool_call_id: string; content: string }[]> {
  const calls = (toolCalls ?? []).filter((call): call is ToolCall => call.type === 'function');
  return settled(
    calls.map(async (call) => ({
      role: 'tool' as const,
      tool_call_id: call.id,
      content: await answer(call.function, tools, session, options),
    })),
  );
}

interface NamedCall {
  readonly name: string;
  readonly arguments: string;
}
interface FunctionCall extends NamedCall {
  readonly type: 'function_call';
  readonly call_id: string;
}
interface ToolCall {
  readonly type: 'function';
  readonly id: string;
  readonly function: NamedCall;
}

async function answer(
  call: NamedCall,
  tools: readonly object[],
  session: DurableSession,
  { signal, tools: options }: AnswerOptions,
): Promise<string> {
  const all = tools.map(partsOf);
  const tool = all.find(({ name, run }) => name === call.name && run !== undefined);
  if (!tool?.run) return `Error: there is no tool ${call.name}; there are ${all.map(({ name }) => name).join(', ')}`;
  const { run, parse = JSON.parse as Parse } = tool;
  let args: unknown;
  try {
    args = await parse(call.arguments);
  } catch (error) {
    return `Error: the arguments are not valid: ${errorMessage(error)}`;
  }
  const result = await callTool(session, { tool: call.name, args, signal, options: options?.[call.name] }, () =>
    run(args),
  );
  return typeof result === 'string' ? result : JSON.stringify(result ?? null);
}

function partsOf(tool: RunnableTool): { name: string; run?: Run | undefined; parse?: Parse | undefined } {
  const inner = typeof tool.function === 'object' ? tool.function : { ...tool, function: tool.function };
  const run = tool.$callback ?? inner.function;
  return { name: inner.name ?? run?.name ?? '', run, parse: tool.$parseRaw ?? inner.parse };
}

/** No function goes on after its loop has ended with the error of another. */
async function settled<T>(answers: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
