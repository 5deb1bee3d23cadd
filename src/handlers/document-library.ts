/**
 * The one door to the documents of a folder, shared by the handlers and by the tools of agents.
 *
 * Owns a small cache of parsed documents and indexes. The files are read and hashed on every call, so an answer never
 * comes from content that is no longer there; only parsing and indexing of unchanged bytes are saved.
 */
import { basename, resolve } from 'node:path';
import { nexumError } from '../errors.js';
import type { Document } from './document.js';
import { DocumentIndex, type SearchHit } from './document-index.js';
import { loadDocuments, type DocumentSet } from './documents.js';

/** Verbatim lines of one document, joined by `\n`. Lines count from 1, both ends included. A type, so that it is Json. */
export type DocumentExcerpt = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Of the whole file. */
  readonly sha256: string;
  readonly text: string;
};

/** More does not help a model and costs tokens; a longer range is cut and `endLine` says where. */
export const MAX_EXCERPT_LINES = 400;
/** Folders in use at once; each may hold up to 64 MiB of text and its index. */
const MAX_CACHED_FOLDERS = 4;

interface CachedFolder {
  set: DocumentSet;
  /** A promise, so that the parallel sub-searches of an agent share one indexing. */
  index?: Promise<DocumentIndex>;
}

export class DocumentLibrary {
  /** By absolute folder, least recently used first. */
  readonly #cache = new Map<string, CachedFolder>();

  /**
   * Loads the documents of a folder, as they are now.
   *
   * @param folder absolute, or relative to the working directory
   * @throws NexumError DOCUMENTS_NOT_FOUND when the folder is missing or holds no document
   */
  async load(folder: string, options: { readonly signal?: AbortSignal } = {}): Promise<DocumentSet> {
    return (await this.#open(folder, options)).set;
  }

  /**
   * Searches a folder with several sub-queries at once: BM25 each, fused by reciprocal rank (document-index.ts).
   *
   * @returns at most `limit` passages, best first, ties in order of path and line; empty when no term occurs
   * @throws NexumError DOCUMENTS_NOT_FOUND as load does
   */
  async search(
    folder: string,
    queries: readonly string[],
    limit: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly SearchHit[]> {
    const cached = await this.#open(folder, options);
    cached.index ??= DocumentIndex.create(cached.set);
    const index = await cached.index;
    options.signal?.throwIfAborted();
    return index.search(queries, limit);
  }

  /**
   * Reads lines of one document, at most 400; the range is cut to the lines that exist.
   *
   * @param path as search and load give it, relative to the folder
   * @throws NexumError DOCUMENTS_NOT_FOUND when the folder has no such document; INVALID_REQUEST when the range is empty
   */
  async read(
    folder: string,
    path: string,
    startLine: number,
    endLine: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<DocumentExcerpt> {
    const { set } = await this.#open(folder, options);
    const document = findDocument(set, path);
    if (document === undefined) throw unknownDocument(set, path);
    const last = document.lines.length;
    const start = Math.max(1, Math.trunc(startLine));
    const end = Math.min(last, Math.trunc(endLine), start + MAX_EXCERPT_LINES - 1);
    // Written so that NaN, which compares false with everything, is refused too.
    if (!(start <= end)) {
      const message = `${document.path} has ${last} lines; lines ${startLine} to ${endLine} are none of them`;
      throw nexumError('INVALID_REQUEST', message, { path: document.path, lines: last });
    }
    const text = document.lines.slice(start - 1, end).join('\n');
    return { path: document.path, startLine: start, endLine: end, sha256: document.sha256, text };
  }

  async #open(folder: string, options: { readonly signal?: AbortSignal }): Promise<CachedFolder> {
    const key = resolve(folder);
    const previous = this.#cache.get(key)?.set;
    const set = await loadDocuments(folder, { ...options, ...(previous === undefined ? {} : { previous }) });
    // Looked up again: a call that ran meanwhile may have indexed the same content.
    const current = this.#cache.get(key);
    const cached: CachedFolder = current?.set.fingerprint === set.fingerprint ? current : { set };
    cached.set = set;
    this.#cache.delete(key);
    this.#cache.set(key, cached);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= MAX_CACHED_FOLDERS) break;
      this.#cache.delete(oldest);
    }
    return cached;
  }
}

/**
 * Finds a document by its path as people and models write it: `./a.md`, `sub\a.md`, or with the folder in front,
 * absolute or by its last name. Compares with the paths of the set only, so nothing outside of it can be meant.
 */
export function findDocument(set: DocumentSet, path: string): Document | undefined {
  const normal = path
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '');
  const folder = set.folder.replaceAll('\\', '/');
  const prefixes = ['', `${folder}/`, `${basename(folder)}/`].filter((prefix) => normal.startsWith(prefix));
  const candidates = prefixes.map((prefix) => normal.slice(prefix.length));
  // In order of the prefixes: a real `docs/a.md` inside the folder `docs` comes before its `a.md`.
  for (const candidate of candidates) {
    const found = set.documents.find((document) => document.path === candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownDocument(set: DocumentSet, path: string): Error {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const alike = set.documents.filter((document) => document.path.endsWith(name)).map((document) => document.path);
  const some = (alike.length > 0 ? alike : set.documents.map((document) => document.path)).slice(0, 5).join(', ');
  const message = `folder ${set.folder} has no document ${JSON.stringify(path)}; it has for example: ${some}`;
  return nexumError('DOCUMENTS_NOT_FOUND', message, { folder: set.folder, path });
}
