/** Cuts documents into passages small enough to quote and large enough to rank. */
import type { Document } from './document.js';
import type { Heading } from './heading.js';
import { frontMatterEnd, type LineRange, markdownBlocks } from './markdown-blocks.js';

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
/** Code without its fences is taken for prose, so that a block is cut only when it is very long. */
const MAX_CODE_LINES = 40;
/** A file may hold one paragraph per line; such lines are cut too, at a space. */
const MAX_CHUNK_CHARACTERS = 2_000;

/**
 * Returns the chunks of a document in file order. A heading starts a chunk; paragraphs (runs of lines that are not
 * blank) are joined up to 12 lines and 2,000 characters; longer ones are cut, code blocks beyond 40 lines. Chunks do not overlap, and every line
 * that is not blank stands in one, except front matter and headings that nothing follows before the next heading.
 */
export function chunkDocument(document: Document): Chunk[] {
  const code = document.kind === 'markdown' ? markdownBlocks(document.lines).code : [];
  const inCode = new Set(code.flatMap(({ start, end }) => range(start, end)));
  const chunks = sections(document).flatMap(({ lines: section, heading }) =>
    joined(document, paragraphs(document, section, inCode), inCode).flatMap((lines) =>
      toChunks(document, lines, heading),
    ),
  );
  const headingLines = new Set(document.headings.map((heading) => heading.line));
  const content = chunks.filter((chunk) => chunk.startLine !== chunk.endLine || !headingLines.has(chunk.startLine));
  // A page of headings only still is a page.
  return content.length > 0 ? content : chunks;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start + 1 }, (_, index) => start + index);
}

function sections(document: Document): { lines: LineRange; heading: string | undefined }[] {
  const { headings, lines } = document;
  const header = document.kind === 'csv' ? lines[0] : undefined;
  // Metadata is no prose to quote; the title in it is searched as the document's title.
  const begin = (document.kind === 'markdown' ? frontMatterEnd(lines) : 0) + 1;
  const first: Pick<Heading, 'line'> & { text: string | undefined } = { line: begin, text: header };
  const starts = headings[0]?.line === begin ? headings : [first, ...headings];
  return starts.map((start, index) => ({
    lines: { start: start.line, end: (starts[index + 1]?.line ?? lines.length + 1) - 1 },
    heading: start.text,
  }));
}

function paragraphs(document: Document, section: LineRange, inCode: ReadonlySet<number>): LineRange[] {
  const found: LineRange[] = [];
  let start: number | undefined;
  for (let line = section.start; line <= section.end + 1; line += 1) {
    const empty = (document.lines[line - 1] ?? '').trim() === '' && !inCode.has(line);
    const blank = line > section.end || empty;
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
function joined(document: Document, parts: readonly LineRange[], inCode: ReadonlySet<number>): LineRange[] {
  const result: LineRange[] = [];
  for (const part of parts.flatMap((each) => cutByLines(document, each, inCode))) {
    const last = result.at(-1);
    if (last !== undefined && fits(document, { start: last.start, end: part.end })) {
      result[result.length - 1] = { start: last.start, end: part.end };
    } else {
      result.push(part);
    }
  }
  return result;
}

function cutByLines(document: Document, part: LineRange, inCode: ReadonlySet<number>): LineRange[] {
  const result: LineRange[] = [];
  let start = part.start;
  for (let line = part.start; line <= part.end; line += 1) {
    const max = inCode.has(line) ? MAX_CODE_LINES : MAX_CHUNK_LINES;
    if (line === part.end || !fits(document, { start, end: line + 1 }, max)) {
      result.push({ start, end: line });
      start = line + 1;
    }
  }
  return result;
}

function fits(document: Document, lines: LineRange, max = MAX_CHUNK_LINES): boolean {
  return lines.end - lines.start < max && textOf(document, lines).length <= MAX_CHUNK_CHARACTERS;
}

function textOf(document: Document, lines: LineRange): string {
  return document.lines.slice(lines.start - 1, lines.end).join('\n');
}

function toChunks(document: Document, lines: LineRange, heading: string | undefined): Chunk[] {
  const place = { path: document.path, startLine: lines.start, endLine: lines.end };
  const pieces = cutByCharacters(textOf(document, lines));
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
