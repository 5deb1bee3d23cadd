/** Our functions of the expression language, besides GitHub's; toJSON and fromJSON are replaced to keep JSON exact. */
import type { ExpressionData } from '@actions/expressions/data/expressiondata';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { wellKnownFunctions } from '@actions/expressions/funcs';
import { nexumError, type NexumError } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import { unwrapJson, wrapJson } from './expression-data.js';
import { isJsonList } from './json-shape.js';

type JsonFunction = (args: readonly Json[], name: string) => Json | undefined;

const SURROGATES = /[\ud800-\udfff]/;

function wrongArgument(name: string, value: Json, expected: string): NexumError {
  const kind = Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'null'
      : typeof value === 'object'
        ? 'an object'
        : typeof value;
  return nexumError('EXPRESSION_FAILED', `${name}() needs ${expected}, not ${kind}`);
}

function asText(value: Json, name: string): string {
  if (value === null) return '';
  if (typeof value === 'object') throw wrongArgument(name, value, 'text');
  return String(value);
}

function asNumber(value: Json, name: string): number {
  if (typeof value !== 'number') throw wrongArgument(name, value, 'a number');
  return value;
}

function asObject(value: Json, name: string): JsonObject {
  if (value === null) return {};
  if (typeof value !== 'object' || isJsonList(value)) throw wrongArgument(name, value, 'an object');
  return value;
}

/** Characters, not UTF-16 units: half an emoji is no text. */
function characters(text: string): readonly string[] | string {
  return SURROGATES.test(text) ? Array.from(text) : text;
}

/** The numbers of `f(a, b)` or of `f([a, b])`. */
function numbers(args: readonly Json[], name: string): number[] {
  const [first] = args;
  const list = args.length === 1 && first !== undefined && isJsonList(first) ? first : args;
  return list.map((value) => asNumber(value, name));
}

function len([value = null]: readonly Json[], name: string): Json {
  if (value === null) return 0;
  if (typeof value === 'string') return characters(value).length;
  if (typeof value !== 'object') throw wrongArgument(name, value, 'text, a list or an object');
  return isJsonList(value) ? value.length : Object.keys(value).length;
}

function slice([value = null, from = 0, to]: readonly Json[], name: string): Json {
  const start = asNumber(from, name);
  const end = to === undefined || to === null ? undefined : asNumber(to, name);
  if (value === null) return null;
  if (typeof value === 'string') {
    const part = characters(value).slice(start, end);
    return typeof part === 'string' ? part : part.join('');
  }
  if (typeof value !== 'object' || !isJsonList(value)) throw wrongArgument(name, value, 'text or a list');
  return value.slice(start, end);
}

function element(value: Json, index: number, name: string): Json | undefined {
  if (value === null) return null;
  if (typeof value !== 'object' || !isJsonList(value)) throw wrongArgument(name, value, 'a list');
  return value.at(index);
}

function split([text = null, separator = null]: readonly Json[], name: string): Json {
  if (text === null) return [];
  const by = asText(separator, name);
  return by === '' ? Array.from(asText(text, name)) : asText(text, name).split(by);
}

/** Rounds half away from zero on the decimal digits as written, so that round(1.005, 2) is 1.01. */
function round([value = null, digits = 0]: readonly Json[], name: string): Json {
  const number = asNumber(value, name);
  const places = asNumber(digits, name);
  if (!Number.isInteger(places) || places < 0 || places > 15) {
    throw nexumError('EXPRESSION_FAILED', `${name}() keeps 0 to 15 digits, not ${places}`);
  }
  const [mantissa = '', exponent = '0'] = String(Math.abs(number)).split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + places}`));
  const [shiftedMantissa = '', shiftedExponent = '0'] = String(shifted).split('e');
  // Adding 0 turns -0 into 0: the sign of nothing is no information.
  return Math.sign(number) * Number(`${shiftedMantissa}e${Number(shiftedExponent) - places}`) + 0;
}

function extreme(args: readonly Json[], name: string, better: (a: number, b: number) => boolean): Json {
  let best: number | undefined;
  for (const value of numbers(args, name)) if (best === undefined || better(value, best)) best = value;
  return best ?? null;
}

function fromJson([value = null]: readonly Json[], name: string): Json {
  const text = asText(value, name);
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw nexumError('EXPRESSION_FAILED', `${name}() got text that is not JSON`, {}, error);
  }
}

function define(name: string, minArgs: number, maxArgs: number, run: JsonFunction): FunctionDefinition {
  const call = (...args: ExpressionData[]): ExpressionData => wrapJson(run(args.map(unwrapJson), name));
  return { name, minArgs, maxArgs, call };
}

const DEFINITIONS: readonly FunctionDefinition[] = [
  define('toJSON', 1, 1, ([value = null]) => JSON.stringify(value, null, 2)),
  define('fromJSON', 1, 1, fromJson),
  define('len', 1, 1, len),
  define('split', 2, 2, split),
  define('lower', 1, 1, ([text = null], name) => asText(text, name).toLowerCase()),
  define('upper', 1, 1, ([text = null], name) => asText(text, name).toUpperCase()),
  define('trim', 1, 1, ([text = null], name) => asText(text, name).trim()),
  define('keys', 1, 1, ([value = null], name) => Object.keys(asObject(value, name))),
  define('values', 1, 1, ([value = null], name) => Object.values(asObject(value, name))),
  define('first', 1, 1, ([list = null], name) => element(list, 0, name)),
  define('last', 1, 1, ([list = null], name) => element(list, -1, name)),
  define('slice', 2, 3, slice),
  define('min', 1, 255, (args, name) => extreme(args, name, (a, b) => a < b)),
  define('max', 1, 255, (args, name) => extreme(args, name, (a, b) => a > b)),
  define('sum', 1, 255, (args, name) => numbers(args, name).reduce((total, value) => total + value, 0)),
  define('round', 1, 2, round),
  define('default', 2, 2, ([value = null, otherwise = null]) => value ?? otherwise),
];

/** By lower-case name: the language ignores the case of function names. */
export const EXPRESSION_FUNCTIONS: Map<string, FunctionDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
);

/** Every function there is, as people write it. */
export const FUNCTION_NAMES: readonly string[] = [
  ...new Map(
    [...Object.values(wellKnownFunctions), ...DEFINITIONS].map(({ name }) => [name.toLowerCase(), name]),
  ).values(),
];

export function isFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return EXPRESSION_FUNCTIONS.has(lower) || Object.hasOwn(wellKnownFunctions, lower);
}
