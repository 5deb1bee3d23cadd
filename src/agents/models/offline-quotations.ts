/**
 * Extraction for the offline policy: verbatim sentences of the passages that were read, chosen by the terms of the
 * question that they hold. Nothing is rewritten: each quotation is a contiguous slice of its source.
 */
import type { Quotation } from '../../handlers/findings.js';
import { isStatement, sentencesOf, type Sentence } from '../../handlers/sentences.js';
import { termOf, words } from '../../handlers/terms.js';
import type { Passage } from './offline-transcript.js';

const MAX_QUOTATIONS = 12;
/** Below this many, sentences with a single term fill up. */
const ENOUGH_QUOTATIONS = 6;
/** Longer ones are lists or tables that lost their shape. */
const MAX_CHARS = 700;
/** A sentence that scores below this fraction of the best one only repeats a common word. */
const WEAK = 0.4;
/** Length in characters at which a sentence is neither favoured nor punished. */
const PIVOT_CHARS = 160;

interface Candidate {
  readonly quotation: Quotation;
  /** The terms of the question in it. */
  readonly terms: readonly string[];
  /** How many different terms stand side by side in it. */
  readonly pairs: number;
}

export interface Evidence {
  readonly quotations: readonly Quotation[];
  /** Terms of the question that a quotation holds. */
  readonly covered: ReadonlySet<string>;
}

/**
 * Picks up to twelve quotations, best first; none when the passages do not carry an answer: more than half of the terms
 * must be covered by sentences that hold two of them each (of a question with two terms, one will do).
 */
export function extractEvidence(passages: readonly Passage[], terms: ReadonlyMap<string, string>): Evidence {
  const candidates = distinct(passages.flatMap((passage) => candidatesOf(passage, terms)));
  const needs = terms.size >= 3 ? [2] : terms.size === 2 ? [2, 1] : [1];
  const strong = needs
    .map((needed) => candidates.filter((candidate) => candidate.terms.length >= needed))
    .map((pool) => select(pool, candidates, [], MAX_QUOTATIONS))
    .find((chosen) => coveredBy(chosen).size * 2 > terms.size);
  if (!strong || strong.length === 0) return { quotations: [], covered: new Set() };
  const files = new Set(strong.map((candidate) => candidate.quotation.path));
  const fill = candidates.filter((candidate) => !strong.includes(candidate) && files.has(candidate.quotation.path));
  const chosen = select(fill, candidates, strong, ENOUGH_QUOTATIONS);
  return { quotations: chosen.map((candidate) => candidate.quotation), covered: coveredBy(chosen) };
}

function coveredBy(chosen: readonly Candidate[]): ReadonlySet<string> {
  return new Set(chosen.flatMap((candidate) => candidate.terms));
}

/** Greedy choice: rare terms weigh more, and a term weighs less each time a chosen sentence holds it already. */
function select(
  pool: readonly Candidate[],
  all: readonly Candidate[],
  chosen: readonly Candidate[],
  limit: number,
): readonly Candidate[] {
  const frequency = new Map<string, number>();
  for (const { terms } of all) for (const term of terms) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const uses = new Map<string, number>();
  const result: Candidate[] = [];
  const take = (candidate: Candidate): void => {
    result.push(candidate);
    for (const term of candidate.terms) uses.set(term, (uses.get(term) ?? 0) + 1);
    // Evidence from several files is worth more than much of one.
    const file = `file:${candidate.quotation.path}`;
    uses.set(file, (uses.get(file) ?? 0) + 1);
  };
  chosen.forEach(take);
  const weight = (term: string): number => Math.log(1 + all.length / (frequency.get(term) ?? 1));
  const plain = (candidate: Candidate): number =>
    candidate.terms.reduce((sum, term) => sum + weight(term), 0) * shape(candidate);
  const gain = (candidate: Candidate): number => {
    const fresh = candidate.terms.reduce((sum, term) => sum + weight(term) / (1 + 0.5 * (uses.get(term) ?? 0)), 0);
    return (fresh * shape(candidate)) / (1 + 0.2 * (uses.get(`file:${candidate.quotation.path}`) ?? 0));
  };
  const floor = WEAK * Math.max(0, ...pool.map(plain));
  const rest = new Set(pool.filter((candidate) => plain(candidate) >= floor));
  while (result.length < limit && rest.size > 0) {
    // Ties go to the earlier candidate: passages come in the order in which they were read.
    const best = [...rest].reduce((a, b) => (gain(b) > gain(a) ? b : a));
    rest.delete(best);
    take(best);
  }
  return result;
}

