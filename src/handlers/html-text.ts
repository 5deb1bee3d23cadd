/**
 * HTML to text that keeps the file's line numbers: line n of the result is what a reader sees of line n of the file
 * (tags gone, entities decoded, white space collapsed). A citation `page.html:12-14` therefore opens at the right place
 * in any editor, and a minified page, all on one line, is honestly cited as line 1.
 */
import { Parser } from 'htmlparser2';
import type { Heading } from './heading.js';

export interface HtmlText {
  readonly title: string | undefined;
  readonly lines: readonly string[];
  readonly headings: readonly Heading[];
}

/** Elements whose content is no prose; `svg` and `math` would leave label fragments. */
const SILENT: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'head',
  'svg',
  'math',
  'iframe',
  'object',
  'select',
  'textarea',
]);

/** Elements that flow within a sentence. Any other tag separates words: `<td>a</td><td>b</td>` reads `a b`. */
const INLINE: ReadonlySet<string> = new Set(
  (
    'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike strong ' +
    'sub sup time tt u var wbr'
  ).split(' '),
);

interface OpenHeading {
  readonly line: number;
  readonly level: number;
  text: string;
}

class HtmlReader {
  readonly headings: Heading[] = [];
  readonly #source: string;
  readonly #lines: string[];
  readonly #lineStarts: readonly number[];
  #silent = 0;
  #inTitle = false;
  #title = '';
  #heading: OpenHeading | undefined;
  #cursor = 0;

  constructor(source: string, sourceLines: readonly string[]) {
    this.#source = source;
    this.#lines = sourceLines.map(() => '');
    this.#lineStarts = lineStarts(source);
  }

  get title(): string | undefined {
    return collapsed(this.#title) || undefined;
  }

  get lines(): readonly string[] {
    return this.#lines.map(collapsed);
  }

  open(name: string, offset: number): void {
    if (SILENT.has(name)) this.#silent += 1;
    if (name === 'title') this.#inTitle = this.#title === '';
    if (!INLINE.has(name)) this.#append(offset, ' ');
    const level = headingLevel(name);
    if (level !== undefined && this.#silent === 0) this.#heading = { line: this.#lineAt(offset) + 1, level, text: '' };
  }

  close(name: string, offset: number): void {
    if (SILENT.has(name)) this.#silent -= 1;
    if (name === 'title') this.#inTitle = false;
    if (!INLINE.has(name)) this.#append(offset, ' ');
    if (headingLevel(name) === undefined || this.#heading === undefined) return;
    const text = collapsed(this.#heading.text);
    if (text !== '') this.headings.push({ line: this.#heading.line, level: this.#heading.level, text });
    this.#heading = undefined;
  }

  text(data: string, start: number, end: number): void {
    // A decoded entity is not the text of the file: `&#10;` must not start a new line of the result.
    const decoded = this.#source.slice(start, end + 1) !== data;
    const text = decoded ? data.replace(/\s/gu, ' ') : data;
    if (this.#inTitle) this.#title += text;
    if (this.#silent > 0) return;
    if (this.#heading !== undefined) this.#heading.text += text;
    this.#append(start, text);
  }

  #append(offset: number, text: string): void {
    if (this.#silent > 0) return;
    let line = this.#lineAt(offset);
    for (const [index, piece] of text.split('\n').entries()) {
      if (index > 0) line += 1;
      const before = this.#lines[line];
      if (before !== undefined) this.#lines[line] = before + piece;
    }
  }

  /** The index of the line that holds `offset`. Events come in file order, so the search goes on where it stopped. */
  #lineAt(offset: number): number {
    const starts = this.#lineStarts;
    if ((starts[this.#cursor] ?? 0) > offset) this.#cursor = 0;
    while ((starts[this.#cursor + 1] ?? Number.POSITIVE_INFINITY) <= offset) this.#cursor += 1;
    return this.#cursor;
  }
}

/**
 * Converts a page to the text a reader sees, line by line.
 *
 * @param source the file's text with `\n` line ends
 * @param sourceLines `source` split at them; the result has exactly as many lines
 */
export function htmlText(source: string, sourceLines: readonly string[]): HtmlText {
  const reader = new HtmlReader(source, sourceLines);
  const parser = new Parser({
    onopentag: (name) => reader.open(name, parser.startIndex),
    onclosetag: (name) => reader.close(name, parser.startIndex),
    ontext: (data) => reader.text(data, parser.startIndex, parser.endIndex),
  });
  parser.end(source);
  return { title: reader.title, lines: reader.lines, headings: reader.headings };
}

function headingLevel(name: string): number | undefined {
  return /^h[1-6]$/.test(name) ? Number(name.slice(1)) : undefined;
}

function collapsed(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
