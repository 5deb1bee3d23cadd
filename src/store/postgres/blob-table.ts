/** Blobs that may be of no use any more. */
import { textArray } from './array-literal.js';
import type { Statement, Value } from './connection.js';
import * as hot from './hot-statements.js';

/**
 * Drops those of these blobs that no event names. `run` runs a statement of one open transaction: the second one sees what
 * was committed until the first one had its locks.
 */
export async function dropUnusedBlobs(
  run: (statement: Statement, values: readonly Value[]) => Promise<unknown>,
  hashes: readonly string[],
): Promise<void> {
  const values = [textArray(hashes)];
  await run(hot.lockBlobs, values);
  await run(hot.dropUnusedBlobs, values);
}
