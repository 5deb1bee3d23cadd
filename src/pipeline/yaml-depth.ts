/**
 * The depth of a document, measured before the recursive part of the parser sees it. Catching its stack overflow would
 * not do: a regular expression that V8 compiles close to the end of the stack ends the whole process.
 */
import type { CST } from 'yaml';

interface Level {
  readonly token: CST.Token;
  readonly depth: number;
}

/** Finds the first map or list that lies deeper than `limit`; returns its offset, or undefined. Iterative. */
export function findTooDeep(tokens: readonly CST.Token[], limit: number): number | undefined {
  const open: Level[] = tokens.map((token) => ({ token, depth: 0 }));
  let first: number | undefined;
  for (let level = open.pop(); level; level = open.pop()) {
    const { token, depth } = level;
    if (token.type === 'document') {
      if (token.value) open.push({ token: token.value, depth });
    } else if ('items' in token) {
      if (depth >= limit) first = Math.min(first ?? token.offset, token.offset);
      else pushItems(token, depth + 1, open);
    }
  }
  return first;
}

function pushItems(token: CST.BlockMap | CST.BlockSequence | CST.FlowCollection, depth: number, open: Level[]): void {
  for (const { key, value } of token.items) {
    if (key) open.push({ token: key, depth });
    if (value) open.push({ token: value, depth });
  }
}
