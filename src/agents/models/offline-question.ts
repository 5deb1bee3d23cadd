/** What the offline policy makes of a prompt: the question in it, its terms, and the queries that could answer it. */
import { termOf, termsOf, words } from '../../handlers/terms.js';

/** Terms that count; a longer question is a task description, whose tail says how and not what. */
const MAX_TERMS = 12;
const MAX_QUESTION_CHARS = 400;
const MAX_QUERIES = 4;

/** How people open a task; what follows is the subject. */
const INSTRUCTION =
  /^(?:(?:please|kindly|now)[\s,]+)*(?:(?:question|query|task|topic|subject)\s*:|(?:research|investigate|study|examine|analy[sz]e|explore|answer|explain|describe|summari[sz]e|list|report|find(?:\s+out)?|look\s+up|tell\s+(?:me|us)|collect(?:\s+facts)?|gather(?:\s+facts)?)(?=[\s:,"'])(?:\s+(?:about|on|for|this|the\s+following|the\s+question|the\s+user(?:'s)?\s+question|following|question|topic))*)[\s:,"'-]*/i;

/** Words that ask but select nothing, beyond the stop words of search. */
const ASKING_WORDS: ReadonlySet<string | undefined> = new Set(
  'work happen mean explain describe use get make need want go goe come take give question answer fact detail information'
    .split(' ')
    .map(termOf),
);

/** The question of a prompt: the first paragraph that asks, else the first one, without its instruction words. */
export function questionOf(prompt: string): string {
  const paragraphs = prompt
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
  const asking = paragraphs.find((paragraph) => paragraph.includes('?')) ?? paragraphs[0] ?? '';
  let subject = asking;
  // A prompt may stack two openings: "Please research the question: ...".
  for (let round = 0; round < 3; round += 1) {
    const shorter = subject.replace(INSTRUCTION, '');
    if (shorter === subject || termsOf(shorter).size === 0) break;
    subject = shorter;
  }
  return subject.length <= MAX_QUESTION_CHARS ? subject : subject.slice(0, MAX_QUESTION_CHARS).replace(/\s+\S*$/, '');
}

/** The terms that evidence must cover, in the order of the question, each with the word as it was written. */
export function questionTerms(question: string): ReadonlyMap<string, string> {
  const all = [...termsOf(question)].filter(([term]) => term.length > 1);
  const telling = all.filter(([term]) => !ASKING_WORDS.has(term));
  return new Map((telling.length > 0 ? telling : all).slice(0, MAX_TERMS));
}

/** Up to four queries: all terms together, then neighbouring pairs (the noun phrases, mostly), then single terms. */
export function subQueries(question: string): readonly string[] {
  const terms = questionTerms(question);
  if (terms.size === 0) return [];
  const pairs: string[] = [];
  let previous: string | undefined;
  for (const word of words(question)) {
    const term = termOf(word);
    const telling = term !== undefined && terms.has(term);
    if (telling && previous !== undefined) pairs.push(`${previous} ${word}`);
    previous = telling ? word : undefined;
  }
  const singles = [...terms.values()].sort((a, b) => b.length - a.length);
  return [...new Set([[...terms.values()].join(' '), ...pairs, ...singles])].slice(0, MAX_QUERIES);
}
