/**
 * JSON that code in a sandbox wrote. Parsed, it is plain data, but not yet harmless: a key `__proto__` becomes the
 * prototype of whatever it is copied into with an assignment, and deep nesting overflows the stack of whoever walks it.
 */
import type { Json } from '../core/ir.js';
import { errorMessage } from '../errors.js';

/** Half of what an output may have, so that a value still fits when it is put into one. */
const MAX_DEPTH = 100;

/** The value, or what is wrong with the text. */
export function parseForeignJson(text: string): { readonly value: Json } | { readonly problem: string } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { problem: `it is no JSON (${errorMessage(error)})` };
  }
  const problem = findProblem(value, 0);
  return problem === undefined ? { value } : { problem };
}

function findProblem(value: Json, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH}`;
  if (Object.hasOwn(value, '__proto__')) return 'it has a key `__proto__`';
  for (const member of Object.values<Json>(value)) {
    const problem = findProblem(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
