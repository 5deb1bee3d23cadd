/** What an MCP tool answers, as JSON that can be committed: its texts, its structured content, and what was left out. */
import type { Json } from '../../core/ir.js';
import { isList, isObject } from '../handler-input.js';

/** 1 MiB of text: more belongs into a file whose path is returned. */
const MAX_TEXT_CHARS = 1024 * 1024;

/** A type alias, so that it is JSON. */
export type McpResult = {
  /** The texts of the answer, each on lines of its own. */
  readonly text: string;
  readonly structured?: Json;
  /** What is no text, by its kind, such as `image (image/png)`; and the rest of a text that is too long. */
  readonly omitted?: readonly string[];
};

export function readResult(answer: { readonly content?: Json; readonly structuredContent?: Json }): McpResult {
  const { content, structuredContent: structured } = answer;
  const texts: string[] = [];
  const omitted: string[] = [];
  for (const block of isList(content) ? content : []) {
    const text = textOf(block);
    if (text === undefined) omitted.push(nameOf(block));
    else texts.push(text);
  }
  const whole = texts.join('\n');
  if (whole.length > MAX_TEXT_CHARS) omitted.push(`${whole.length - MAX_TEXT_CHARS} characters of text`);
  return {
    text: whole.slice(0, MAX_TEXT_CHARS),
    ...(structured === undefined ? {} : { structured }),
    ...(omitted.length === 0 ? {} : { omitted }),
  };
}

function textOf(block: Json): string | undefined {
  if (!isObject(block)) return undefined;
  if (block['type'] === 'text' && typeof block['text'] === 'string') return block['text'];
  const { resource } = block;
  return isObject(resource) && typeof resource['text'] === 'string' ? resource['text'] : undefined;
}

function nameOf(block: Json): string {
  if (!isObject(block)) return 'something without a type';
  const kind = typeof block['type'] === 'string' ? block['type'] : 'something';
  const type = typeof block['mimeType'] === 'string' ? ` (${block['mimeType']})` : '';
  return `${kind}${type}`.slice(0, 100);
}
