/**
 * One call of a framework's tool as a durable call: what all adapters have in common. It knows no framework.
 *
 * F1  Failures are never stored: not what a tool throws, not a result that says that it is a failure, not one that the
 *     framework will refuse. The session sees an error, and may retry it; the framework sees what the tool gave.
 * F2  What is a turn of the framework and no end of the tool (an interrupt, a suspension) is neither stored nor retried.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Json } from '../core/ir.js';
import { NonRetryableError, nexumError } from '../errors.js';
import type { DurableCallContext, DurableCallOptions, DurableSession } from '../worker/handler.js';
import { failureText, isFailedResult } from './failed-result.js';

/** How the calls of one tool are made durable. Without `isFailure`, a text that begins with `Error:` is a failure. */
export interface DurableToolOptions<Args = unknown> extends Omit<DurableCallOptions, 'key' | 'signal'> {
  /** What the key is computed from instead of the validated arguments. */
  readonly key?: (args: Args) => Json;
}

export interface ToolCall {
  readonly tool: string;
  /** Validated. */
  readonly args: unknown;
  /** Of the framework: it reaches the tool, and ends the call at once. */
  readonly signal?: AbortSignal | undefined;
  readonly options?: DurableToolOptions<never> | undefined;
  /** Failures that this framework has a form for; an `isFailure` of the tool comes first. */
  readonly isFailure?: (result: Json) => boolean;
  /** F2: what is thrown, or asked after the tool has returned. */
  readonly isPending?: (outcome: Outcome) => boolean;
  /** Checked before the result is stored when it is a Standard Schema; the framework checks again, around the call. */
  readonly outputSchema?: unknown;
}

type Outcome = { readonly error: unknown } | { readonly result: unknown };

/** What the users of a Standard Schema (zod, valibot, arktype) are given; of anything else nothing is known. */
export type SchemaOutput<Schema> = Schema extends {
  readonly '~standard': { readonly types?: { readonly output: infer Output } | undefined };
}
  ? Output
  : unknown;

const currentCalls = new AsyncLocalStorage<DurableCallContext>();

/**
 * The durable call that the running code belongs to: inside a tool it has the idempotency key to hand to the service that
 * the tool calls. Undefined outside of durable tools.
 */
export function currentCall(): DurableCallContext | undefined {
  return currentCalls.getStore();
}

/** Runs `run` once per session, tool and arguments; afterwards its result is read back. Returns what `run` returned, as JSON. */
export async function callTool(
  session: DurableSession,
  call: ToolCall,
  run: (context: DurableCallContext) => unknown,
): Promise<unknown> {
  const { tool, signal } = call;
  signal?.throwIfAborted();
  const { key: _key, isFailure: _isFailure, ...own } = call.options ?? {};
  const options = signal ? { ...own, signal } : own;
  try {
    return await session.call(tool, keyOf(call), (context) => attempt(call, context, run), options);
  } catch (error) {
    if (error instanceof FailedResult) return error.result;
    if (!(error instanceof Pending)) throw error;
    if ('error' in error.outcome) throw error.outcome.error;
    return error.outcome.result;
  }
}

async function attempt(
  call: ToolCall,
  context: DurableCallContext,
  run: (context: DurableCallContext) => unknown,
): Promise<Json> {
  let result;
  try {
    result = await currentCalls.run(context, () => run(context));
  } catch (error) {
    if (call.isPending?.({ error }) === true) throw new Pending({ error });
    throw error;
  }
  if (call.isPending?.({ result }) === true) throw new Pending({ result });
  const isFailure = call.options?.isFailure ?? call.isFailure ?? isFailedResult;
  // Without a result there is nothing that could speak of a failure.
  if (result !== undefined && isFailure(result as Json)) throw new FailedResult(result as Json);
  await checkOutput(call, result);
  return result as Json;
}

/** What its framework will refuse must not be stored: it would be refused for ever. */
async function checkOutput({ tool, outputSchema }: ToolCall, result: unknown): Promise<void> {
  if (typeof outputSchema !== 'object' || outputSchema === null || !('~standard' in outputSchema)) return;
  const { validate } = outputSchema['~standard'] as {
    readonly validate: (value: unknown) => Validated | Promise<Validated>;
  };
  const { issues } = await validate(result);
  if (!issues) return;
  const problems = issues.map(({ message, path = [] }) => `${path.map(String).join('.')}: ${message}`);
  throw nexumError('TOOL_FAILED', `the result of ${tool} does not fit its output schema: ${problems.join('; ')}`);
}

interface Validated {
  readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] }[] | undefined;
}

/** To the session an error; to the framework the result that it is. */
class FailedResult extends Error {
  override readonly name = 'FailedResult';
  constructor(readonly result: Json) {
    super(failureText(result));
  }
}

class Pending extends NonRetryableError {
  override readonly name = 'Pending';
  constructor(readonly outcome: Outcome) {
    super('the call has not ended');
  }
}

/**
 * What JSON writes for the arguments, dates as text; refused is what JSON would drop, because two calls would be one.
 * @throws NexumError INVALID_REQUEST
 */
function keyOf({ tool, args, options }: ToolCall): Json {
  const key = options?.key?.(args as never) ?? args ?? null;
  const text = JSON.stringify(key, (name, value: unknown) => {
    const problem = withoutJson(value);
    if (problem === undefined) return value;
    const place = name === '' ? 'are' : `have ${name}, which is`;
    throw nexumError(
      'INVALID_REQUEST',
      `the arguments of ${tool} ${place} ${problem}; give this tool a \`key\` that makes JSON of them`,
    );
  });
  return JSON.parse(text) as Json;
}

function withoutJson(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype
    ? undefined
    : `an instance of ${(value as { constructor: { name: string } }).constructor.name}`;
}
