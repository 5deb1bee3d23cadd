/** What flows from research to validation, summary and report. Types and not interfaces, so that they are Json. */
import type { Json, JsonObject } from '../core/ir.js';
import { NonRetryableError } from '../errors.js';
import { citedTexts } from './cited-text.js';
import { fencedText } from './fenced-json.js';
import { described, isList, isObject } from './handler-input.js';

/** What research hands to validation: the answer and the verbatim text that carries it. */
export type Findings = {
  readonly question: string;
  /** `offline/extractive` or `provider/model`. */
  readonly engine: string;
  readonly status: 'answered' | 'insufficient_evidence';
  readonly answer: string;
  readonly quotations: readonly Quotation[];
  /** Terms of the question for which no evidence was found. */
  readonly uncovered: readonly string[];
};

/** Verbatim text and where it stands. Lines count from 1, both ends included; 0 when the model named none. */
export type Quotation = {
  readonly text: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Of the whole file when it was quoted, hex; empty when unknown. */
  readonly sha256: string;
  /** The query term that led here. */
  readonly term?: string;
};

/** The engine of everything that was found without a language model. */
export const OFFLINE_ENGINE = 'offline/extractive';

const EXPECTED =
  'expected findings: an object {question, engine, status, answer, quotations: [{text, path, startLine, endLine, sha256}], ' +
  'uncovered}, the output of docs.search, a list of these, or text with quotations in double quotes or block quotes, ' +
  'each followed by its source as [path:12-14]';

/** Longer text is no answer of a model; the search for citations is linear, but not free. */
const MAX_TEXT_CHARACTERS = 1_000_000;

/**
 * Reads findings from what an upstream node returned: findings as defined above, a result of docs.search (each hit is
 * a quotation), a list of both (joined in order), JSON as a string (also in a code fence), or a model's text with
 * citations. What is missing is filled with the empty value; unknown lines or hashes are for cite.validate to establish.
 *
 * @throws NonRetryableError saying what is expected when `value` is none of these
 */
export function parseFindings(value: Json): Findings {
  if (isList(value)) {
    if (value.length === 0) throw new NonRetryableError(`${EXPECTED}; got an empty list`);
    return joinedFindings(value.map(parseFindings));
  }
  if (typeof value === 'string') return findingsOfText(value);
  if (isObject(value)) {
    if (isList(value['quotations'])) return findingsOfObject(value, value['quotations']);
    if (isList(value['hits'])) return findingsOfHits(value, value['hits']);
  }
  throw new NonRetryableError(`${EXPECTED}; got ${described(value)}`);
}

function findingsOfObject(value: JsonObject, list: readonly Json[]): Findings {
  const quotations = list.map((each, index) => parseQuotation(each, `quotations[${index}]`));
  const { status } = value;
  return {
    question: text(value['question']),
    engine: text(value['engine']) || 'unknown',
    status: status === 'insufficient_evidence' || quotations.length === 0 ? 'insufficient_evidence' : 'answered',
    answer: text(value['answer']),
    quotations,
    uncovered: isList(value['uncovered']) ? value['uncovered'].filter((term) => typeof term === 'string') : [],
  };
}

function findingsOfHits(value: JsonObject, hits: readonly Json[]): Findings {
  return {
    ...findingsOfObject(value, []),
    engine: OFFLINE_ENGINE,
    status: hits.length === 0 ? 'insufficient_evidence' : 'answered',
    quotations: hits.map((each, index) => parseQuotation(each, `hits[${index}]`)),
  };
}

/** Accepts the spellings that models use: `quote`, `file`, `start_line`, and `lines: "12-14"`. */
function parseQuotation(value: Json, place: string): Quotation {
  if (!isObject(value)) throw new NonRetryableError(`${EXPECTED}; ${place} is ${described(value)}`);
  const quoted = text(value['text'] ?? value['quote'] ?? value['quotation']);
  const path = text(value['path'] ?? value['file'] ?? value['source']);
  const range = /^\s*(\d+)(?:\s*[-–]\s*(\d+))?\s*$/.exec(text(value['lines']));
  const startLine = lineNumber(value['startLine'] ?? value['start_line'] ?? value['line'] ?? range?.[1]) ?? 0;
  const endLine = lineNumber(value['endLine'] ?? value['end_line'] ?? range?.[2]) ?? startLine;
  if (quoted === '' || path === '') {
    throw new NonRetryableError(`${EXPECTED}; ${place} lacks text or path: ${described(value)}`);
  }
  const term = text(value['term']);
  const sha256 = text(value['sha256']);
  const parsed = { text: quoted, path, startLine, endLine: Math.max(startLine, endLine), sha256 };
  return term === '' ? parsed : { ...parsed, term };
}

function findingsOfText(value: string): Findings {
  if (value.length > MAX_TEXT_CHARACTERS) {
    throw new NonRetryableError(`${EXPECTED}; got a text of ${value.length} characters`);
  }
  const json = embeddedJson(value);
  if (json !== undefined) return parseFindings(json);
  const quotations = citedTexts(value).map((cited) => ({ ...cited, sha256: '' }));
  if (quotations.length === 0) throw new NonRetryableError(`${EXPECTED}; got ${described(value)}`);
  return { question: '', engine: 'unknown', status: 'answered', answer: value, quotations, uncovered: [] };
}

/** The JSON object or list that the whole text, or its one code fence, is. */
function embeddedJson(value: string): Json | undefined {
  try {
    const parsed = JSON.parse(fencedText(value) ?? value) as Json;
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function joinedFindings(parts: readonly Findings[]): Findings {
  const distinct = (values: readonly string[]): string[] => [...new Set(values.filter((each) => each !== ''))];
  return {
    question: distinct(parts.map((part) => part.question)).join(' / '),
    engine: distinct(parts.map((part) => part.engine)).join(', '),
    status: parts.some((part) => part.status === 'answered') ? 'answered' : 'insufficient_evidence',
    answer: distinct(parts.map((part) => part.answer)).join('\n\n'),
    quotations: parts.flatMap((part) => part.quotations),
    uncovered: distinct(parts.flatMap((part) => part.uncovered)),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function lineNumber(value: Json | undefined): number | undefined {
  const line = typeof value === 'string' ? Number(value) : value;
  return typeof line === 'number' && Number.isInteger(line) && line >= 1 ? line : undefined;
}
