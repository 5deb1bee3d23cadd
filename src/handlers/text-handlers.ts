/** The handlers `text.summarize` and `text.template`. */
import type { Json, JsonObject } from '../core/ir.js';
import type { Handler } from '../worker/handler.js';
import { OFFLINE_ENGINE, parseFindings } from './findings.js';
import { HandlerInput, isObject } from './handler-input.js';
import { summarize, type Passage } from './summary.js';

const MAX_SENTENCES = 200;

/** What validation established, handed on to the report as it is. */
const PASSED_ON = ['coverage', 'rejected', 'sources', 'verifiedFraction'] as const;

/**
 * `text.summarize`: picks the sentences that matter from `findings` (as cite.validate returns them, or anything that
 * parseFindings reads) or from a plain `text`, without changing a character (summary.ts).
 *
 * with: `findings` | `text`, `sentences` (default 8, at most 200), `query` (default: the question of the findings).
 * Output: `{ question, engine, status, answer, sentences: [{ text, path, startLine, endLine, sha256 }], omitted, uncovered }`
 * plus coverage, rejected, sources and verifiedFraction when the findings were validated. The best sentence
 * comes first, without a query the order is that of the source; for `text` they have no path and lines count within the text.
 */
export const summarizeText: Handler = (raw, context) => {
  const input = new HandlerInput(raw, context, ['findings', 'text', 'sentences', 'query']);
  context.signal.throwIfAborted();
  const count = input.integer('sentences', { min: 1, max: MAX_SENTENCES, fallback: 8 });
  const query = input.findString('query');
  const text = input.findString('text');
  if (text !== undefined) {
    if (input.find('findings') !== undefined) throw input.problem('text', 'give either `findings` or `text`, not both');
    const summary = summarize([{ text: text.replaceAll('\r\n', '\n'), startLine: 1 }], query ?? '', count);
    const { sentences, omitted } = summary;
    return {
      question: query ?? '',
      engine: OFFLINE_ENGINE,
      status: 'answered',
      answer: '',
      sentences,
      omitted,
      uncovered: [],
    };
  }
  const value = input.get('findings', 'findings (or `text`)');
  const findings = parseFindings(value);
  const passages: Passage[] = findings.quotations.map(({ text: quoted, path, startLine, sha256 }) => ({
    text: quoted.replaceAll('\r\n', '\n'),
    path,
    startLine,
    ...(sha256 === '' ? {} : { sha256 }),
  }));
  const { question, engine, status, answer, uncovered } = findings;
  const summary = summarize(passages, query ?? question, count);
  return {
    question: question === '' ? (query ?? '') : question,
    engine,
    status,
    answer,
    sentences: summary.sentences,
    omitted: summary.omitted,
    uncovered,
    ...passedOn(value),
  };
};

function passedOn(value: Json): JsonObject {
  if (!isObject(value)) return {};
  return Object.fromEntries(PASSED_ON.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])));
}

/** `text.template`: returns `with.text`. The worker has rendered its expressions by then; this is all there is to do. */
export const templateText: Handler = (raw, context) => {
  const input = new HandlerInput(raw, context, ['text']);
  const value = input.get('text', 'a string');
  if (typeof value !== 'string') throw input.mismatch('text', 'a string', value);
  return value;
};
