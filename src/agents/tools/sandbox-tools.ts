/** The tools `run_js`, code of a model in a fresh sandbox without files and network, and `calculate`, which needs none. */
import type { JsonObject } from '../../core/ir.js';
import { NexumError, nexumError } from '../../errors.js';
import { OneOffRuns } from '../../sandbox/one-off.js';
import { objectOf, type AgentTool, type ToolRun } from './agent-tool.js';
import { calculate, MAX_EXPRESSION_CHARS } from './arithmetic.js';

export const RUN_JS = 'run_js';
export const CALCULATE = 'calculate';

const MAX_CODE_CHARS = 20_000;
/** Together with escapes they fit into one observation. */
const MAX_VALUE_CHARS = 20_000;
const MAX_OUTPUT_CHARS = 8000;
/** Characters of what was printed before the code failed; the error has to fit, too. */
const MAX_SHOWN_OUTPUT = 1000;
/** Significant digits of a text: one less than a number carries, so that 0.1 + 0.2 reads 0.3. */
const DIGITS = 15;

/**
 * The tools by name. Equal calls share their result: `calculate` computes from its arguments alone, and `run_js` sees nothing
 * besides them but the time at which it ran and chance that comes from the key of the call.
 */
export function sandboxTools(): ReadonlyMap<string, AgentTool> {
  const runs = new OneOffRuns();
  const runJs: AgentTool = {
    name: RUN_JS,
    description:
      'Runs JavaScript (ES2023, `await` at the top level) and returns {value, output}: the last expression, or what is ' +
      'returned, as JSON, and what print() or console.log() wrote. It has no files, no network, no modules and no ' +
      'timers, and keeps nothing for the next call.',
    parameters: objectOf(
      { code: { type: 'string', minLength: 1, maxLength: MAX_CODE_CHARS, description: 'The code.' } },
      ['code'],
    ),
    run: (args, run) => runCode(runs, text(args, 'code'), run),
  };
  const calculator: AgentTool = {
    name: CALCULATE,
    description:
      'Calculates an arithmetic expression such as "(3 + 4) * 2^10 / sqrt(2)". Returns {result, text}. Operators: + - * / ^; ' +
      'numbers without separators; pi, e, and functions such as sqrt, ln, log10, sin, round, min, max, mod.',
    parameters: objectOf(
      { expression: { type: 'string', minLength: 1, maxLength: MAX_EXPRESSION_CHARS, description: 'The expression.' } },
      ['expression'],
    ),
    run: (args) => Promise.resolve(text(args, 'expression')).then(resultOf),
  };
  return new Map([runJs, calculator].map((tool) => [tool.name, tool]));
}

async function runCode(runs: OneOffRuns, code: string, run: ToolRun): Promise<JsonObject> {
  const limits = { valueChars: MAX_VALUE_CHARS, outputChars: MAX_OUTPUT_CHARS };
  try {
    const { value, output } = await runs.run(code, { seed: run.idempotencyKey, limits }, run.signal);
    return { value, output };
  } catch (error) {
    throw withOutput(error);
  }
}

/** @throws NexumError INVALID_REQUEST for what is no arithmetic or has no number as its value */
function resultOf(expression: string): JsonObject {
  // JSON has no -0.
  const result = calculate(expression) + 0;
  if (Number.isFinite(result)) return { result, text: String(Number(result.toPrecision(DIGITS))) };
  throw nexumError('INVALID_REQUEST', `${expression} has no finite result ("${result}")`);
}

/** What the code printed helps to find its mistake, and would be lost with it. */
function withOutput(error: unknown): unknown {
  if (!(error instanceof NexumError)) return error;
  const { output } = error.details;
  if (typeof output !== 'string' || output === '') return error;
  const shown = output.slice(0, MAX_SHOWN_OUTPUT).trimEnd();
  return nexumError(error.code, `${error.message}\nBefore that it printed:\n${shown}`, error.details, error);
}

function text(args: JsonObject, name: string): string {
  const value = args[name];
  return typeof value === 'string' ? value : '';
}
