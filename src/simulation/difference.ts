/** Compares JSON and words the first difference for people. */
import type { Json } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { isJsonList, isJsonMap } from '../pipeline/json-shape.js';

const MAX_SHOWN_CHARS = 400;

export interface Difference {
  /** To the expectation in the fixture that does not hold. */
  readonly path: YamlPath;
  readonly expected: string;
  readonly got: string;
}

/** `contains`: texts hold the expected text, maps the expected keys; lists are compared item by item. */
export type Comparison = 'equal' | 'contains';

/** Finds the first value that is not as expected; `path` leads to `expected` in the fixture. */
export function findDifference(
  expected: Json,
  got: Json | undefined,
  path: YamlPath,
  comparison: Comparison = 'equal',
): Difference | undefined {
  if (isJsonMap(expected) && isJsonMap(got)) {
    for (const [key, value] of Object.entries(expected)) {
      const found = findDifference(value, Object.hasOwn(got, key) ? got[key] : undefined, [...path, key], comparison);
      if (found) return found;
    }
    const extra = comparison === 'equal' ? Object.keys(got).find((key) => !Object.hasOwn(expected, key)) : undefined;
    return extra === undefined ? undefined : { path, expected: `no \`${extra}\``, got: shown(got[extra]) };
  }
  if (isJsonList(expected) && isJsonList(got)) {
    for (const [index, value] of expected.entries()) {
      const found = findDifference(value, got[index], [...path, index], comparison);
      if (found) return found;
    }
    if (got.length === expected.length) return undefined;
    return {
      path,
      expected: `${expected.length} items`,
      got: `${got.length} items, then ${shown(got[expected.length])}`,
    };
  }
  if (expected === got) return undefined;
  const isText = typeof expected === 'string' && typeof got === 'string';
  if (comparison === 'contains' && isText) {
    return got.includes(expected) ? undefined : { path, expected: `a text with ${shown(expected)}`, got: shown(got) };
  }
  return { path, expected: shown(expected), got: shown(got) };
}

export function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}...` : text;
}
