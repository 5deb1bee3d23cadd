/** A document as every handler sees it: lines that can be cited, and the hash of the file that they came from. */
import { htmlText } from './html-text.js';
import type { Heading } from './heading.js';
import { markdownBlocks } from './markdown-blocks.js';

export type DocumentKind = 'markdown' | 'text' | 'html' | 'json' | 'csv';

export interface Document {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly kind: DocumentKind;
  readonly title: string;
  /** Of the bytes of the file, hex. */
  readonly sha256: string;
  /** The size of the file. */
  readonly bytes: number;
  /**
   * Line n of the file is `lines[n - 1]`, without `\n` or `\r\n`; as written, except for HTML, where it is what a
   * reader sees of that line (html-text.ts).
   */
  readonly lines: readonly string[];
  /** `lines` joined by `\n`. */
  readonly text: string;
  /** In file order; Markdown and HTML only. */
  readonly headings: readonly Heading[];
}

const KINDS: Readonly<Record<string, DocumentKind>> = {
  md: 'markdown',
  markdown: 'markdown',
  txt: 'text',
  text: 'text',
  html: 'html',
  htm: 'html',
  json: 'json',
  csv: 'csv',
};

/** Tells the kind of a file by its name; `undefined` for files that are no documents. */
export function documentKind(path: string): DocumentKind | undefined {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase();
  return extension !== undefined && Object.hasOwn(KINDS, extension) ? KINDS[extension] : undefined;
}

/** Splits text at `\n` and `\r\n`; a terminator at the very end opens no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Builds the document of one file from its decoded text. */
export function parseDocument(
  file: { readonly path: string; readonly kind: DocumentKind; readonly sha256: string; readonly bytes: number },
  content: string,
): Document {
  const source = linesOf(content);
  const { title, lines, headings } = structureOf(file.kind, source);
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  return { ...file, title: title ?? name, lines, text: lines.join('\n'), headings };
}

interface Structure {
  readonly title: string | undefined;
  readonly lines: readonly string[];
  readonly headings: readonly Heading[];
}

function structureOf(kind: DocumentKind, source: readonly string[]): Structure {
  switch (kind) {
    case 'html': {
      const page = htmlText(source.join('\n'), source);
      return { ...page, title: page.title ?? page.headings[0]?.text };
    }
    case 'markdown': {
      const { title, headings } = markdownBlocks(source);
      return { title, lines: source, headings };
    }
    case 'text':
    case 'json':
    case 'csv':
      return { title: undefined, lines: source, headings: [] };
  }
}
