/** The hash that citations and reports name a file by. */
import { createHash } from 'node:crypto';

/** Returns 64 hexadecimal digits; a string counts as its UTF-8 bytes. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
