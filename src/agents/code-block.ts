/** The code in a reply of a model. */

const OPEN = /^\s*(`{3,}|~{3,})\s*(?:js|javascript)\b/i;

/**
 * All JavaScript blocks of a text, one after the other; undefined when there is none. Line by line, because a pattern
 * over the whole text would take quadratic time for a text of many open fences.
 */
export function codeIn(text: string): string | undefined {
  const code: string[] = [];
  let fence: string | undefined;
  let found = false;
  for (const line of text.split(/\r?\n/)) {
    if (fence === undefined) {
      fence = OPEN.exec(line)?.[1];
      found ||= fence !== undefined;
    } else if (line.trim() === fence) fence = undefined;
    else code.push(line);
  }
  // A block that is never closed was cut off, or its end forgotten: the error of the code will teach it.
  return found ? code.join('\n') : undefined;
}
