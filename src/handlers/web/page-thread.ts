/** The thread in which pages of strangers are converted: see page-reader.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { pageMarkdown } from './page-markdown.js';

export interface PageSource {
  readonly html: string;
  readonly url: string;
}

const { html, url } = workerData as PageSource;
parentPort?.postMessage(pageMarkdown(html, url));
