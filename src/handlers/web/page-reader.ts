/**
 * Converts pages in a thread of its own, one per page: a page of a stranger may keep the converter busy for minutes or
 * ask it for gigabytes, and neither may stop the worker. What cannot be converted in time is read as plain text.
 */
import { Worker } from 'node:worker_threads';
import { htmlText } from '../html-text.js';
import type { Page } from './page-markdown.js';
import type { PageSource } from './page-thread.js';

/** A large article takes 200 ms. */
const TIME_LIMIT_MS = 10_000;
const MEMORY_LIMIT_MB = 256;
/** The longest article that we know of has a tenth of it. */
const MAX_HTML_CHARS = 2_000_000;
const MAX_PLAIN_CHARS = 300_000;

export type ReadPage = (html: string, url: string, signal: AbortSignal) => Promise<Page>;

export const readPage: ReadPage = async (html, url, signal) => {
  try {
    return await inThread({ html: html.slice(0, MAX_HTML_CHARS), url }, signal);
  } catch {
    signal.throwIfAborted();
    return plainPage(html);
  }
};

/** What a reader sees of a page, without its structure. */
export function plainPage(html: string): Page {
  const source = html.slice(0, MAX_PLAIN_CHARS).replace(/\r\n?/g, '\n');
  const { title = '', lines } = htmlText(source, source.split('\n'));
  return { title, markdown: lines.filter((line) => line !== '').join('\n') };
}

async function inThread(source: PageSource, signal: AbortSignal): Promise<Page> {
  const limits = { maxOldGenerationSizeMb: MEMORY_LIMIT_MB };
  const thread = new Worker(new URL('./page-thread.js', import.meta.url), {
    workerData: source,
    resourceLimits: limits,
  });
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  try {
    return await new Promise<Page>((resolve, reject) => {
      both.addEventListener('abort', () => reject(new Error('the page took too long')), { once: true });
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', () => reject(new Error('the page could not be converted')));
    });
  } finally {
    await thread.terminate();
  }
}
