/**
 * How the answer of a tool is written for a model. Fetched text is data: it stands between tags, as JSON in which every
 * `<` is escaped, so that no document can close the tag and speak with the voice of the task.
 */
import type { Json, JsonObject } from '../../core/ir.js';

/** Longest observation in characters, about 10,000 tokens: a longer one pushes the task out of small context windows. */
export const MAX_OBSERVATION_CHARS = 40_000;

/** Escaped characters of what a tool returns when it bounds itself; the rest is for tags, paths and hashes. */
export const MAX_RESULT_CHARS = 36_000;

/** Longest error text: enough for a message, too short for a page that arrives inside one. */
const MAX_ERROR_CHARS = 2000;

const RESULT_END = '</tool_result>';

/** JSON without `<`; still the same JSON value. */
export function escapedJson(value: Json): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}

export function renderResult(tool: string, result: Json): string {
  const open = `<tool_result name="${tool}">\n`;
  const close = `\n${RESULT_END}`;
  const room = MAX_OBSERVATION_CHARS - open.length - close.length;
  const json = escapedJson(result);
  // Built-in tools bound their results themselves; this cut only meets tools that do not.
  return open + (json.length <= room ? json : json.slice(0, room - 16) + ' ... (truncated)') + close;
}

export function renderError(message: string): string {
  const cut = message.length <= MAX_ERROR_CHARS ? message : `${message.slice(0, MAX_ERROR_CHARS)} ... (truncated)`;
  return `<tool_error>\n${cut.replaceAll('<', '&lt;')}\n</tool_error>`;
}

export function isFailure(observation: string): boolean {
  return observation.startsWith('<tool_error>');
}

/** The JSON object inside an observation that `renderResult` wrote; undefined for errors and truncated results. */
export function parseResult(observation: string): JsonObject | undefined {
  if (!observation.startsWith('<tool_result ') || !observation.endsWith(RESULT_END)) return undefined;
  const json = observation.slice(observation.indexOf('\n') + 1, -RESULT_END.length);
  try {
    const value = JSON.parse(json) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param value what JSON can say, or nothing */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
