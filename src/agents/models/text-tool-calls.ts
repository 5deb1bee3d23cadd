/**
 * Tool calls that a model wrote as text, because its server did not read them: small local models do so.
 *
 * Strict, because the text of a model may quote anything, also a document that contains something like a call:
 *
 * X1 The whole text is calls: one, a list, or several between `<tool_call>` tags. A code fence around all of it and
 *    thoughts before it (`<think>`) are allowed; a single word beside the calls makes it an answer.
 * X2 A call is an object with the name of an offered tool, its arguments (an object, or the JSON text of one), and
 *    nothing else but an id and a type. One object that is no call makes all of it an answer.
 * X3 What the arguments are worth is checked where all calls are checked: a text earns no trust by its form.
 */
import type { Json, JsonObject } from '../../core/ir.js';
import { isJsonObject } from '../tools/observation.js';

export interface TextToolCall {
  readonly name: string;
  /** JSON text of an object. */
  readonly arguments: string;
}

/** Longer texts are answers. It bounds the work on a hostile one as well. */
const MAX_CHARS = 64 * 1024;
const CALL_KEYS = new Set(['name', 'arguments', 'parameters', 'id', 'type']);

/** Returns the calls, in their order; empty when the text is an answer. */
export function textToolCalls(text: string, tools: ReadonlySet<string>): readonly TextToolCall[] {
  if (tools.size === 0 || text.length > MAX_CHARS) return [];
  const values = jsonValues(unwrapped(text.trim()));
  const calls = values?.flatMap(listed).map((value) => readCall(value, tools));
  return calls?.every((call) => call !== undefined) === true ? calls : [];
}

/** Without thoughts, without a fence, without the marks that models put before a call. */
function unwrapped(text: string): string {
  const answer = text.startsWith('<think>') ? text.slice(endOf(text, '</think>')).trim() : text;
  const fence = /^```(?:json|tool_call|tool_code)?[ \t]*\r?\n/.exec(answer);
  const inner = fence && answer.endsWith('```') ? answer.slice(fence[0].length, -3).trim() : answer;
  return inner.replace(/^(?:<\|python_tag\|>|\[TOOL_CALLS\])\s*/, '');
}

function endOf(text: string, mark: string): number {
  const at = text.indexOf(mark);
  return at === -1 ? text.length : at + mark.length;
}

/** The JSON values that the text consists of; undefined when anything else is in it. */
function jsonValues(text: string): readonly Json[] | undefined {
  const open = '<tool_call>';
  if (!text.startsWith(open)) return all([parse(text)]);
  const blocks = text.slice(open.length).split(open);
  // The last closing tag is often missing: it is the stop word of these models.
  return all(blocks.map((block) => parse(block.trim().replace(/<\/tool_call>$/, ''))));
}

function all(values: readonly (Json | undefined)[]): readonly Json[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** `[call, ...]`, `{"tool_calls": [call, ...]}`, `{"function": call}`, or the call itself. */
function listed(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value.length === 0 ? [null] : value.map(called);
  const wrapped = isJsonObject(value) && Object.keys(value).length === 1 ? value['tool_calls'] : undefined;
  return Array.isArray(wrapped) && wrapped.length > 0 ? wrapped.map(called) : [called(value)];
}

function called(value: Json): Json {
  if (!isJsonObject(value) || !isJsonObject(value['function'])) return value;
  const beside = Object.keys(value).every((key) => ['function', 'id', 'type', 'index'].includes(key));
  return beside ? value['function'] : null;
}

function readCall(value: Json, tools: ReadonlySet<string>): TextToolCall | undefined {
  if (!isJsonObject(value) || Object.keys(value).some((key) => !CALL_KEYS.has(key))) return undefined;
  const { name, arguments: args, parameters } = value;
  if (typeof name !== 'string' || !tools.has(name)) return undefined;
  if ((args === undefined) === (parameters === undefined)) return undefined;
  const given = args ?? parameters;
  const object = typeof given === 'string' ? parse(given) : given;
  const text = isJsonObject(object) ? stringified(object) : undefined;
  return text === undefined ? undefined : { name, arguments: text };
}

/** undefined: nested deeper than the stack of this process. */
function stringified(value: JsonObject): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
