/** Cuts documents into passages small enough to quote and large enough to rank. */
import type { Document } from './document.js';
import type { Heading } from './heading.js';
import { frontMatterEnd } from './markdown-blocks.js';

/** Lines count from 1, both ends included. A type and not an interface, so that it is Json. */
export type Chunk = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  /** The nearest heading at or above the chunk; for CSV the header row. */
  readonly heading?: string;
};

/** A paragraph or two: BM25 compares chunks of like size best, and a reader sees the match at a glance. */
const MAX_CHUNK_LINES = 12;
/** A file may hold one paragraph per line; such lines are cut too, at a space. */
const MAX_CHUNK_CHARACTERS = 2_000;

interface LineRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the chunks of a document in file order. A heading starts a chunk; paragraphs (runs of lines that are not
 * blank) are joined up to 12 lines and 2,000 characters; longer ones are cut. Chunks do not overlap, and every line
 * that is not blank stands in one, except front matter and headings that nothing follows before the next heading.
 */
export function chunkDocument(document: Document): Chunk[] {
  const chunks = sections(document).flatMap(({ range, heading }) =>
    joined(document, paragraphs(document, range)).flatMap((lines) => toChunks(document, lines, heading)),
  );
  const headingLines = new Set(document.headings.map((heading) => heading.line));
  const content = chunks.filter((chunk) => chunk.startLine !== chunk.endLine || !headingLines.has(chunk.startLine));
  // A page of headings only still is a page.
  return content.length > 0 ? content : chunks;
}

function sections(document: Document): { range: LineRange; heading: string | undefined }[] {
  const { headings, lines } = document;
  const header = document.kind === 'csv' ? lines[0] : undefined;
  // Metadata is no prose to quote; the title in it is searched as the document's title.
  const begin = (document.kind === 'markdown' ? frontMatterEnd(lines) : 0) + 1;
  const first: Pick<Heading, 'line'> & { text: string | undefined } = { line: begin, text: header };
  const starts = headings[0]?.line === begin ? headings : [first, ...headings];
  return starts.map((start, index) => ({
    range: { start: start.line, end: (starts[index + 1]?.line ?? lines.length + 1) - 1 },
    heading: start.text,
  }));
}

function paragraphs(document: Document, range: LineRange): LineRange[] {
  const found: LineRange[] = [];
  let start: number | undefined;
  for (let line = range.start; line <= range.end + 1; line += 1) {
    const blank = line > range.end || (document.lines[line - 1] ?? '').trim() === '';
    if (!blank) {
      start ??= line;
    } else if (start !== undefined) {
      found.push({ start, end: line - 1 });
      start = undefined;
    }
  }
  return found;
}

/** Joins neighbours while they fit, and cuts what does not fit alone. */
function joined(document: Document, ranges: readonly LineRange[]): LineRange[] {
  const result: LineRange[] = [];
  for (const range of ranges.flatMap((each) => cutByLines(document, each))) {
    const last = result.at(-1);
    if (last !== undefined && fits(document, { start: last.start, end: range.end })) {
      result[result.length - 1] = { start: last.start, end: range.end };
    } else {
      result.push(range);
    }
  }
  return result;
}

function cutByLines(document: Document, range: LineRange): LineRange[] {
  const result: LineRange[] = [];
  let start = range.start;
  for (let line = range.start; line <= range.end; line += 1) {
    if (line === range.end || !fits(document, { start, end: line + 1 })) {
      result.push({ start, end: line });
      start = line + 1;
    }
  }
  return result;
}

function fits(document: Document, range: LineRange): boolean {
  if (range.end - range.start >= MAX_CHUNK_LINES) return false;
  return textOf(document, range).length <= MAX_CHUNK_CHARACTERS;
}

function textOf(document: Document, range: LineRange): string {
  return document.lines.slice(range.start - 1, range.end).join('\n');
}

function toChunks(document: Document, range: LineRange, heading: string | undefined): Chunk[] {
  const place = { path: document.path, startLine: range.start, endLine: range.end };
  const pieces = cutByCharacters(textOf(document, range));
  return pieces.map((text) => ({ ...place, text, ...(heading === undefined ? {} : { heading }) }));
}

/** Only a single line can still be too long here, so the pieces share its number. */
function cutByCharacters(text: string): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > MAX_CHUNK_CHARACTERS) {
    const space = rest.lastIndexOf(' ', MAX_CHUNK_CHARACTERS);
    const cut = space > MAX_CHUNK_CHARACTERS / 2 ? space : MAX_CHUNK_CHARACTERS;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return rest.trim() === '' ? pieces : [...pieces, rest];
}
