/** Reads what a report is made of from the output of text.summarize or cite.validate, or from a plain text. */
import type { Json, JsonObject } from '../core/ir.js';
import { NonRetryableError } from '../errors.js';
import { parseFindings, type Findings } from './findings.js';
import { described, isList, isObject } from './handler-input.js';
import type { SummarySentence } from './summary.js';

interface Rejection {
  readonly text: string;
  /** `path:start-end`. */
  readonly place: string;
  readonly reason: string;
}

export interface ReportBody {
  readonly question: string;
  readonly engine: string;
  readonly answer: string;
  /** In the order of the report; [n] is the index + 1. */
  readonly sentences: readonly SummarySentence[];
  /** Sentences of the sources that the summary left out; `undefined` when nothing was summarized. */
  readonly omitted: number | undefined;
  readonly uncovered: readonly string[];
  readonly rejected: readonly Rejection[];
  /** The numbers of cite.validate; `undefined` when it did not run. */
  readonly validation:
    { readonly verifiedFraction: number; readonly terms: number; readonly covered: number } | undefined;
}

const EXPECTED = 'with.body: expected the output of text.summarize or cite.validate, findings, or a text';

/** @throws NonRetryableError naming what is expected */
export function parseReportBody(value: Json): ReportBody {
  if (typeof value === 'string') return bodyOfText(value);
  if (isObject(value) && isList(value['sentences'])) {
    const sentences = value['sentences'].map(parseSentence);
    const { question, engine, answer, uncovered } = parseFindings({ ...value, quotations: [] });
    const { omitted } = value;
    return {
      question,
      engine,
      answer,
      sentences,
      omitted: typeof omitted === 'number' ? omitted : undefined,
      uncovered,
      ...validationOf(value),
    };
  }
  return bodyOfFindings(parseFindings(value), isObject(value) ? value : {});
}

function bodyOfFindings(findings: Findings, source: JsonObject): ReportBody {
  const { question, engine, answer, quotations, uncovered } = findings;
  return { question, engine, answer, sentences: quotations, omitted: undefined, uncovered, ...validationOf(source) };
}

/** A text with citations is findings; one without is the report's text, and the report says that it has no sources. */
function bodyOfText(value: string): ReportBody {
  try {
    return bodyOfFindings(parseFindings(value), {});
  } catch (error) {
    if (!(error instanceof NonRetryableError)) throw error;
    const none = { question: '', engine: 'unknown', sentences: [], omitted: undefined, uncovered: [] };
    return { ...none, answer: value, rejected: [], validation: undefined };
  }
}

function parseSentence(value: Json, index: number): SummarySentence {
  const problem = `${EXPECTED}; sentences[${index}] is ${described(value)}`;
  if (!isObject(value)) throw new NonRetryableError(problem);
  const { text, path, startLine, endLine, sha256 } = value;
  if (typeof text !== 'string' || typeof startLine !== 'number' || typeof endLine !== 'number') {
    throw new NonRetryableError(problem);
  }
  return {
    text,
    startLine,
    endLine,
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
  };
}

function validationOf(value: JsonObject): Pick<ReportBody, 'rejected' | 'validation'> {
  const { verifiedFraction, coverage } = value;
  const rejected = isList(value['rejected']) ? value['rejected'].flatMap(parseRejection) : [];
  if (typeof verifiedFraction !== 'number') return { rejected, validation: undefined };
  const length = (list: Json | undefined): number => (isList(list) ? list.length : 0);
  const counts = isObject(coverage) ? coverage : {};
  return {
    rejected,
    validation: { verifiedFraction, terms: length(counts['terms']), covered: length(counts['covered']) },
  };
}

function parseRejection(value: Json): Rejection[] {
  if (!isObject(value) || !isObject(value['quotation'])) return [];
  const { text, path, startLine, endLine } = value['quotation'];
  const { reason } = value;
  if (typeof text !== 'string' || typeof path !== 'string' || typeof reason !== 'string') return [];
  const lines = typeof startLine === 'number' && typeof endLine === 'number' ? `:${startLine}-${endLine}` : '';
  return [{ text, place: `${path}${lines}`, reason }];
}
