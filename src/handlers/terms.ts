/**
 * Words: how text becomes comparable terms. Search, summaries and coverage use this one definition, so that a term
 * that search found is the same term that coverage counts.
 */
import { stemmer } from 'stemmer';

/** English function and question words: they select nothing. Other languages lose precision by this, not recall. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about after all also am an and any are as at be because been before being between both but by can could did do ' +
    'does doing down during each few for from further had has have having he her here hers him his how i if in into is ' +
    'it its itself just me more most my no nor not now of off on once only or other our out over own please same she ' +
    'should so some such tell than that the their them then there these they this those through to too under until up ' +
    'us very was we were what when where which while who whom whose why will with would you your'
  ).split(' '),
);

/** Scripts written without spaces, where a run of letters is a sentence and not a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Splits text into words: maximal runs of letters and digits, in reading order, as written. */
export function words(text: string): string[] {
  const runs = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  // Asked once for the whole text: nearly all texts have spaces, and this is the hot loop of indexing.
  if (!isUnspaced(text)) return runs;
  return runs.flatMap((run) => (isUnspaced(run) ? unspacedWords(run) : [run]));
}

/** True for text of a script that writes no spaces between words. */
export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

function unspacedWords(run: string): string[] {
  const segments = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(run);
  return Array.from(segments, (segment) => segment.segment);
}

/**
 * Folds a word to the term it is compared by, or `undefined` for a stop word: case and accents are dropped, endings by
 * Porter's algorithm ("An algorithm for suffix stripping", Program 14(3), 1980), so that `leases` finds `leased`.
 */
export function termOf(word: string): string | undefined {
  const folded = word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return folded === '' || STOP_WORDS.has(folded) ? undefined : stemmer(folded);
}

/** Returns the distinct terms of a text in order of first appearance, each with the word as it was written. */
export function termsOf(text: string): ReadonlyMap<string, string> {
  const terms = new Map<string, string>();
  for (const word of words(text)) {
    const term = termOf(word);
    if (term !== undefined && !terms.has(term)) terms.set(term, word);
  }
  return terms;
}

/** Orders strings by code unit: the same on every machine, unlike a locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
