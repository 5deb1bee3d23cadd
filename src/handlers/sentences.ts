/**
 * Cuts a passage into sentences without changing a character: every sentence is a contiguous slice of the passage,
 * and its lines follow from the slice's place. What is not prose (headings, tables, code) yields no sentence.
 */
import { documentKind, linesOf } from './document.js';
import { markdownBlocks } from './markdown-blocks.js';
import { words } from './terms.js';

/** Verbatim. Lines count from 1 within the passage, both ends included. */
export interface Sentence {
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** A stretch of prose: offsets into the passage, `end` excluded. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** After these a period ends no sentence; ICU's rules know it only before a small letter. */
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|cf|vs|etc|al|approx|resp|Dr|Mr|Mrs|Ms|Prof|St|Fig|Figs|Eq|Sec|Ch|No|Vol|pp?)\.$/;
/** Fewer words with a full stop, or fewer without one, are labels and crumbs rather than statements. */
const MIN_WORDS = 4;
const MIN_WORDS_UNPUNCTUATED = 6;
/** A line shorter than this that ends without punctuation was not wrapped: it is a title or label of its own. */
const WRAP_COLUMN = 60;

/**
 * Returns the sentences of a passage in order.
 *
 * @param path tells by its extension how to read the passage; without one it is read as Markdown
 */
export function sentencesOf(passage: string, path: string | undefined): Sentence[] {
  const sentences = stretchesOf(passage, path).flatMap((stretch) => cutSentences(passage, stretch));
  return sentences.map(({ start, end }) => located(passage, start, end));
}

/** Code, paths and layout: a passage may be cut out of a code block whose fences are elsewhere. */
const CODE_MARK = /[{}();=<>|\\[\]]/g;
/** Prose with a few parentheses stays below; the lines of a program lie above. */
const MAX_CODE_SHARE = 0.1;

/** True when a sentence says something: enough words, more of them when nothing marks its end, and no code. */
export function isStatement(sentence: string): boolean {
  if (isPreformatted(sentence)) return false;
  const count = words(sentence).length;
  const punctuated = /[.!?:;…。！？]["'”’)\]*_`]*$/u.test(sentence);
  return count >= (punctuated ? MIN_WORDS : MIN_WORDS_UNPUNCTUATED) || /[。！？]/u.test(sentence);
}

function isPreformatted(sentence: string): boolean {
  // What stands in back quotes or is a link target does not make a sentence code.
  const prose = sentence.replace(/`[^`]*`/g, '').replace(/\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1');
  const marks = prose.match(CODE_MARK)?.length ?? 0;
  // Columns: three spaces within a line are layout, not typing.
  return (
    marks / Math.max(1, prose.length) > MAX_CODE_SHARE || /\S {3,}\S/.test(sentence) || /(?:^|\n)\s*\/\//.test(sentence)
  );
}

function stretchesOf(passage: string, path: string | undefined): Stretch[] {
  const lines = linesOf(passage);
  const starts = offsetsOf(lines);
  const at = (line: number): number => starts[line - 1] ?? 0;
  switch (path === undefined ? 'markdown' : (documentKind(path) ?? 'markdown')) {
    case 'markdown':
      return markdownBlocks(lines).paragraphs.map(({ startLine, endLine, opening }) => {
        const first = lines[startLine - 1] ?? '';
        const skipped = Math.max(0, first.indexOf(opening));
        return { start: at(startLine) + skipped, end: at(endLine) + (lines[endLine - 1] ?? '').length };
      });
    case 'text':
    case 'html':
      return plainParagraphs(lines).map(([first, last]) => ({
        start: at(first),
        end: at(last) + (lines[last - 1] ?? '').length,
      }));
    case 'json':
    case 'csv':
      return lines.map((line, index) => ({ start: at(index + 1), end: at(index + 1) + line.length }));
  }
}

function offsetsOf(lines: readonly string[]): number[] {
  let offset = 0;
  return lines.map((line) => {
    const start = offset;
    offset += line.length + 1;
    return start;
  });
}

/** Line ranges between blank lines, cut after lines that read as titles. */
function plainParagraphs(lines: readonly string[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  let first: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') {
      first = undefined;
      continue;
    }
    first ??= index + 1;
    if (first === index + 1) found.push([first, first]);
    else found[found.length - 1] = [first, index + 1];
    if (isTitle(line, lines[index + 1] ?? '')) first = undefined;
  }
  return found;
}

function isTitle(line: string, next: string): boolean {
  return line.length < WRAP_COLUMN && !/[.!?:;,…-]\s*$/u.test(line) && /^\s*[\p{Lu}\p{N}•*-]/u.test(next);
}

/** UAX #29 sentence boundaries by Intl.Segmenter, corrected for abbreviations, wrapped lines and Markdown emphasis. */
function cutSentences(passage: string, { start, end }: Stretch): Stretch[] {
  // Both replacements keep the length, so that offsets stay true: a wrapped line ends no sentence, and `**Done.** Next`
  // has its boundary after the stars, which UAX #29 knows for quotation marks only.
  const text = passage
    .slice(start, end)
    .replace(/\s/gu, ' ')
    .replace(/(?<=[.!?])[*_`]+(?= |$)/gu, (marks) => '"'.repeat(marks.length));
  const found: Stretch[] = [];
  let open = 0;
  for (const { index, segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)) {
    const close = index + segment.length;
    const soFar = text.slice(open, close).trimEnd();
    if (close < text.length && ABBREVIATION.test(soFar)) continue;
    const leading = text.slice(open, close).length - text.slice(open, close).trimStart().length;
    if (soFar.trim() !== '') found.push({ start: start + open + leading, end: start + open + soFar.length });
    open = close;
  }
  return found;
}

function located(passage: string, start: number, end: number): Sentence {
  const startLine = passage.slice(0, start).split('\n').length;
  const text = passage.slice(start, end);
  return { text, startLine, endLine: startLine + text.split('\n').length - 1 };
}
