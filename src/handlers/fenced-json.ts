/** The code fence that models put around JSON. */

/**
 * Returns the lines inside when the whole trimmed text is exactly one block fenced by ```` ```json ```` or ```` ``` ````,
 * else undefined. Line by line and not by one regular expression, so that the time is linear in the text of a model.
 */
export function fencedText(text: string): string | undefined {
  const lines = text.trim().split('\n');
  const [opening = ''] = lines;
  if (!['```', '```json'].includes(opening.trimEnd())) return undefined;
  const closing = lines.findIndex((line, index) => index > 0 && line.trim() === '```');
  return closing === lines.length - 1 ? lines.slice(1, closing).join('\n') : undefined;
}
