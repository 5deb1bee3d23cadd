/** The shapes of what free graphs and loops say in an IR; whether the names in them mean something: ir-graph-validation.ts. */
import {
  anything,
  exactlyOne,
  isExpression,
  isName,
  isRecord,
  isText,
  listOf,
  objectOf,
  oneOf,
  that,
  wholeNumber,
  type Check,
} from './ir-checks.js';
import { MAX_ITERATIONS, MAX_TURNS } from './ir.js';

/** People write two levels; each commit walks the whole condition. */
const MAX_STOP_DEPTH = 16;
const MAX_STOP_PARTS = 256;

const isNamesList = listOf(isName);
const isPhrase = that((value) => typeof value === 'string' && value !== '', 'is not a text, or empty');

const CONDITION = exactlyOne({
  contains: isText,
  notContains: isText,
  equals: anything,
  matches: isText,
  if: isExpression,
  handler: isName,
});

export const EDGES = listOf(
  objectOf({ to: isText }, { when: CONDITION, group: isName, activation: oneOf(['all', 'any']) }),
);

const FILTER = objectOf({ source: isName }, { first: wholeNumber(1), last: wholeNumber(1) });
export const HISTORY = listOf((value, path, report) => {
  FILTER(value, path, report);
  if (isRecord(value) && value['first'] !== undefined && value['last'] !== undefined) {
    report(path, 'has first and last; it can have only one of them');
  }
});

export const LOOP = objectOf(
  {
    nodes: filled(isNamesList),
    until: isExpression,
    maxIterations: wholeNumber(1, MAX_ITERATIONS),
    onExhausted: oneOf(['fail', 'continue']),
  },
  {},
);

const STOP: Check = (value, path, report) => {
  const left = { parts: MAX_STOP_PARTS };
  stopPart(1, left)(value, path, report);
  if (left.parts < 0) report(path, `has more than ${MAX_STOP_PARTS} conditions`);
};

export const GRAPH = objectOf(
  { entry: filled(isNamesList), scheduling: oneOf(['eager', 'barrier']), task: that(isGiven, 'is missing') },
  { maxTurns: wholeNumber(1, MAX_TURNS), maxMessages: wholeNumber(1), stopWhen: STOP },
);

function stopPart(depth: number, left: { parts: number }): Check {
  return (value, path, report) => {
    left.parts -= 1;
    if (left.parts < 0) return;
    if (depth > MAX_STOP_DEPTH) {
      report(path, `is nested deeper than ${MAX_STOP_DEPTH}`);
      return;
    }
    const parts = filled(listOf(stopPart(depth + 1, left)));
    const textMention: Check = (text, at, tell) => {
      isPhrase(text, at, tell);
      if (isRecord(value) && value['sources'] !== undefined)
        filled(isNamesList)(value['sources'], `${path}.sources`, tell);
    };
    const stopMessage = that((flag) => flag === true, 'must be true');
    exactlyOne({ textMention, stopMessage, maxMessages: wholeNumber(1), any: parts, all: parts })(value, path, report);
  };
}

function filled(list: Check): Check {
  return (value, path, report) => {
    list(value, path, report);
    if (Array.isArray(value) && value.length === 0) report(path, 'is empty');
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
