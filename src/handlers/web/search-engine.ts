/** What a web search is, whoever answers it. */
import type { Json } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import { isObject } from '../handler-input.js';
import type { WebClient, WebRequest } from './web-client.js';
import { isOk, statusError } from './web-status.js';

/** A type alias, so that it is JSON. */
export type SearchResult = { readonly title: string; readonly url: string; readonly snippet: string };

export interface SearchEngine {
  readonly name: string;
  /** At most `limit` results, best first. */
  search(query: string, limit: number, signal: AbortSignal): Promise<readonly SearchResult[]>;
}

/** Longer snippets are texts. */
const MAX_SNIPPET_CHARS = 600;

export function toResult(title: unknown, url: unknown, snippet: unknown): SearchResult[] {
  if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return [];
  const words = typeof snippet === 'string' ? oneLine(snippet) : '';
  return [{ title: typeof title === 'string' ? oneLine(title) : url, url, snippet: words.slice(0, MAX_SNIPPET_CHARS) }];
}

/** @throws NexumError WEB_RESPONSE_REFUSED when the answer is no JSON object */
export async function fetchJson(
  client: WebClient,
  name: string,
  request: WebRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Json>>> {
  const response = await client.fetch(request, signal);
  if (!isOk(response)) throw statusError(response, `the search by ${name}`);
  try {
    const value = JSON.parse(response.text()) as Json;
    if (isObject(value)) return value;
  } catch {
    // Said below: what came instead is mostly a page that explains why.
  }
  throw nexumError('WEB_RESPONSE_REFUSED', `the search by ${name} was answered with no JSON object`);
}

/** Text of a result without the tags that engines mark words with. */
export function oneLine(text: string): string {
  return text
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39|#x27|nbsp);/g, (_, name: string) => ENTITIES[name] ?? ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
