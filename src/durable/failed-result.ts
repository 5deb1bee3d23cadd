/** Results that report a failure instead of throwing it: a text "Error: ...", or the `isError` of MCP. */
import type { Json } from '../core/ir.js';

/** How frameworks write an error that they show to a model: `Error: ...`, `TypeError - ...`; no word that ends so, such as "terror:". */
const ERROR_TEXT = /^\s*(?:[A-Z]\w*(?:Error|Exception)|[Ee]rror|ERROR|[Ee]xception)(?:\s*:|\s+-\s)/;

/** For `isFailure` of durable calls of tools; model answers need no such test, because they may speak of errors. */
export function isFailedResult(result: Json): boolean {
  if (typeof result === 'string') return ERROR_TEXT.test(result);
  return typeof result === 'object' && result !== null && 'isError' in result && result.isError === true;
}

/** The text of such a result. */
export function failureText(result: Json): string {
  const MAX_CHARS = 500;
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}...` : text;
}
