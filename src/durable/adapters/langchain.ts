/** LangChain and LangGraph (`@langchain/core`): the body of a tool becomes a durable call, after its schema was checked. */
import type { Json } from '../../core/ir.js';
import type { DurableSession } from '../../worker/handler.js';
import { isFailedResult } from '../failed-result.js';
import { callTool, type DurableToolOptions } from '../tool-call.js';

export { currentCall, type DurableToolOptions } from '../tool-call.js';

interface RunManager {
  handleToolEvent?(event: unknown): Promise<void>;
}
type Body = (input: unknown, manager?: RunManager, config?: { readonly signal?: AbortSignal }) => unknown;

/** What every structured tool of LangChain has. */
export interface LangChainTool {
  readonly name: string;
  readonly schema: unknown;
  readonly responseFormat?: string;
  invoke(input: never, config?: never): Promise<unknown>;
}

/**
 * Returns a copy of the tool, of the same class, whose body runs once per session and input, and is read back afterwards.
 * What a generator yields goes to the callbacks while it runs; what it returns is stored.
 */
export function durable<T extends LangChainTool>(session: DurableSession, tool: T, options?: DurableToolOptions): T {
  const { name } = tool;
  const copy = Object.create(Object.getPrototypeOf(tool) as object, Object.getOwnPropertyDescriptors(tool)) as T;
  // `_call` comes after validation and before callbacks and the tool node make messages of results and errors.
  const body = (tool as unknown as { readonly _call: Body })._call;
  const durableBody: Body = (input, manager, config) =>
    callTool(
      session,
      { tool: name, args: input, signal: config?.signal, options, isFailure: failureOf(tool), isPending },
      async ({ signal }) => returned(await body.call(tool, input, manager, { ...config, signal }), manager),
    );
  return Object.defineProperty(copy, '_call', { value: durableBody });
}

/** An answer in two parts has its text in the first. */
function failureOf({ responseFormat }: LangChainTool): (result: Json) => boolean {
  if (responseFormat !== 'content_and_artifact') return isFailedResult;
  return (result) => isFailedResult(Array.isArray(result) ? ((result[0] ?? null) as Json) : result);
}

/** LangGraph interrupts by throwing: the tool begins anew when the graph is resumed. */
function isPending(outcome: object): boolean {
  const { error } = outcome as { readonly error?: unknown };
  return typeof error === 'object' && error !== null && 'is_bubble_up' in error && error.is_bubble_up === true;
}

async function returned(output: unknown, manager: RunManager | undefined): Promise<unknown> {
  if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output)) return output;
  const steps = output as AsyncGenerator<unknown, unknown>;
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
    await manager?.handleToolEvent?.(step.value);
  }
}
