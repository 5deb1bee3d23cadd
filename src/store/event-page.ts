/** Pages of events, bounded in number and in bytes: 1,000 events with large payloads would fit into no memory. */
import type { ExecutionEvent } from '../core/event.js';

/** A page ends with the event that brings its payloads to this size, in bytes. */
export const PAGE_BYTES = 16 * 1024 * 1024;

/** Reads rows until the page is full. */
export function takePage<Row>(rows: Iterable<Row>, read: (row: Row) => ExecutionEvent): ExecutionEvent[] {
  const page: ExecutionEvent[] = [];
  let bytes = 0;
  for (const row of rows) {
    const event = read(row);
    page.push(event);
    bytes += payloadBytes(event);
    if (bytes >= PAGE_BYTES) break;
  }
  return page;
}

/** False: nothing was behind this page when it was read. */
export function isFullPage(page: readonly ExecutionEvent[], limit: number): boolean {
  return page.length >= limit || page.reduce((sum, event) => sum + payloadBytes(event), 0) >= PAGE_BYTES;
}

function payloadBytes(event: ExecutionEvent): number {
  return 'payload' in event ? Buffer.byteLength(event.payload) : 0;
}
