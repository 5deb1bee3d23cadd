/** Parsers for commander options. What they throw ends the process with exit code 2. */
import { nexumError } from '../errors.js';
import { parseDuration as readDuration } from '../pipeline/duration.js';

/** `500ms`, `30s`, `5m`, `2h`, `1d` -> milliseconds. */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  if (ms === undefined || ms === 0) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is not a duration such as 500ms, 30s or 5m`);
  }
  return ms;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 1) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is not a positive integer`);
  }
  return count;
}

export function parseSequence(text: string): number {
  return text.trim() === '0' ? 0 : parseCount(text);
}

/** An ISO 8601 date or time -> epoch milliseconds; without an offset it is UTC. */
export function parseTime(text: string): number {
  const match = /^\d{4}-\d{2}-\d{2}(T.*)?$/.exec(text);
  const isLocal = match?.[1] !== undefined && !/(Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const ms = match ? Date.parse(isLocal ? `${text}Z` : text) : NaN;
  if (Number.isNaN(ms)) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is not a time such as 2026-11-20 or 2026-11-20T06:00:00+01:00`);
  }
  return ms;
}

/** For repeatable options. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** Reads the `key=value` pairs of an option; a later pair wins. The value may hold `=`. */
export function parsePairs(pairs: readonly string[], option = '-i'): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const separator = pair.indexOf('=');
      if (separator < 1) throw nexumError('USAGE', `${JSON.stringify(pair)} is no pair: write ${option} key=value`);
      return [pair.slice(0, separator), pair.slice(separator + 1)];
    }),
  );
}
