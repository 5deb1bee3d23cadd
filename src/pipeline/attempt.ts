/** One attempt of one node, whoever makes it: what its handler is given, and what the result or the error means. */
import type { Json, JsonObject, NodeBehaviour } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { findSizeProblem } from '../core/payload-limit.js';
import type { AttemptFailure } from '../core/retry.js';
import {
  errorMessage,
  ERRORS,
  isErrorCode,
  NexumError,
  nexumError,
  NonRetryableError,
  RetryableError,
} from '../errors.js';
import type { ExpressionContext } from './expressions.js';
import { checkOutput } from './output-schema.js';

const MAX_ERROR_CHARS = 4000;

export type RenderTemplate = (template: Json, context: ExpressionContext) => Json;

export interface RenderedAttempt {
  /** The rendered `with`; an empty object without one. */
  readonly input: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  /** Agent nodes only. */
  readonly prompt?: string;
}

/**
 * Renders what the author wrote, `env` first: `with` and `prompt` can read it. No secret gets into a prompt.
 * @throws NexumError EXPRESSION_FAILED
 */
export function renderAttempt(
  behaviour: NodeBehaviour,
  context: ExpressionContext,
  secrets: Readonly<Record<string, string>>,
  renderTemplate: RenderTemplate,
): RenderedAttempt {
  const secret = { ...context, secrets };
  const env = Object.fromEntries(
    Object.entries(behaviour.env ?? {}).map(([name, template]) => [name, asText(renderTemplate(template, secret))]),
  );
  const input = behaviour.with === undefined ? {} : (renderTemplate(behaviour.with, { ...secret, env }) as JsonObject);
  if (!behaviour.agent) return { input, env };
  return { input, env, prompt: asText(renderTemplate(behaviour.prompt ?? '', { ...context, env })) };
}

/**
 * Checks what a handler returned; returns it as JSON text.
 * @throws NexumError OUTPUT_NOT_JSON, OUTPUT_TOO_LARGE, OUTPUT_INVALID
 */
export function checkedOutput(output: unknown, node: string, schema: JsonObject | undefined): string {
  const outputJson = toJsonText(output, `the output of node ${node}`);
  const tooLarge = findSizeProblem('OUTPUT_TOO_LARGE', outputJson, `the output of node ${node}`);
  if (tooLarge) throw tooLarge;
  if (schema) {
    const problems = checkOutput(schema, output as Json);
    if (problems.length > 0) throw nexumError('OUTPUT_INVALID', `the output of node ${node}: ${problems.join('; ')}`);
  }
  return outputJson;
}

/**
 * What was thrown, as the execution will show it: the code decides the retry policy's non_retryable.
 * @param mask takes secrets out of the message, before it is cut: a part of one at the end would not be found any more
 */
export function attemptFailure(error: unknown, mask = (text: string): string => text): AttemptFailure {
  const message = mask(errorMessage(error)).slice(0, MAX_ERROR_CHARS);
  if (error instanceof NexumError) {
    const wanted = error.details['retryAfterMs'];
    const retryAfter = typeof wanted === 'number' ? { retryAfterMs: wanted } : {};
    return { code: error.code, message, retryable: error.retryable, ...retryAfter };
  }
  if (error instanceof RetryableError) {
    const { retryAfterMs } = error;
    const retryAfter = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { code: error.name, message, retryable: true, ...retryAfter };
  }
  const code = error instanceof Error ? codeOf(error) : 'HANDLER_FAILED';
  const final = error instanceof NonRetryableError || (isErrorCode(code) && !ERRORS[code].retryable);
  return { code, message, retryable: !final };
}

export function nodeTimeout(node: string, timeoutMs: number): NexumError {
  return nexumError('NODE_TIMEOUT', `node ${node} did not end within ${timeoutMs} ms`);
}

/** `Error` says nothing; a name of its own, such as `InvalidInput`, is what `non_retryable` lists. */
function codeOf(error: Error): string {
  return error.name === 'Error' ? 'HANDLER_FAILED' : error.name;
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
