/** How large payloads may be. In bytes of their JSON text as UTF-8, which is what the wire and the stores count. */
import { nexumError, type ErrorCode, type NexumError } from '../errors.js';

/** One payload: an input, an output, a signal, the answer of a person. 64 MiB. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
/**
 * The input of one task: that of the execution, and the outputs of all direct dependencies. 256 MiB. It travels as one
 * text, and V8 has none of more than 512 Mi characters.
 */
export const MAX_TASK_INPUT_BYTES = 4 * MAX_PAYLOAD_BYTES;

/** One UTF-16 code unit takes no more. */
const MAX_UNIT_BYTES = 3;

/** Counts the bytes only of texts near the limit. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return false;
  return text.length > maxBytes || Buffer.byteLength(text) > maxBytes;
}

/** @param what names the payload in the error, e.g. `the output of node research` */
export function findSizeProblem(code: ErrorCode, text: string, what: string): NexumError | undefined {
  return exceedsBytes(text, MAX_PAYLOAD_BYTES) ? tooLarge(code, what, Buffer.byteLength(text)) : undefined;
}

/** Joins the members of a list or an object by commas; or OUTPUT_TOO_LARGE, before a text is made that V8 cannot hold. */
export function joinWithinLimit(texts: readonly string[], what: string): string | NexumError {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 1);
  return bytes > MAX_PAYLOAD_BYTES ? tooLarge('OUTPUT_TOO_LARGE', what, bytes) : texts.join(',');
}

function tooLarge(code: ErrorCode, what: string, bytes: number): NexumError {
  return nexumError(code, `${what} has ${bytes} bytes; ${MAX_PAYLOAD_BYTES} are allowed`);
}
