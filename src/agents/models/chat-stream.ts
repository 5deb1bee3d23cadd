/**
 * One streamed chat completion, put together to the message that the same request gets without a stream.
 *
 * C1 Every field counts, known or not: thought signatures and reasoning have to go back to the provider.
 * C2 Texts that grow are joined, objects are merged, lists are joined; what names something (an id, a role, a type) and
 *    everything inside an object replaces what was there.
 * C3 A stream without a finish reason has broken off, however politely it ended.
 */
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { isJsonObject } from '../tools/observation.js';

type Fields = Record<string, unknown>;

/** Fields of a message that come whole, sometimes with each piece. */
const WHOLE = new Set(['role', 'id', 'type', 'name', 'model']);

export class ChatStream {
  readonly #message: Fields = {};
  readonly #calls: Fields[] = [];
  /** The call that a piece with this index goes on with. */
  readonly #callAt = new Map<unknown, Fields>();
  #finishReason: unknown;
  #usage: unknown;
  #model: unknown;

  /** Returns the text that this piece adds. */
  add(chunk: ChatCompletionChunk): string {
    const { usage, model, choices } = chunk as { usage?: unknown; model?: unknown; choices?: unknown };
    this.#usage = usage ?? this.#usage;
    this.#model = model ?? this.#model;
    const choice = (Array.isArray(choices) ? (choices as Fields[]) : []).find(({ index }) => (index ?? 0) === 0);
    this.#finishReason = choice?.['finish_reason'] ?? this.#finishReason;
    const delta = choice?.['delta'];
    if (!isJsonObject(delta)) return '';
    const { tool_calls: calls, ...rest } = delta;
    mergeMessage(this.#message, rest);
    for (const call of Array.isArray(calls) ? calls : []) if (isJsonObject(call)) this.#addCall(call);
    return textOf(delta['content']) + textOf(delta['refusal']);
  }

  /** The completion as it comes without a stream; undefined when the stream broke off. */
  get completion(): Fields | undefined {
    if (typeof this.#finishReason !== 'string') return undefined;
    const calls = this.#calls.length > 0 ? { tool_calls: this.#calls } : {};
    const message = { role: 'assistant', content: null, ...this.#message, ...calls };
    return {
      model: this.#model,
      usage: this.#usage,
      choices: [{ index: 0, finish_reason: this.#finishReason, message }],
    };
  }

  /** Several servers give every call the index 0, or none: another id begins another call. */
  #addCall({ index, ...piece }: Fields): void {
    const open = this.#callAt.get(index);
    const id = piece['id'];
    const other = typeof id === 'string' && id !== '' && open?.['id'] !== undefined && open['id'] !== id;
    const call = open === undefined || other ? {} : open;
    if (call !== open) this.#calls.push(call);
    this.#callAt.set(index, call);
    const { function: called, ...rest } = piece;
    merge(call, rest);
    if (!isJsonObject(called)) return;
    const { arguments: args, ...named } = called;
    const known = call['function'];
    const target: Fields = isJsonObject(known) ? known : { name: '', arguments: '' };
    call['function'] = target;
    merge(target, named);
    const written = target['arguments'];
    if (typeof args === 'string' && typeof written === 'string') target['arguments'] = written + args;
  }
}

/** The text of a message: a string, or parts of which some are text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function mergeMessage(target: Fields, piece: Fields): void {
  for (const [key, value] of own(piece)) {
    const before = target[key];
    if (!WHOLE.has(key) && typeof before === 'string' && typeof value === 'string') target[key] = before + value;
    else merge(target, { [key]: value });
  }
}

function merge(target: Fields, piece: Fields): void {
  for (const [key, value] of own(piece)) {
    const before = target[key];
    if (isJsonObject(before) && isJsonObject(value)) merge(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) target[key] = before.concat(value);
    else if (value !== null || before === undefined) target[key] = value;
  }
}

/** `__proto__` is a name like others in JSON; assigned, it would be the prototype. */
function own(fields: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).filter(([key]) => key !== '__proto__');
}
