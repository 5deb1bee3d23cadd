/** The handler `report.markdown`. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Handler, HandlerContext } from '../worker/handler.js';
import { writeFileAtomic } from './atomic-file.js';
import { REPORT_MARKER } from './documents.js';
import { HandlerInput } from './handler-input.js';
import { renderReport } from './markdown-report.js';
import { parseReportBody } from './report-body.js';
import { sha256Hex } from './sha256.js';

const MAX_SLUG_CHARACTERS = 60;
/** The end of an execution id is its random part; the beginning is its time, which neighbours share. */
const SHORT_ID_CHARACTERS = 8;

/**
 * `report.markdown`: writes a report with every quotation, its source, the gaps and the method.
 *
 * with: `title`, `body` (the output of text.summarize or cite.validate, findings, or a text), `path` (default
 * `reports/<slug of the title>-<end of the execution id>.md`, relative to the working directory; name it when one
 * execution writes two reports of the same title).
 * Output: `{ path (absolute), bytes, sha256, sentences, sources }`. A later attempt writes the same bytes to the same
 * path; the file is replaced in one step (atomic-file.ts). A file that is no report of ours is never replaced.
 */
export const reportMarkdown: Handler = async (raw, context) => {
  const input = new HandlerInput(raw, context, ['title', 'body', 'path']);
  const title = input.string('title');
  const body = parseReportBody(input.get('body', 'the output of text.summarize or cite.validate'));
  const path = resolve(input.findString('path') ?? defaultPath(title, context));
  if (await isForeignFile(path)) {
    throw input.problem('path', `${path} exists and is not a report; choose another path or remove it`);
  }
  const { executionId, node, inputs } = context;
  const docs = typeof inputs['docs'] === 'string' ? inputs['docs'] : undefined;
  const content = renderReport({ title, executionId, node, docs }, body);
  context.signal.throwIfAborted();
  await writeFileAtomic(path, content);
  const sources = new Set(body.sentences.flatMap((sentence) => sentence.path ?? [])).size;
  const bytes = Buffer.byteLength(content);
  return { path, bytes, sha256: sha256Hex(content), sentences: body.sentences.length, sources };
};

function defaultPath(title: string, { executionId, iteration }: HandlerContext): string {
  const id = executionId.replace(/[^A-Za-z0-9]/g, '').slice(-SHORT_ID_CHARACTERS);
  const loop = iteration > 1 ? `-${iteration}` : '';
  return `reports/${slug(title)}-${id}${loop}.md`;
}

function slug(title: string): string {
  const ascii = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG_CHARACTERS)
    .replace(/^-+|-+$/g, '');
  return ascii === '' ? 'report' : ascii;
}

async function isForeignFile(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(REPORT_MARKER.length), 0, REPORT_MARKER.length, 0);
    return buffer.toString('utf8', 0, bytesRead) !== REPORT_MARKER;
  } finally {
    await file.close();
  }
}
