/** The elements of a JSON list as they were written: parsing and printing them again could change their numbers. */
import { nexumError } from '../errors.js';

const OPEN = new Set(['[', '{']);
const CLOSE = new Set([']', '}']);

/**
 * Cuts the text of a valid JSON list into the texts of its elements. O(length).
 * @throws NexumError INVALID_REQUEST when the text is no list
 */
export function splitJsonArray(text: string): string[] {
  const body = text.trim();
  if (!body.startsWith('[') || !body.endsWith(']')) throw nexumError('INVALID_REQUEST', 'the value is not a list');
  const elements: string[] = [];
  let depth = 0;
  let from = 1;
  for (let at = 1; at < body.length - 1; at += 1) {
    const character = body.charAt(at);
    if (character === '"') at = endOfString(body, at);
    else if (OPEN.has(character)) depth += 1;
    else if (CLOSE.has(character)) depth -= 1;
    else if (character === ',' && depth === 0) {
      elements.push(body.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = body.slice(from, -1).trim();
  if (last !== '' || elements.length > 0) elements.push(last);
  return elements;
}

/** Index of the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}
