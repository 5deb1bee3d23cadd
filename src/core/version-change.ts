/** One difference between two versions, found by a table of aspects and worded for people. */
import { canonicalJson } from './canonical-json.js';

export interface VersionChange {
  readonly breaking: boolean;
  /** Absent: the change is not in a node. */
  readonly node?: string;
  readonly text: string;
}

/** One thing to compare: what it is called, and where it stands. Absent values and defaults must come out the same. */
export interface Aspect<T> {
  readonly what: string;
  readonly breaking: boolean;
  readonly of: (subject: T) => unknown;
}

/** Longer values say no more than that they changed. */
const MAX_SHOWN = 60;

/** The texts of the aspects in which the two differ, in the order of the table. */
export function changedAspects<T>(
  aspects: readonly Aspect<T>[],
  from: T,
  to: T,
): { readonly breaking: boolean; readonly text: string }[] {
  return aspects.flatMap(({ what, breaking, of }) => {
    const [before, after] = [of(from), of(to)];
    return sameJson(before, after) ? [] : [{ breaking, text: `${what} ${difference(before, after)}` }];
  });
}

/** @param before JSON data, or undefined where there is none */
export function sameJson(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return false;
  // Mostly nothing changed, and the canonical form costs ten times as much.
  return JSON.stringify(before) === JSON.stringify(after) || canonicalJson(before) === canonicalJson(after);
}

/** What is in `names`, and not in `others`. */
export function without(names: Iterable<string>, others: Iterable<string>): string[] {
  const known = new Set(others);
  return [...new Set(names)].filter((name) => !known.has(name));
}

function difference(before: unknown, after: unknown): string {
  if (before === undefined) return 'was added';
  if (after === undefined) return 'was removed';
  const [old, fresh] = [JSON.stringify(before), JSON.stringify(after)];
  return old.length + fresh.length > MAX_SHOWN ? 'changed' : `changed from ${old} to ${fresh}`;
}
