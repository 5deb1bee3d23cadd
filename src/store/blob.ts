/** Large payloads: kept once per content, in a table of their own; their events name them by hash. */
import { createHash } from 'node:crypto';
import { exceedsBytes } from '../core/payload-limit.js';
import type { ExecutionEvent } from '../core/event.js';

/**
 * Payloads of more bytes than this are blobs. Smaller: each of them costs one more search and a hash. Larger: copies of one
 * content lie in the history of every execution that it passes through.
 */
export const MAX_INLINE_BYTES = 256 * 1024;

export interface Blob {
  /** SHA-256 of the body as UTF-8, in hex. */
  readonly hash: string;
  /** Of the body, in bytes. */
  readonly size: number;
  readonly body: string;
}

/** Undefined for a payload that stays with its event. */
export function blobOf(payload: string): Blob | undefined {
  if (!exceedsBytes(payload, MAX_INLINE_BYTES)) return undefined;
  return { hash: createHash('sha256').update(payload).digest('hex'), size: Buffer.byteLength(payload), body: payload };
}

/** The blobs among the payloads of these events, by event. */
export function blobsOf(events: readonly ExecutionEvent[]): ReadonlyMap<ExecutionEvent, Blob> {
  const blobs = new Map<ExecutionEvent, Blob>();
  for (const event of events) {
    const blob = 'payload' in event ? blobOf(event.payload) : undefined;
    if (blob) blobs.set(event, blob);
  }
  return blobs;
}

/** Each content once, in the order of the hashes: whoever locks several locks them in this order. */
export function distinctBlobs(blobs: Iterable<Blob>): Blob[] {
  const byHash = new Map([...blobs].map((blob) => [blob.hash, blob]));
  return [...byHash.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}
