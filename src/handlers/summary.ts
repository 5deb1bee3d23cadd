/** Extractive summaries of quotations: each sentence keeps its source, and nothing is rephrased. */
import { isStatement, sentencesOf } from './sentences.js';
import { selectDiverse, textRank, type TermSet } from './text-rank.js';
import { termsOf } from './terms.js';

/** A text to summarize; `startLine` is the line of its source where it begins. */
export interface Passage {
  readonly text: string;
  readonly startLine: number;
  readonly path?: string;
  readonly sha256?: string;
}

/** A verbatim slice of a passage, with its own lines in the source. A type, so that it is Json. */
export type SummarySentence = {
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly path?: string;
  readonly sha256?: string;
};

export interface Summary {
  /** Best first when there is a query, else in the order of the passages. */
  readonly sentences: readonly SummarySentence[];
  /** How many sentences the passages have beyond these. */
  readonly omitted: number;
}

/** TextRank compares all pairs; above this many sentences those with the fewest terms of the query are left out. */
const MAX_RANKED = 600;
/** Centrality says what the sources talk about, the query what the reader wants: neither may drown the other. */
const QUERY_SHARE = 0.5;

interface Candidate {
  readonly sentence: SummarySentence;
  readonly terms: TermSet;
  /** The share of the query that the sentence holds, 0 to 1; rare terms weigh more. */
  readonly overlap: number;
}

/**
 * Picks at most `count` sentences: TextRank for centrality plus overlap with the query, made diverse by MMR
 * (text-rank.ts). Passages without prose (tables, data rows) contribute only when none has any.
 */
export function summarize(passages: readonly Passage[], query: string, count: number): Summary {
  const queryTerms: TermSet = new Set(termsOf(query).keys());
  const all = candidates(passages, queryTerms);
  const pool = mostRelevant(all);
  const terms = pool.map((candidate) => candidate.terms);
  const central = textRank(terms);
  const share = queryTerms.size === 0 ? 0 : QUERY_SHARE;
  const relevance = pool.map(({ overlap }, index) => (1 - share) * (central[index] ?? 0) + share * overlap);
  const chosen = selectDiverse(terms, relevance, count);
  const ordered = queryTerms.size === 0 ? chosen.sort((a, b) => a - b) : chosen;
  const sentences = ordered.flatMap((index) => pool[index]?.sentence ?? []);
  return { sentences, omitted: all.length - sentences.length };
}

function candidates(passages: readonly Passage[], queryTerms: TermSet): Candidate[] {
  const prose = passages.flatMap((passage) => located(passage).filter(({ text }) => isStatement(text)));
  const found = prose.length > 0 ? prose : passages.flatMap(wholeLines);
  const sentences = distinct(found).map((sentence) => ({ sentence, terms: new Set(termsOf(sentence.text).keys()) }));
  const weights = termWeights(sentences, queryTerms);
  const total = sum(weights.values());
  return sentences.map(({ sentence, terms }) => {
    const held = sum([...weights].filter(([term]) => terms.has(term)).map(([, weight]) => weight));
    return { sentence, terms, overlap: total === 0 ? 0 : held / total };
  });
}

/** Inverse document frequency (Sparck Jones 1972) over the sentences at hand, of the query's terms that occur. */
function termWeights(sentences: readonly { readonly terms: TermSet }[], queryTerms: TermSet): Map<string, number> {
  const weights = new Map<string, number>();
  for (const term of queryTerms) {
    const holding = sentences.filter(({ terms }) => terms.has(term)).length;
    if (holding > 0) weights.set(term, Math.log(1 + sentences.length / holding));
  }
  return weights;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function located(passage: Passage): SummarySentence[] {
  return sentencesOf(passage.text, passage.path).map((sentence) => {
    const shift = passage.startLine - 1;
    return placed(passage, sentence.text, sentence.startLine + shift, sentence.endLine + shift);
  });
}

/** Rows of a table or of code are still verbatim text: better than an empty summary. */
function wholeLines(passage: Passage): SummarySentence[] {
  return passage.text.split('\n').flatMap((line, index) => {
    const row = line.trim();
    return row === '' ? [] : [placed(passage, row, passage.startLine + index, passage.startLine + index)];
  });
}

function placed({ path, sha256 }: Passage, text: string, startLine: number, endLine: number): SummarySentence {
  return {
    text,
    startLine,
    endLine,
    ...(path === undefined ? {} : { path }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** Quotations overlap; the same words of the same place, or of a copy of the file, count once. */
function distinct(sentences: readonly SummarySentence[]): SummarySentence[] {
  const seen = new Set<string>();
  return sentences.filter(({ text }) => {
    const key = text.replace(/\s+/gu, ' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function mostRelevant(all: readonly Candidate[]): readonly Candidate[] {
  if (all.length <= MAX_RANKED) return all;
  const kept = all.map((candidate, index) => ({ candidate, index }));
  kept.sort((a, b) => b.candidate.overlap - a.candidate.overlap || a.index - b.index);
  return kept
    .slice(0, MAX_RANKED)
    .sort((a, b) => a.index - b.index)
    .map(({ candidate }) => candidate);
}
