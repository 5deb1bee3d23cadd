/**
 * The one door to the documents of a folder, shared by the handlers and by the tools of agents.
 */
import { loadDocuments, type DocumentSet } from './documents.js';
import type { SearchHit } from './document-index.js';

/** Verbatim lines of one document. */
export interface DocumentExcerpt {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly sha256: string;
  readonly text: string;
}

export class DocumentLibrary {
  load(folder: string): Promise<DocumentSet> {
    return loadDocuments(folder);
  }

  search(folder: string, queries: readonly string[], limit: number): Promise<readonly SearchHit[]> {
    return Promise.reject(new Error(`search in ${folder} for ${queries.join()} (${limit}) is being written`));
  }

  read(folder: string, path: string, startLine: number, endLine: number): Promise<DocumentExcerpt> {
    return Promise.reject(new Error(`read of ${folder}/${path}:${startLine}-${endLine} is being written`));
  }
}
