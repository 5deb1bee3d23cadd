/**
 * Checks quotations against their sources.
 *
 * Invariants:
 * C1. A verified quotation's text is an exact slice of the document, and its lines are exactly those it touches.
 * C2. White space is the only thing that may differ between what was quoted and the document.
 * C3. A quotation never begins or ends inside a word: `able to` does not verify against `unable to`.
 */
import type { Document } from './document.js';
import { findDocument } from './document-library.js';
import type { DocumentSet } from './documents.js';
import type { Quotation } from './findings.js';
import { isUnspaced } from './terms.js';

export type VerifiedQuotation = Quotation & {
  readonly verified: true;
  /** The range that was cited, when the text stands elsewhere in the file. */
  readonly movedFrom?: { readonly startLine: number; readonly endLine: number };
  /** The file is not the one that was quoted, but the text still stands in it. `sha256` is the present one. */
  readonly fileChanged?: true;
};

export type RejectedQuotation = { readonly quotation: Quotation; readonly reason: string };

/** A shorter text, such as a lone word, stands in any document and proves nothing. */
const MIN_EVIDENCE_CHARACTERS = 8;

/** A document with runs of white space as one space, and the way back to the exact text. */
interface Searchable {
  readonly document: Document;
  readonly text: string;
  /** The offset in the document of each character of `text`. */
  readonly offsets: readonly number[];
}

interface Match {
  /** Offsets in the document, `end` excluded. */
  readonly start: number;
  readonly end: number;
  readonly startLine: number;
  readonly endLine: number;
}

/** Checks quotations against one load of a folder; documents are prepared once each. */
export class CitationChecker {
  readonly #set: DocumentSet;
  readonly #searchable = new Map<string, Searchable>();

  constructor(set: DocumentSet) {
    this.#set = set;
  }

  /** Returns the quotation as it stands in its source, or why it does not. */
  check(quotation: Quotation): VerifiedQuotation | RejectedQuotation {
    const wanted = normalized(quotation.text).text.trim();
    if (wanted.replaceAll(' ', '').length < MIN_EVIDENCE_CHARACTERS) {
      return { quotation, reason: `shorter than ${MIN_EVIDENCE_CHARACTERS} characters: it proves nothing` };
    }
    const document = findDocument(this.#set, quotation.path);
    if (document === undefined) return { quotation, reason: 'no such document in the folder' };
    const changed = quotation.sha256 !== '' && quotation.sha256 !== document.sha256;
    const match = bestMatch(this.#prepared(document), wanted, quotation);
    if (match === undefined) {
      const since = changed ? 'the file changed since it was quoted, and ' : '';
      return { quotation, reason: `${since}the text does not stand verbatim in the file` };
    }
    return verifiedQuotation(quotation, document, match, changed);
  }

  #prepared(document: Document): Searchable {
    const known = this.#searchable.get(document.path);
    if (known !== undefined) return known;
    const searchable = { document, ...normalized(document.text) };
    this.#searchable.set(document.path, searchable);
    return searchable;
  }
}

function verifiedQuotation(
  quotation: Quotation,
  document: Document,
  match: Match,
  changed: boolean,
): VerifiedQuotation {
  const cited = quotation.startLine > 0;
  const moved = cited && (match.startLine < quotation.startLine || match.endLine > quotation.endLine);
  return {
    ...quotation,
    path: document.path,
    sha256: document.sha256,
    text: document.text.slice(match.start, match.end),
    startLine: match.startLine,
    endLine: match.endLine,
    verified: true,
    ...(moved ? { movedFrom: { startLine: quotation.startLine, endLine: quotation.endLine } } : {}),
    ...(changed ? { fileChanged: true as const } : {}),
  };
}

/** The match within the cited lines, else the one that starts nearest to them. */
function bestMatch(searchable: Searchable, wanted: string, cited: Quotation): Match | undefined {
  let best: Match | undefined;
  for (const match of matches(searchable, wanted)) {
    if (match.startLine >= cited.startLine && match.endLine <= cited.endLine) return match;
    const distance = Math.abs(match.startLine - cited.startLine);
    if (best === undefined || distance < Math.abs(best.startLine - cited.startLine)) best = match;
  }
  return best;
}

function* matches({ document, text, offsets }: Searchable, wanted: string): Generator<Match> {
  let line = 1;
  let counted = 0;
  const lineAt = (offset: number): number => {
    for (; counted < offset; counted += 1) if (document.text[counted] === '\n') line += 1;
    return line;
  };
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (cutsWord(text, at) || cutsWord(text, at + wanted.length)) continue;
    const start = offsets[at];
    const last = offsets[at + wanted.length - 1];
    if (start === undefined || last === undefined) return;
    const startLine = lineAt(start);
    const endLine = startLine + document.text.slice(start, last).split('\n').length - 1;
    yield { start, end: last + 1, startLine, endLine };
  }
}

function cutsWord(text: string, at: number): boolean {
  const before = text[at - 1] ?? ' ';
  const after = text[at] ?? ' ';
  const letters = /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after);
  return letters && !isUnspaced(before) && !isUnspaced(after);
}

function normalized(source: string): { text: string; offsets: number[] } {
  const offsets: number[] = [];
  let text = '';
  let inSpace = false;
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charAt(at);
    const space = /\s/.test(character);
    if (space && inSpace) continue;
    inSpace = space;
    text += space ? ' ' : character;
    offsets.push(at);
  }
  return { text, offsets };
}
