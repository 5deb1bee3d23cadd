/** Checks the `pipeline` key of an IR: inputs, concurrency, priority, retention, schedules, graph. */
import {
  anything,
  isBoolean,
  isDuration,
  isName,
  isNumber,
  isObject,
  isRecord,
  isText,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  shown,
  that,
  wholeNumber,
  type Check,
} from './ir-checks.js';
import { GRAPH } from './ir-graph-shapes.js';
import { TOOL_POWERS } from './ir.js';

const MAX_PRIORITY = 100;
const RATE = wholeNumber(1);

/** Declared values: the inputs of a pipeline, the form of an approval. */
export const INPUT_SPECS: Check = mapOf(
  objectOf(
    { type: oneOf(['string', 'number', 'integer', 'boolean', 'array', 'object']) },
    {
      required: isBoolean,
      default: anything,
      description: isText,
      enum: that((value) => Array.isArray(value) && value.length > 0, 'must be a list of values'),
    },
  ),
);

const LIMITS = objectOf(
  {},
  {
    maxCostUsd: that((value) => isNumber(value, Number.MIN_VALUE), 'must be a number above 0'),
    maxTokens: wholeNumber(1),
    maxDurationMs: isDuration,
    providers: mapOf(objectOf({}, { requestsPerMinute: RATE, tokensPerMinute: RATE })),
  },
);

const MCP_SERVER_KEYS = objectOf(
  {},
  {
    command: isName,
    args: listOf(isText),
    env: mapOf(isText),
    cwd: isName,
    url: isName,
    headers: mapOf(isText),
    secrets: listOf(isName),
    powers: listOf(oneOf(TOOL_POWERS)),
  },
);
const MCP_SERVER: Check = (value, path, report) => {
  MCP_SERVER_KEYS(value, path, report);
  if (isRecord(value) && (value['command'] === undefined) === (value['url'] === undefined))
    report(path, 'must have either a command or a url');
};

const PIPELINE = objectOf(
  {},
  {
    name: isText,
    description: isText,
    inputs: INPUT_SPECS,
    output: anything,
    concurrency: objectOf(
      { key: isText, limit: wholeNumber(1), onConflict: oneOf(['queue', 'cancel_running', 'reject']) },
      {},
    ),
    priority: wholeNumber(-MAX_PRIORITY, MAX_PRIORITY),
    retentionMs: isDuration,
    schedules: listOf(
      objectOf(
        {
          name: isName,
          cron: isName,
          timezone: isName,
          overlap: oneOf(['skip', 'queue', 'cancel_running']),
          catchUp: oneOf(['none', 'last', 'all']),
        },
        { with: isObject },
      ),
    ),
    graph: GRAPH,
    mcp: mapOf(MCP_SERVER),
    limits: LIMITS,
  },
);

export function checkPipeline(pipeline: unknown, problems: string[]): void {
  if (!isRecord(pipeline)) {
    problems.push('`pipeline` must be an object');
    return;
  }
  PIPELINE(pipeline, '', (path, problem) => problems.push(`${path} of the pipeline ${problem}`));
  for (const name of repeatedNames(pipeline['schedules'])) {
    problems.push(`two schedules of the pipeline have the name ${shown(name)}`);
  }
}

function repeatedNames(schedules: unknown): string[] {
  if (!Array.isArray(schedules)) return [];
  const names = schedules.flatMap((schedule: unknown) =>
    isRecord(schedule) && typeof schedule['name'] === 'string' ? [schedule['name']] : [],
  );
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}
