/** What the offline policy knows: read back from the messages alone, as a language model would. */
import type { Json, JsonObject } from '../../core/ir.js';
import type { ChatMessage, ToolMessage } from './chat.js';
import { questionIn } from '../conversation.js';
import { isJsonObject, parseResult } from '../tools/observation.js';
import { READ_DOCUMENT, SEARCH_DOCUMENTS } from '../tools/document-tools.js';

export interface Passage {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Empty when the tool that showed the text gave no hash. */
  readonly sha256: string;
  readonly text: string;
  /** True when lines may follow, so that the last sentence may be half of one. */
  readonly cut: boolean;
}

export interface Transcript {
  /** Where the question stands. */
  readonly prompt: string;
  /** Kinds of the tool rounds so far, in order. */
  readonly rounds: readonly ('search' | 'read')[];
  /** One ranked list for each search call of the last search round. */
  readonly lastHits: readonly (readonly Passage[])[];
  /** Every query asked so far. */
  readonly queries: ReadonlySet<string>;
  /** Every passage that a search has shown. */
  readonly shown: readonly Passage[];
  /** Every passage that was read. */
  readonly read: readonly Passage[];
}

export function readTranscript(messages: readonly ChatMessage[]): Transcript {
  const rounds: ('search' | 'read')[] = [];
  const queries = new Set<string>();
  const ends = new Map<string, number>();
  let lastHits: (readonly Passage[])[] = [];
  const shown: Passage[] = [];
  const read: Passage[] = [];
  for (const message of messages) {
    if (message.role === 'assistant' && message.toolCalls.length > 0) {
      const kind = message.toolCalls[0]?.name === SEARCH_DOCUMENTS ? 'search' : 'read';
      if (kind === 'search') lastHits = [];
      for (const call of message.toolCalls) {
        const args = JSON.parse(call.arguments) as JsonObject;
        if (typeof args['query'] === 'string') queries.add(args['query']);
        if (typeof args['end_line'] === 'number') ends.set(call.id, args['end_line']);
      }
      rounds.push(kind);
    } else if (message.role === 'tool' && message.name === SEARCH_DOCUMENTS) {
      const hits = hitsOf(message);
      lastHits.push(hits);
      shown.push(...hits);
    } else if (message.role === 'tool' && message.name === READ_DOCUMENT) {
      const passage = passageOf(parseResult(message.content));
      // A read that got fewer lines than it asked for has reached the end of the document.
      if (passage) read.push({ ...passage, cut: passage.endLine === ends.get(message.callId) });
    }
  }
  return { prompt: questionIn(messages), rounds, lastHits, queries, shown, read };
}

function hitsOf(message: ToolMessage): readonly Passage[] {
  const hits = parseResult(message.content)?.['hits'];
  if (!Array.isArray(hits)) return [];
  return (hits as readonly Json[]).flatMap((hit) => (isJsonObject(hit) ? (passageOf(hit) ?? []) : []));
}

function passageOf(value: JsonObject | undefined): Passage | undefined {
  if (!value) return undefined;
  const { path, startLine, endLine, sha256, text } = value;
  if (typeof path !== 'string' || typeof text !== 'string') return undefined;
  if (typeof startLine !== 'number' || typeof endLine !== 'number') return undefined;
  return { path, startLine, endLine, sha256: typeof sha256 === 'string' ? sha256 : '', text, cut: false };
}
