/** Finds quotations with citations in the prose of a model: the best effort where no JSON was returned. */

/** Lines count from 1, both ends included. */
export interface CitedText {
  readonly text: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** `docs/a.md:12` or `docs/a.md:12-14`, bare or in back quotes. */
const PLACE = '`?([^\\s`"“”()\\[\\]:<>][^`"“”()\\[\\]:<>\\n]{0,300}):L?(\\d{1,9})(?:\\s?[-–]\\s?L?(\\d{1,9}))?`?';
const BRACKETED_PLACE = `[\\[(]\\s?${PLACE}\\s?[\\])]`;
/** What may stand between a closing quotation mark and its citation: punctuation and white space, no words. */
const GAP = '[\\s.,;:—–-]{0,8}';
const INLINE_QUOTATION = new RegExp(`["“]([^"“”]{1,4000})["”]${GAP}${BRACKETED_PLACE}`, 'gu');
const TRAILING_PLACE = new RegExp(`^(.*?)${GAP}${BRACKETED_PLACE}\\s*$`, 'su');
const ATTRIBUTION = new RegExp(`^\\s*(?:[—–-]{1,2}\\s*)?(?:${BRACKETED_PLACE}|${PLACE})\\s*$`, 'u');

/**
 * Returns what stands in double quotation marks directly before `[path:12-14]` or `(path:12)`, and block quotes that
 * end with such a citation or are followed by one on the next line (as in our own reports: `— path:12-14`).
 */
export function citedTexts(text: string): CitedText[] {
  const lines = text.split(/\r?\n/);
  const quoted = blockQuotes(lines);
  const prose = lines.map((line) => (line.startsWith('>') ? '' : line)).join('\n');
  const inline = Array.from(prose.matchAll(INLINE_QUOTATION), (match) =>
    toCited(match[1], match[2], match[3], match[4]),
  );
  return [...quoted, ...inline].filter((cited) => cited !== undefined);
}

function blockQuotes(lines: readonly string[]): (CitedText | undefined)[] {
  const found: (CitedText | undefined)[] = [];
  let block: string[] = [];
  for (const [index, line] of [...lines, ''].entries()) {
    if (line.startsWith('>')) {
      block.push(line.replace(/^> ?/, ''));
      continue;
    }
    if (block.length > 0)
      found.push(citedBlock(block.join('\n'), line.trim() === '' ? (lines[index + 1] ?? '') : line));
    block = [];
  }
  return found;
}

function citedBlock(block: string, following: string): CitedText | undefined {
  const inside = TRAILING_PLACE.exec(block);
  if (inside !== null) return toCited(inside[1], inside[2], inside[3], inside[4]);
  const below = ATTRIBUTION.exec(following);
  if (below === null) return undefined;
  return toCited(block, below[1] ?? below[4], below[2] ?? below[5], below[3] ?? below[6]);
}

function toCited(
  text: string | undefined,
  path: string | undefined,
  start: string | undefined,
  end: string | undefined,
): CitedText | undefined {
  if (text === undefined || text.trim() === '' || path === undefined || start === undefined) return undefined;
  const startLine = Number(start);
  return { text, path: path.trim(), startLine, endLine: Math.max(startLine, Number(end ?? start)) };
}
