/** Texts in the results of tools, bounded by what they become in an observation. */
import { escapedJson } from './observation.js';

/** The longest beginning whose escaped form has at most `room` characters; never half of a character. */
export function fitting(text: string, room: number): string {
  let [low, high] = [0, Math.min(text.length, Math.max(0, room))];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (escapedJson(beginning(text, middle)).length <= room) low = middle;
    else high = middle - 1;
  }
  return beginning(text, low);
}

/** Half of a surrogate pair would be escaped, and longer than the whole. */
function beginning(text: string, end: number): string {
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end);
}
