/** Extractive summaries: which sentences matter, and which of them say something new. */
import { UndirectedGraph } from 'graphology';
import pagerankModule from 'graphology-metrics/centrality/pagerank.js';

/** The terms of one sentence. */
export type TermSet = ReadonlySet<string>;

// The package's types declare an ES default export, but its CommonJS module is the function itself.
const pagerank = pagerankModule as unknown as typeof pagerankModule.default;

/** The damping factor of the PageRank and TextRank papers. */
const DAMPING = 0.85;
/** The error shrinks by the damping factor per iteration: 200 go far below the tolerance for any graph. */
const MAX_ITERATIONS = 200;
/** Relevance against novelty; the paper's setting for summaries that stay on the question. */
const MMR_LAMBDA = 0.7;

/**
 * Scores sentences by TextRank (Mihalcea & Tarau, "TextRank: Bringing Order into Texts", EMNLP 2004): PageRank on the
 * graph of sentences, an edge weighing shared terms / (log terms of one + log terms of the other).
 *
 * @returns one score per sentence in the order given, scaled so that the best is 1; all 1 when no two share a term
 */
export function textRank(sentences: readonly TermSet[]): number[] {
  const graph = new UndirectedGraph<Record<string, never>, { weight: number }>();
  for (const index of sentences.keys()) graph.addNode(String(index));
  for (const [i, a] of sentences.entries()) {
    for (let j = i + 1; j < sentences.length; j += 1) {
      const weight = overlap(a, sentences[j] ?? new Set());
      if (weight > 0) graph.addEdge(String(i), String(j), { weight });
    }
  }
  // Without an edge there is nothing to rank, and the library divides by the sum of weights.
  if (graph.size === 0) return sentences.map(() => 1);
  const ranks = pagerank(graph, { getEdgeWeight: 'weight', alpha: DAMPING, maxIterations: MAX_ITERATIONS });
  const best = Math.max(...Object.values(ranks));
  return sentences.map((_, index) => (ranks[String(index)] ?? 0) / best);
}

function overlap(a: TermSet, b: TermSet): number {
  // One is added inside each logarithm: two one-term sentences would divide by zero.
  const norm = Math.log(a.size + 1) + Math.log(b.size + 1);
  return norm === 0 ? 0 : shared(a, b) / norm;
}

function shared(a: TermSet, b: TermSet): number {
  let count = 0;
  for (const term of a) if (b.has(term)) count += 1;
  return count;
}

/**
 * Picks at most `count` sentences by maximal marginal relevance (Carbonell & Goldstein, "The Use of MMR, Diversity-Based
 * Reranking for Reordering Documents and Producing Summaries", SIGIR 1998), similarity being the Jaccard index of terms.
 *
 * @returns indexes in the order of picking, best first; equal values go to the earlier sentence
 */
export function selectDiverse(sentences: readonly TermSet[], relevance: readonly number[], count: number): number[] {
  const chosen: number[] = [];
  /** The greatest similarity of each sentence to any chosen one, so that a pick costs O(sentences). */
  const nearest = sentences.map(() => 0);
  const left = new Set(sentences.keys());
  while (chosen.length < count && left.size > 0) {
    let best = -1;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const index of left) {
      const value = MMR_LAMBDA * (relevance[index] ?? 0) - (1 - MMR_LAMBDA) * (nearest[index] ?? 0);
      if (value > bestValue) [best, bestValue] = [index, value];
    }
    chosen.push(best);
    left.delete(best);
    const picked = sentences[best] ?? new Set();
    for (const index of left) {
      nearest[index] = Math.max(nearest[index] ?? 0, jaccard(picked, sentences[index] ?? new Set()));
    }
  }
  return chosen;
}

function jaccard(a: TermSet, b: TermSet): number {
  const both = shared(a, b);
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}
