/** Results that come in pieces are drained before they are stored: what is read back is the whole. */
import { nexumError } from '../errors.js';

/**
 * Returns what is no stream as it is; of an AsyncIterable or a ReadableStream the list of its pieces, and of one of bytes
 * their text as UTF-8. The source is told to stop when `signal` is aborted.
 *
 * @throws NexumError OUTPUT_NOT_JSON for bytes that are no text; whatever the source throws
 */
export async function drain(result: unknown, signal: AbortSignal): Promise<unknown> {
  if (!isAsyncIterable(result)) return result;
  const iterator = result[Symbol.asyncIterator]();
  const pieces: unknown[] = [];
  for (;;) {
    if (signal.aborted) {
      await iterator.return?.();
      signal.throwIfAborted();
    }
    const next = await iterator.next();
    if (next.done === true) break;
    pieces.push(next.value);
  }
  return pieces.length > 0 && pieces.every((piece) => piece instanceof Uint8Array) ? textOf(pieces) : pieces;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function textOf(pieces: readonly Uint8Array[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (cause) {
    throw nexumError('OUTPUT_NOT_JSON', 'the stream holds bytes that are no UTF-8 text', {}, cause);
  }
}
