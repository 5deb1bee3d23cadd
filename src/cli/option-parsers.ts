/** Parsers for commander options. What they throw ends the process with exit code 2. */
import { readFile } from 'node:fs/promises';
import type { Json, JsonObject } from '../core/ir.js';
import { errorMessage, nexumError } from '../errors.js';
import { parseDuration as readDuration } from '../pipeline/duration.js';
import { isJsonMap } from '../pipeline/json-shape.js';

/** `500ms`, `30s`, `5m`, `2h`, `1d` -> milliseconds. */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  if (ms === undefined || ms === 0) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is not a duration such as 500ms, 30s or 5m`);
  }
  return ms;
}

export function parseCount(text: string): number {
  return readCount(text, '');
}

/** The same for a named option, where a command has several. */
export function countOf(option: string): (text: string) => number {
  return (text) => readCount(text, `${option}: `);
}

function readCount(text: string, by: string): number {
  const count = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 1) {
    throw nexumError('USAGE', `${by}${JSON.stringify(text)} is not a positive integer`);
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

/** `a,b` -> a and b, each once. */
export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
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

export function parsePriority(text: string): number {
  const priority = Number(text);
  if (text.trim() === '' || !Number.isInteger(priority) || Math.abs(priority) > 100) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is not a priority: a whole number from -100 to 100`);
  }
  return priority;
}

/** JSON of an option, or with `@` before it the file that holds it. */
export async function readJson(text: string, option: string): Promise<Json> {
  const file = text.startsWith('@') ? text.slice(1) : undefined;
  const from = file ?? option;
  let json = text;
  if (file !== undefined) {
    try {
      json = await readFile(file, 'utf8');
    } catch (error) {
      throw nexumError('FILE_NOT_FOUND', `cannot read ${file} of ${option}: ${errorMessage(error)}`, { file }, error);
    }
  }
  try {
    return JSON.parse(json) as Json;
  } catch (error) {
    const hint = file === undefined ? `; a file is written ${option} @file` : '';
    throw nexumError('USAGE', `${from} is no JSON: ${errorMessage(error)}${hint}`, undefined, error);
  }
}

/** The same, of an object. */
export async function readJsonObject(text: string, option: string): Promise<JsonObject> {
  const value = await readJson(text, option);
  if (isJsonMap(value)) return value;
  throw nexumError('USAGE', `${option} must be one JSON object`);
}
