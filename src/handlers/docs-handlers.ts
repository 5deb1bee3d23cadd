/** The handlers `docs.load`, `docs.search`, `docs.read` and `docs.chunk`. All take `docs`, else the input `docs`. */
import type { Handler } from '../worker/handler.js';
import { chunkDocument } from './chunks.js';
import { type DocumentLibrary, findDocument, MAX_EXCERPT_LINES } from './document-library.js';
import { HandlerInput, isList } from './handler-input.js';
import { termsOf } from './terms.js';

const DEFAULT_HITS = 10;
const MAX_HITS = 200;
const MAX_QUERIES = 50;
/** Far beyond it the list belongs into a search and not into an output. */
const MAX_CHUNKS = 10_000;

/** `docs.load`: `{ folder, fingerprint, documents: [{ path, kind, title, sha256, lines, bytes }], warnings }`, by path. */
export function docsLoad(library: DocumentLibrary): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['docs']);
    const set = await library.load(input.folder(), { signal: context.signal });
    for (const warning of set.warnings) context.log.warn(warning);
    return {
      folder: set.folder,
      fingerprint: set.fingerprint,
      documents: set.documents.map(({ path, kind, title, sha256, lines, bytes }) => {
        return { path, kind, title, sha256, lines: lines.length, bytes };
      }),
      warnings: set.warnings,
    };
  };
}

/**
 * `docs.search`: with `query` and/or `queries` (sub-queries, fused), `limit` (default 10, at most 200).
 * Output: `{ question, queries, hits: [{ path, startLine, endLine, sha256, score, text, heading? }], uncovered }`, best
 * first; `uncovered` are the words of the queries that no hit holds. It can be passed as `findings` to cite.validate.
 */
export function docsSearch(library: DocumentLibrary): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['docs', 'query', 'queries', 'limit']);
    const limit = input.integer('limit', { min: 1, max: MAX_HITS, fallback: DEFAULT_HITS });
    const queries = queriesOf(input);
    const hits = await library.search(input.folder(), queries, limit, { signal: context.signal });
    const question = input.findString('query') ?? queries.join(' / ');
    const held = new Set(hits.flatMap((hit) => [...termsOf(hit.text).keys()]));
    const uncovered = [...termsOf(queries.join(' '))].filter(([term]) => !held.has(term)).map(([, word]) => word);
    return { question, queries, hits, uncovered };
  };
}

function queriesOf(input: HandlerInput): string[] {
  const single = input.findString('query');
  const list = input.find('queries');
  if (list === undefined) return [single ?? input.string('query')];
  const expected = `a list of 1 to ${MAX_QUERIES} strings that are not empty`;
  if (!isList(list) || list.length === 0 || list.length > MAX_QUERIES) throw input.mismatch('queries', expected, list);
  const queries = list.map((each) => {
    if (typeof each !== 'string' || each.trim() === '') throw input.mismatch('queries', expected, each);
    return each;
  });
  return [...new Set(single === undefined ? queries : [single, ...queries])];
}

/**
 * `docs.read`: with `path`, `start_line` (default 1), `end_line` (default 399 lines further); at most 400 lines.
 * Output: `{ path, startLine, endLine, sha256, text }`; `endLine` says how far it got.
 */
export function docsRead(library: DocumentLibrary): Handler {
  return (raw, context) => {
    const input = new HandlerInput(raw, context, ['docs', 'path', 'start_line', 'end_line']);
    const path = input.string('path');
    const line = { min: 1, max: Number.MAX_SAFE_INTEGER };
    const start = input.integer('start_line', { ...line, fallback: 1 });
    const end = input.integer('end_line', { ...line, fallback: start + MAX_EXCERPT_LINES - 1 });
    if (end < start) throw input.problem('end_line', `expected at least start_line (${start}), got ${end}`);
    return library.read(input.folder(), path, start, end, { signal: context.signal });
  };
}

/**
 * `docs.chunk`: with `path` (default: every document). Output: `{ chunks: [{ path, startLine, endLine, text, heading? }],
 * omitted }` in order of path and line, at most 10,000; `omitted` counts the rest.
 */
export function docsChunk(library: DocumentLibrary): Handler {
  return async (raw, context) => {
    const input = new HandlerInput(raw, context, ['docs', 'path']);
    const set = await library.load(input.folder(), { signal: context.signal });
    const path = input.findString('path');
    const document = path === undefined ? undefined : findDocument(set, path);
    if (path !== undefined && document === undefined) {
      throw input.problem('path', `folder ${set.folder} has no document ${JSON.stringify(path)}`);
    }
    const chunks = (document === undefined ? set.documents : [document]).flatMap(chunkDocument);
    return { chunks: chunks.slice(0, MAX_CHUNKS), omitted: Math.max(0, chunks.length - MAX_CHUNKS) };
  };
}
