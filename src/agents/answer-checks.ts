/** The checks of final answers that authors write: what is wrong, in words that a model can act on. */
import type { AnswerCheck, Json, JsonObject } from '../core/ir.js';
import { assertNever, type ErrorCode } from '../errors.js';
import { matchesPattern } from '../pipeline/pattern.js';
import { checkOutput } from '../pipeline/output-schema.js';
import { bounded, isFindings } from './final-answer.js';

export interface Verdict {
  /** Empty: the answer is accepted. */
  readonly problems: readonly string[];
  /** What the node fails with when no repair helps. */
  readonly code: ErrorCode;
}

/**
 * Checks an answer, all checks at once.
 * @param citations says which quotations do not stand in their documents
 */
export async function checkAnswer(
  value: Json,
  checks: readonly AnswerCheck[],
  citations: (value: Json) => Promise<readonly string[]>,
): Promise<Verdict> {
  const problems: string[] = [];
  let code: ErrorCode = 'CITATIONS_UNVERIFIED';
  for (const check of checks) {
    const found = 'citationsExist' in check ? await citations(value) : problemsOf(value, check);
    if (found.length > 0 && !('citationsExist' in check)) code = 'OUTPUT_INVALID';
    problems.push(...found);
  }
  return { problems: bounded(problems), code };
}

type TextCheck = Exclude<AnswerCheck, { readonly citationsExist: true }>;

function problemsOf(value: Json, check: TextCheck): readonly string[] {
  if ('minLength' in check) {
    const { length } = textOf(value).trim();
    return length >= check.minLength ? [] : [`it has ${length} characters, but must have at least ${check.minLength}`];
  }
  if ('regex' in check)
    return matchesPattern(check.regex, textOf(value)) ? [] : [`its text has no match of the pattern ${check.regex}`];
  return schemaProblems(check.jsonSchema, value);
}

function schemaProblems(schema: JsonObject, value: Json): readonly string[] {
  return checkOutput(schema, value).map((problem) => `by its JSON schema: ${problem}`);
}

/** The requirements as the system prompt tells them. */
export function requirementsOf(checks: readonly AnswerCheck[]): string {
  return `Your final answer must meet these requirements:\n${checks.map((check) => `- ${requirement(check)}`).join('\n')}`;
}

function requirement(check: AnswerCheck): string {
  if ('minLength' in check) return `it has at least ${check.minLength} characters`;
  if ('regex' in check) return `its text has a match of the regular expression ${check.regex}`;
  if ('jsonSchema' in check) return `it is only JSON that satisfies this schema: ${JSON.stringify(check.jsonSchema)}`;
  if ('citationsExist' in check)
    return 'it quotes documents, and each quotation stands verbatim in the lines that it names';
  return assertNever(check);
}

/** What people read of an answer. */
function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (isFindings(value) && typeof value['answer'] === 'string') return value['answer'];
  return JSON.stringify(value);
}
