/** OpenAI Agents SDK (`@openai/agents`): the options of a function tool, with an `execute` that is a durable call. */
import type { DurableSession } from '../../worker/handler.js';
import { callTool, type DurableToolOptions, type SchemaOutput } from '../tool-call.js';

export { currentCall, type DurableToolOptions } from '../tool-call.js';

/** What the SDK hands to `execute`: what the schema gives; without one, the text of the model. */
export type Arguments<Parameters> = Parameters extends undefined ? string : SchemaOutput<Parameters>;
type Execute = (input: unknown, context?: object, details?: { readonly signal?: AbortSignal }) => unknown;

/**
 * Returns the options for `tool()`; `execute` runs once per session and validated input, and is read back afterwards.
 * `tool()` comes around it, so that its `errorFunction` makes text of errors that the session has seen as errors.
 *
 * @example
 * const weather = tool(durable(session, { name: 'weather', description: '...', parameters, execute }));
 */
export function durable<Parameters, Options extends object>(
  session: DurableSession,
  options: Options & {
    readonly name?: string;
    readonly parameters: Parameters;
    readonly outputSchema?: unknown;
    readonly execute: (input: Arguments<Parameters>, context?: never, details?: never) => unknown;
  },
  call?: DurableToolOptions<Arguments<Parameters>>,
): Options {
  const name = options.name ?? options.execute.name;
  const run = options.execute as Execute;
  const execute: Execute = (input, context, details) =>
    callTool(
      session,
      { tool: name, args: input, signal: details?.signal, options: call, outputSchema: options.outputSchema },
      ({ signal }) => run(input, context, { ...details, signal }),
    );
  return { ...options, name, execute };
}
