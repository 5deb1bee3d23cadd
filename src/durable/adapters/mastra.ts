/** Mastra (`@mastra/core` 1.x and 0.x): the options of a tool, with an `execute` that is a durable call. */
import type { DurableSession } from '../../worker/handler.js';
import { callTool, type DurableToolOptions, type SchemaOutput } from '../tool-call.js';

export { currentCall, type DurableToolOptions } from '../tool-call.js';

interface Surroundings {
  readonly abortSignal?: AbortSignal;
  readonly suspend?: (...args: unknown[]) => unknown;
  readonly agent?: Surroundings;
  readonly workflow?: Surroundings;
}
/** 1.x: the input, then the context. 0.x: the context with the input in it, then the options of the call. */
type Execute = (first: unknown, second?: Surroundings) => unknown;

interface ToolOptions<Input> {
  readonly id: string;
  readonly outputSchema?: unknown;
  readonly execute: (input: Input, context: never) => unknown;
}

/**
 * Returns the options for `createTool()`; `execute` runs once per session and validated input, and is read back afterwards.
 * A tool that suspends is not stored: it runs when it is resumed.
 *
 * @example
 * const weather = createTool(durable(session, { id: 'weather', description: '...', inputSchema, execute }));
 */
export function durable<Schema, Options extends object>(
  session: DurableSession,
  options: Options & ToolOptions<SchemaOutput<Schema>> & { readonly inputSchema?: Schema },
  call?: DurableToolOptions<SchemaOutput<Schema>>,
): Options;
/** For 0.x, where `execute` gets `{ context }`: its parameters need their types written. */
export function durable<Options extends ToolOptions<never>>(
  session: DurableSession,
  options: Options,
  call?: DurableToolOptions,
): Options;
export function durable(
  session: DurableSession,
  options: ToolOptions<never>,
  call?: DurableToolOptions<never>,
): ToolOptions<never> {
  const run = options.execute as Execute;
  const execute: Execute = (first, second) => {
    let suspended = false;
    const watched = <T>(around: T): T => watchSuspend(around, () => (suspended = true));
    // 1.x always hands a request context to the functions that it was given.
    const current = second !== undefined && 'requestContext' in second;
    const tool = {
      tool: options.id,
      args: current ? first : (first as { readonly context?: unknown }).context,
      signal: second?.abortSignal,
      options: call,
      outputSchema: options.outputSchema,
      isPending: () => suspended,
    };
    return callTool(session, tool, ({ signal }) =>
      run(current ? first : watched(first), { ...watched(second), abortSignal: signal }),
    );
  };
  return { ...options, execute };
}

/** A copy whose `suspend`, wherever the version of Mastra has it, also calls `note`. */
function watchSuspend<T>(around: T, note: () => void): T {
  if (typeof around !== 'object' || around === null) return around;
  const { suspend, agent, workflow } = around as Surroundings;
  return {
    ...around,
    ...(agent && { agent: watchSuspend(agent, note) }),
    ...(workflow && { workflow: watchSuspend(workflow, note) }),
    ...(suspend && {
      suspend: (...args: unknown[]): unknown => {
        note();
        return suspend(...args);
      },
    }),
  };
}
