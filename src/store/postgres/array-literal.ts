/**
 * Array literals (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO): one parameter carries a whole column of
 * a bulk statement. The generic encoder of `pg` looks at every element anew; the columns here have one type each.
 */

/** Numbers and UUIDs: nothing to quote. */
export function plainArray(values: readonly (number | string | undefined)[]): string {
  let text = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ',';
    text += value === undefined ? 'NULL' : String(value);
  }
  return `${text}}`;
}

export function textArray(values: readonly (string | undefined)[]): string {
  let text = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ',';
    text += value === undefined ? 'NULL' : `"${SPECIAL.test(value) ? value.replace(SPECIALS, '\\$&') : value}"`;
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const SPECIALS = /["\\]/g;
