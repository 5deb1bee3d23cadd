/** Regular expressions of authors: the syntax of RE2, whose matching takes time linear to the text. */
import { createRequire } from 'node:module';
import type * as Re2Module from 're2js';
import type { RE2JS } from 're2js';
import { errorMessage, nexumError } from '../errors.js';
import { BoundedCache } from './bounded-cache.js';

/** Characters. Matching takes time in proportion to the pattern, too; nobody can read a longer one. */
export const MAX_PATTERN_LENGTH = 1000;

const patterns = new BoundedCache<RE2JS>(200);

/** A require of its own: the library is loaded with the first pattern, which most pipelines do not have. */
const load = createRequire(import.meta.url);

/** Whether some part of the text matches; mind that the case counts. @throws NexumError EXPRESSION_FAILED */
export function matchesPattern(pattern: string, text: string): boolean {
  const problem = lengthProblem(pattern);
  if (problem !== undefined) throw nexumError('EXPRESSION_FAILED', `the pattern ${problem}`);
  return patterns.get(pattern, compilePattern).test(text);
}

/** Says what is wrong with a pattern; undefined when nothing is. */
export function findPatternProblem(pattern: string): string | undefined {
  try {
    if (pattern.length <= MAX_PATTERN_LENGTH) patterns.get(pattern, compilePattern);
    return lengthProblem(pattern);
  } catch (error) {
    return errorMessage(error);
  }
}

function lengthProblem(pattern: string): string | undefined {
  return pattern.length > MAX_PATTERN_LENGTH ? `has more than ${MAX_PATTERN_LENGTH} characters` : undefined;
}

function compilePattern(pattern: string): RE2JS {
  const { RE2JS: Re2 } = load('re2js') as typeof Re2Module;
  try {
    return Re2.compile(pattern);
  } catch (error) {
    const message = errorMessage(error).replace(/^error parsing regexp: /, '');
    throw nexumError('EXPRESSION_FAILED', `\`${pattern}\` is no pattern of RE2: ${message}`, {}, error);
  }
}
