/** From the last words of a model to the output of the node. */
import type { AnswerCheck, Json, JsonObject } from '../core/ir.js';
import { errorMessage, nexumError, NonRetryableError, type ErrorCode } from '../errors.js';
import { fencedText } from '../handlers/fenced-json.js';
import { parseFindings, type Findings } from '../handlers/findings.js';
import { checkOutput } from '../pipeline/output-schema.js';
import type { ChatMessage } from './models/chat.js';
import { isJsonObject, parseResult } from './tools/observation.js';

/** Problems sent back to the model at most, and characters of each: enough to repair, bounded against huge schemas. */
const MAX_PROBLEMS = 10;
const MAX_PROBLEM_CHARS = 300;

export interface Answer {
  readonly value: Json;
  /** Why the answer cannot be the output as it is; empty when it can. */
  readonly problems: readonly string[];
}

/** Thrown when an answer is not accepted after the repairs: a replay would read the same answers. */
class NotAccepted extends NonRetryableError {}

export function notAccepted(problems: readonly string[], repairs: number, code: ErrorCode): Error {
  const what = problems.join('; ');
  const message = `${code}: the final answer is not accepted after ${repairs} repairs: ${what}`;
  return new NotAccepted(message, { cause: nexumError(code, what) });
}

export function isNotAccepted(error: unknown): error is Error {
  return error instanceof NotAccepted;
}

/** The schema of the output: that of the node, else the first among the checks. */
export function answerSchema(
  outputSchema: JsonObject | undefined,
  checks: readonly AnswerCheck[] = [],
): JsonObject | undefined {
  return outputSchema ?? checks.flatMap((check) => ('jsonSchema' in check ? [check.jsonSchema] : []))[0];
}

/** Reads a final answer: JSON when the schema asks for it or when it is findings, else the text itself. */
export function readAnswer(given: Json, outputSchema: JsonObject | undefined): Answer {
  if (typeof given !== 'string') return readValue(given, outputSchema);
  const text = given.trim();
  if (text === '') return { value: '', problems: ['the answer is empty'] };
  const json = parseJson(text);
  if (outputSchema) {
    // A schema may also ask for a string, which models send without quotes.
    const value = json === undefined ? text : json;
    return { value, problems: bounded(checkOutput(outputSchema, value)) };
  }
  if (!isFindings(json)) return { value: text, problems: [] };
  try {
    parseFindings(json);
    return { value: json, problems: [] };
  } catch (error) {
    return { value: text, problems: bounded([errorMessage(error)]) };
  }
}

/** Of code, or of a call: it needs no reading. */
function readValue(value: Json, outputSchema: JsonObject | undefined): Answer {
  if (outputSchema) return { value, problems: bounded(checkOutput(outputSchema, value)) };
  if (value === null) return { value: '', problems: ['the answer is empty'] };
  if (!isFindings(value)) return { value, problems: [] };
  try {
    parseFindings(value);
    return { value, problems: [] };
  } catch (error) {
    return { value: JSON.stringify(value), problems: bounded([errorMessage(error)]) };
  }
}

export function isFindings(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && Array.isArray(value['quotations']);
}

/**
 * The one place that completes findings: the engine is what really answered, the question is never empty, and the hash
 * of each file is the one a tool reported, not one that the model wrote. `hashOf` is asked for files that no tool
 * message names.
 */
export async function completeFindings(
  value: JsonObject,
  facts: { engine: string; prompt: string; messages: readonly ChatMessage[] },
  hashOf: (path: string, startLine: number, endLine: number) => Promise<string>,
): Promise<Findings> {
  const findings = parseFindings(value);
  const known = hashesOf(facts.messages);
  const quotations: Findings['quotations'][number][] = [];
  for (const quotation of findings.quotations) {
    const { path, startLine, endLine } = quotation;
    const sha256 = known.get(path) ?? (await hashOf(path, startLine, endLine));
    known.set(path, sha256);
    quotations.push({ ...quotation, sha256 });
  }
  const question = findings.question === '' ? facts.prompt.trim() : findings.question;
  return { ...findings, question, engine: facts.engine, quotations };
}

/** Hash by path, as the reads of this conversation reported it: the state of the file that the model saw. */
function hashesOf(messages: readonly ChatMessage[]): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const message of messages) {
    if (message.role !== 'tool') continue;
    const result = parseResult(message.content);
    const path = result?.['path'];
    const sha256 = result?.['sha256'];
    if (typeof path === 'string' && typeof sha256 === 'string') hashes.set(path, sha256);
  }
  return hashes;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(fencedText(text) ?? text) as Json;
  } catch {
    return undefined;
  }
}

export function bounded(problems: readonly string[]): readonly string[] {
  return problems.slice(0, MAX_PROBLEMS).map((problem) => problem.slice(0, MAX_PROBLEM_CHARS));
}
