/** Vercel AI SDK (`ai`): the `execute` of every tool becomes a durable call. */
import type { DurableSession } from '../../worker/handler.js';
import { callTool, type DurableToolOptions } from '../tool-call.js';

export { currentCall, type DurableToolOptions } from '../tool-call.js';

interface ExecutionOptions {
  readonly abortSignal?: AbortSignal;
}
type Execute = (input: unknown, options: ExecutionOptions) => unknown;

/** What the SDK has validated before it calls `execute`. */
export type ToolInput<T> = T extends { execute?: infer E } ? InputOf<E> : never;
type InputOf<E> = E extends (input: infer Input, ...rest: never[]) => unknown ? Input : never;

/**
 * Returns the same tools; each `execute` runs once per session and input, and is read back afterwards. Tools without
 * `execute` stay as they are. The outputs of a streaming tool are drained: the last one is stored, none is preliminary.
 * @param options per tool, by its name
 */
export function durableTools<T extends Readonly<Record<string, object>>>(
  tools: T,
  session: DurableSession,
  options: { readonly [Name in keyof T]?: DurableToolOptions<ToolInput<T[Name]>> } = {},
): T {
  const entries = Object.entries(tools).map(([name, tool]) => [name, durableTool(name, tool, session, options[name])]);
  return Object.fromEntries(entries) as T;
}

function durableTool(
  name: string,
  tool: { readonly execute?: Execute },
  session: DurableSession,
  options: DurableToolOptions<never> | undefined,
): object {
  const { execute } = tool;
  if (!execute) return tool;
  const durable: Execute = (input, call) =>
    callTool(session, { tool: name, args: input, signal: call.abortSignal, options }, ({ signal }) =>
      drained(execute.call(tool, input, { ...call, abortSignal: signal })),
    );
  return { ...tool, execute: durable };
}

/** The SDK takes the last output of an async iterable as the result. */
async function drained(output: unknown): Promise<unknown> {
  const given = await output;
  if (!isAsyncIterable(given)) return given;
  let last: unknown;
  for await (last of given);
  return last;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
