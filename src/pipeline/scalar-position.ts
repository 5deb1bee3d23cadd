/** Where a character of a YAML scalar's value stands in the file: quotes, escapes and folding lie in between. */

/** One scalar of the document: its value and the extent of its source text, in UTF-16 units from the start of the file. */
export interface ScalarExtent {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly style: 'plain' | 'single' | 'double' | 'block';
}

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

/**
 * Maps an index of the scalar's value to an offset of the file, walking value and source together. White space of the
 * two differs by indentation and folding, so a mismatch there is skipped; every other character anchors them again.
 */
export function scalarOffset(text: string, scalar: ScalarExtent, index: number): number {
  const { value, end, style } = scalar;
  let at = contentStart(text, scalar);
  let i = 0;
  while (at < end) {
    const source = text.charAt(at);
    const wanted = value.charAt(i);
    if (source === '\\' && style === 'double') {
      const length = escapeLength(text, at);
      if (text.charAt(at + 1) === '\n' || text.charAt(at + 1) === '\r') {
        at += 2;
        continue;
      }
      if (i >= index) return at;
      // An escape above U+FFFF stands for two units of the value.
      i += length === 10 && (value.codePointAt(i) ?? 0) > 0xffff ? 2 : 1;
      at += length;
    } else if (source === wanted) {
      if (i >= index) return at;
      i += 1;
      at += source === "'" && style === 'single' ? 2 : 1;
    } else if (isSpace(source)) {
      if (isSpace(wanted) && i < index) i += 1;
      at += 1;
    } else {
      if (i >= index) return at;
      i += 1;
    }
  }
  return Math.max(scalar.start, Math.min(at, end));
}

function contentStart(text: string, scalar: ScalarExtent): number {
  if (scalar.style === 'plain') return scalar.start;
  if (scalar.style !== 'block') return scalar.start + 1;
  const headerEnd = text.indexOf('\n', scalar.start);
  return headerEnd < 0 ? scalar.end : headerEnd + 1;
}

function escapeLength(text: string, at: number): number {
  return ESCAPE_LENGTH[text.charAt(at + 1)] ?? 2;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}
