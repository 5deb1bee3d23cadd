/** Values -> JSON text, refusing what JSON would silently change or drop. */
import { nexumError } from '../errors.js';

/** Nested deeper than this is refused: JSON.stringify itself would overflow the stack somewhere beyond. */
const MAX_DEPTH = 200;

/**
 * @param what names the value in the error, e.g. `the output of node research`
 * @returns JSON text; `undefined` at the top is null
 * @throws NexumError OUTPUT_NOT_JSON with the path of the offending value
 */
export function toJsonText(value: unknown, what: string): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  const problem = findProblem(value, '$', new Set(), 0);
  if (problem !== undefined) throw nexumError('OUTPUT_NOT_JSON', `${what} is not JSON: ${problem}`);
  return JSON.stringify(value);
}

function findProblem(value: unknown, path: string, parents: Set<object>, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${String(value)}`;
    case 'object':
      return value === null ? undefined : findProblemInside(value, path, parents, depth);
    default:
      return `${path} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`;
  }
}

function findProblemInside(value: object, path: string, parents: Set<object>, depth: number): string | undefined {
  if (parents.has(value)) return `${path} contains itself`;
  if (depth >= MAX_DEPTH) return `${path} is nested deeper than ${MAX_DEPTH}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  if (!plain) return `${path} is an instance of ${value.constructor.name}`;
  parents.add(value);
  for (const [key, member] of Object.entries(value)) {
    // An optional property that is undefined is absent in JSON: no information is lost.
    if (member === undefined && !Array.isArray(value)) continue;
    const problem = findProblem(
      member,
      Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`,
      parents,
      depth + 1,
    );
    if (problem !== undefined) return problem;
  }
  parents.delete(value);
  return undefined;
}