function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ quotation }) => {
    const key = quotation.text.replace(/\s+/g, ' ').toLowerCase();
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * Long sentences hold more terms by chance (pivoted normalization: Singhal, Buckley, Mitra, SIGIR 1996); terms that
 * stand side by side as in a phrase hold fewer by chance.
 */
function shape({ quotation, pairs }: Candidate): number {
  return (1 + 0.3 * Math.min(2, pairs)) / (0.75 + (0.25 * quotation.text.length) / PIVOT_CHARS);
}

/** The sentences of a passage's prose that hold at least one term. */
function candidatesOf(passage: Passage, terms: ReadonlyMap<string, string>): readonly Candidate[] {
  return sentencesOf(withoutOrphans(passage.text), passage.path).flatMap((sentence) => {
    const { text } = sentence;
    const order = words(withoutLinks(text))
      .map(termOf)
      .map((term) => (term !== undefined && terms.has(term) ? term : undefined));
    const held = [...new Set(order.filter((term) => term !== undefined))];
    if (held.length === 0 || !isStatement(text) || text.length > MAX_CHARS || isCode(text)) return [];
    if (isFragment(passage, sentence)) return [];
    const term = [...terms].find(([name]) => held.includes(name))?.[1];
    const quotation: Quotation = {
      text,
      path: passage.path,
      startLine: passage.startLine + sentence.startLine - 1,
      endLine: passage.startLine + sentence.endLine - 1,
      sha256: passage.sha256,
      ...(term === undefined ? {} : { term }),
    };
    return [{ quotation, terms: held, pairs: adjacentPairs(order) }];
  });
}

/** Where a link leads says nothing about what the sentence says, and "see [leases](leases.md)" says nothing at all. */
function withoutLinks(text: string): string {
  return text.replace(/\bsee \[[^\]]*\]\([^)]*\)/gi, ' ').replace(/\]\([^)]*\)/g, ']');
}

/** True for what the border of the passage may have cut out of a longer sentence. */
function isFragment(passage: Passage, sentence: Sentence): boolean {
  const begins = sentence.startLine === 1 && passage.startLine > 1 && /^\p{Ll}/u.test(sentence.text);
  const lastLine = passage.endLine - passage.startLine + 1;
  const ends = sentence.endLine === lastLine && passage.cut && !/[.!?…]["'”’)\]*_`]*$/u.test(sentence.text);
  return begins || ends;
}

/** Blanks what lost its beginning before the passage, rows of a table and code; the lines keep their numbers. */
function withoutOrphans(text: string): string {
  const lines = text.split('\n').map((line) => (/^\s*\|.*\|\s*$/.test(line) ? '' : line));
  const fences = lines.flatMap((line, index) => (/^\s*(?:```|~~~)/.test(line) ? [index] : []));
  const first = fences[0];
  if (first === undefined || fences.length % 2 === 0) return lines.join('\n');
  // One fence of a pair is outside. A bare first fence right below text closes a block; others open one.
  const before = lines[first - 1]?.trim() ?? '';
  const closes = /^\s*[`~]{3,}\s*$/.test(lines[first] ?? '') && before !== '' && !before.endsWith(':');
  return lines.map((line, index) => (closes && index <= first ? '' : line)).join('\n');
}

function adjacentPairs(order: readonly (string | undefined)[]): number {
  return order.filter((term, index) => {
    const next = order[index + 1];
    return term !== undefined && next !== undefined && term !== next;
  }).length;
}

/** True for code that lost its fence at the border of a passage: aligned columns, or many brackets and operators. */
function isCode(text: string): boolean {
  if (/\S {3,}\S/.test(text)) return true;
  const bare = text.replace(/`[^`]*`/g, '').replace(/\]\([^)]*\)/g, '');
  const symbols = bare.match(/[{}[\]();=<>|$\\]/g)?.length ?? 0;
  return symbols * 20 > bare.length;
}
