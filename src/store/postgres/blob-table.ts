/** Blobs that may be of no use any more. */
import { textArray } from './array-literal.js';
import type { Connection } from './connection.js';
import * as hot from './hot-statements.js';

/**
 * Drops those of these blobs that no event names, as part of the transaction that is open on this connection. The second
 * statement sees what was committed until the first one had its locks.
 */
export async function dropUnusedBlobs(connection: Connection, hashes: readonly string[]): Promise<void> {
  const values = [textArray(hashes)];
  await connection.run(hot.lockBlobs, values);
  await connection.run(hot.dropUnusedBlobs, values);
}
