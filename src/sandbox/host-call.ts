/** One call of a host function: from the JSON text that code wrote to the JSON text that it gets. */
import type { Json } from '../core/ir.js';
import { toJsonText } from '../core/json-text.js';
import { errorMessage, nexumError, NexumError } from '../errors.js';
import { parseForeignJson } from './foreign-json.js';
import { MAX_ERROR_CHARS, MAX_RESULT_CHARS } from './limits.js';

/** `args` are what the code passed. `signal` is aborted when the run is over, whatever ended it. */
export type HostFunction = (args: readonly Json[], signal: AbortSignal) => Promise<Json>;

export interface HostAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** Never rejects: what goes wrong is thrown in the code. */
export async function answerCall(
  name: string,
  call: HostFunction,
  args: string,
  signal: AbortSignal,
): Promise<HostAnswer> {
  try {
    const parsed = parseForeignJson(args);
    if ('problem' in parsed) throw nexumError('INVALID_REQUEST', `the arguments of ${name}(): ${parsed.problem}`);
    const text = toJsonText(await call(parsed.value as readonly Json[], signal), `the result of ${name}()`);
    if (text.length <= MAX_RESULT_CHARS) return { ok: true, text };
    throw nexumError(
      'OUTPUT_TOO_LARGE',
      `the result of ${name}() is longer than ${MAX_RESULT_CHARS} characters as JSON`,
    );
  } catch (error) {
    const message = errorMessage(error).slice(0, MAX_ERROR_CHARS);
    return { ok: false, text: JSON.stringify({ message, code: error instanceof NexumError ? error.code : '' }) };
  }
}
