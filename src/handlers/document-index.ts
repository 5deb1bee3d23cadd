/** Full-text search over the chunks of a document set. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import MiniSearch from 'minisearch';
import { chunkDocument, type Chunk } from './chunks.js';
import type { DocumentSet } from './documents.js';
import { termOf, words } from './terms.js';

/** A passage that matched, verbatim. Lines count from 1, both ends included. */
export type SearchHit = Chunk & {
  /** Of the file that was searched. */
  readonly sha256: string;
  /** Reciprocal rank fusion score: comparable within one search only. */
  readonly score: number;
};

type IndexedChunk = Chunk & {
  readonly id: number;
  readonly title: string;
  readonly sha256: string;
};

/** The constant of the paper: large enough that no single sub-query decides alone. */
const FUSION_K = 60;
/** How far down a sub-query's ranking can still add to the fusion. */
const FUSION_DEPTH = 100;
/** A shorter stem is the beginning of too much (`leas` of `least`); a longer one finds `configuration` by `config`. */
const MIN_PREFIX_CHARACTERS = 5;

/** About 50 ms of work. */
const CHUNKS_PER_SLICE = 250;

/**
 * Ranks chunks by BM25 (MiniSearch's BM25+, Lv & Zhai, "Lower-bounding term frequency normalization", CIKM 2011) per
 * sub-query and fuses the rankings by reciprocal rank: score = sum of 1 / (60 + rank) (Cormack, Clarke & Buettcher,
 * "Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009).
 */
export class DocumentIndex {
  readonly #chunks: readonly IndexedChunk[];
  readonly #index: MiniSearch<IndexedChunk>;

  private constructor(set: DocumentSet) {
    this.#chunks = set.documents
      .flatMap((document) =>
        chunkDocument(document).map((chunk) => ({ ...chunk, title: document.title, sha256: document.sha256 })),
      )
      .map((chunk, id) => ({ ...chunk, id }));
    // Few words make up most text: folding each once makes indexing several times faster.
    const terms = new Map<string, string | null>();
    const fold = (word: string): string | null => {
      const known = terms.get(word);
      if (known !== undefined) return known;
      const term = termOf(word) ?? null;
      terms.set(word, term);
      return term;
    };
    this.#index = new MiniSearch<IndexedChunk>({
      fields: ['title', 'heading', 'text'],
      tokenize: words,
      processTerm: fold,
      searchOptions: {
        boost: { title: 1.2, heading: 1.5 },
        prefix: (term) => term.length >= MIN_PREFIX_CHARACTERS,
      },
    });
  }

  /** Indexes a set at once, which blocks for about 0.3 s per MiB of text. */
  static of(set: DocumentSet): DocumentIndex {
    const index = new DocumentIndex(set);
    index.#index.addAll(index.#chunks);
    return index;
  }

  /** Indexes a set in slices between which other work of the process goes on: timeouts, cancellation, other nodes. */
  static async create(set: DocumentSet): Promise<DocumentIndex> {
    const index = new DocumentIndex(set);
    for (let start = 0; start < index.#chunks.length; start += CHUNKS_PER_SLICE) {
      index.#index.addAll(index.#chunks.slice(start, start + CHUNKS_PER_SLICE));
      await nextTurn();
    }
    return index;
  }

  /** Returns at most `limit` chunks, best first; equal scores in order of path and line. */
  search(queries: readonly string[], limit: number): SearchHit[] {
    const scores = new Map<number, number>();
    for (const query of new Set(queries)) {
      for (const [rank, id] of this.#ranking(query).entries()) {
        scores.set(id, (scores.get(id) ?? 0) + 1 / (FUSION_K + rank + 1));
      }
    }
    return [...scores]
      .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
      .slice(0, limit)
      .flatMap(([id, score]) => this.#hit(id, score));
  }

  /** Ids are given in order of path and line, so comparing them breaks ties the same way in every run. */
  #ranking(query: string): number[] {
    return this.#index
      .search(query)
      .map((result) => ({ id: Number(result.id), score: result.score }))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, FUSION_DEPTH)
      .map((result) => result.id);
  }

  #hit(id: number, score: number): SearchHit[] {
    const chunk = this.#chunks[id];
    if (chunk === undefined) return [];
    const { path, startLine, endLine, sha256, text, heading } = chunk;
    return [{ path, startLine, endLine, sha256, score, text, ...(heading === undefined ? {} : { heading }) }];
  }
}

/** Searches a set once. For several searches of one folder, DocumentLibrary keeps the index. */
export function searchDocuments(
  set: DocumentSet,
  queries: readonly string[],
  options: { readonly limit: number },
): SearchHit[] {
  return DocumentIndex.of(set).search(queries, options.limit);
}
