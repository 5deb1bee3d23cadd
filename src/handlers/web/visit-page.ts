/** Reads one page or text of the web, a part at a time. */
import { nexumError } from '../../errors.js';
import type { ReadPage } from './page-reader.js';
import type { WebClient } from './web-client.js';
import { placeOf } from './web-rules.js';
import { isOk, statusError } from './web-status.js';

/** Characters of one part: about 10,000 tokens. */
export const MAX_PART_CHARS = 40_000;

export interface Visit {
  readonly url: string;
  /** The first character of the part, from 0. */
  readonly start: number;
  readonly maxChars: number;
}

/** A type alias, so that it is JSON. */
export type VisitedPage = {
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly title: string;
  readonly byline?: string;
  /** Markdown of a page; other texts as they are. */
  readonly text: string;
  readonly start: number;
  /** Where the part ends; less than `characters` when there is more. */
  readonly end: number;
  readonly characters: number;
};

const HTML_TYPES: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const TEXT_TYPE = /^(text\/.+|application\/(.+\+)?(json|xml|yaml|javascript|x-ndjson))$/;

/**
 * @throws NexumError WEB_ADDRESS_REFUSED, WEB_REQUEST_FAILED; WEB_RESPONSE_REFUSED for what is no text, such as PDF
 */
export async function visitPage(
  web: { readonly client: WebClient; readonly readPage: ReadPage },
  { url, start, maxChars }: Visit,
  signal: AbortSignal,
): Promise<VisitedPage> {
  const headers = { accept: 'text/html,application/xhtml+xml,text/*;q=0.9,application/json;q=0.8,*/*;q=0.1' };
  const response = await web.client.fetch({ url, headers }, signal);
  if (!isOk(response)) throw statusError(response, `GET ${placeOf(response.url)}`);
  const { href } = response.url;
  let page: { title: string; byline?: string; text: string };
  if (HTML_TYPES.has(response.type) || (response.type === '' && /^\s*</.test(response.text()))) {
    const { markdown: text, ...rest } = await web.readPage(response.text(), href, signal);
    page = { ...rest, text };
  } else if (TEXT_TYPE.test(response.type) || response.type === '') {
    page = { title: '', text: response.text() };
  } else {
    const what = `${placeOf(response.url)} is ${response.type}`;
    throw nexumError('WEB_RESPONSE_REFUSED', `${what}, which cannot be read as text`);
  }
  const { text } = page;
  const part = text.slice(start, start + maxChars);
  return { ...page, url: href, text: part, start, end: start + part.length, characters: text.length };
}
