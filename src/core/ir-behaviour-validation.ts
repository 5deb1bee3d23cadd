/** Checks `x-nexum` of a node: the shape of each key, and that the engine can run what the node says. */
import {
  anything,
  isBoolean,
  isDuration,
  isExpression,
  isName,
  isNumber,
  isObject,
  isRecord,
  isText,
  isTextList,
  listOf,
  mapOf,
  numberFrom,
  objectOf,
  oneOf,
  that,
  wholeNumber,
  type Check,
  type Report,
} from './ir-checks.js';
import { AGENT } from './ir-agent-validation.js';
import { EDGES, HISTORY, LOOP } from './ir-graph-shapes.js';
import { INPUT_SPECS } from './ir-pipeline-validation.js';
import { JOIN_RULES, NEED_CONDITIONS, type NodeType } from './ir.js';

/** Shorter, and a worker that is only busy would count as dead. */
const MIN_HEARTBEAT_TIMEOUT_MS = 1000;

/** Every field: with a missing one, delays would be NaN and never end. */
const RETRY = objectOf(
  {
    maxAttempts: numberFrom(1),
    maxLost: numberFrom(1),
    initialIntervalMs: numberFrom(0),
    multiplier: numberFrom(0),
    maxIntervalMs: numberFrom(0),
    jitter: (value, path, report) => {
      numberFrom(0)(value, path, report);
      if (isNumber(value, 0) && value > 1) report(path, 'is greater than 1');
    },
    nonRetryable: that(isTextList, 'must be a list of error codes'),
  },
  {},
);

const WAIT_KINDS = ['durationMs', 'duration', 'until', 'signal'];
const WAIT_KEYS = objectOf(
  {},
  { durationMs: numberFrom(0), duration: isText, until: isText, signal: isName, timeoutMs: isDuration },
);
const WAIT: Check = (value, path, report) => {
  WAIT_KEYS(value, path, report);
  if (!isRecord(value)) return;
  const given = WAIT_KINDS.filter((key) => value[key] !== undefined);
  if (given.length !== 1) report(path, `must have exactly one of ${WAIT_KINDS.join(', ')}`);
  if (value['timeoutMs'] !== undefined && value['signal'] === undefined) report(`${path}.timeoutMs`, 'needs a signal');
};

const APPROVAL = objectOf(
  { onTimeout: oneOf(['fail', 'approve', 'reject']), onReject: oneOf(['fail', 'continue']) },
  { message: isText, approvers: listOf(isName), form: INPUT_SPECS, timeoutMs: isDuration },
);

const BEHAVIOUR = objectOf(
  {},
  {
    handler: isName,
    with: isObject,
    agent: AGENT,
    mcp: objectOf({ server: isName, tool: isName }, {}),
    prompt: isText,
    compute: anything,
    router: objectOf({ routes: listOf(objectOf({ if: isExpression, to: isText }, {})) }, { otherwise: isText }),
    map: objectOf(
      { over: isExpression, onItemError: oneOf(['fail', 'skip', 'collect']) },
      { maxParallel: wholeNumber(1) },
    ),
    approval: APPROVAL,
    wait: WAIT,
    child: objectOf({ workflowId: isName }, { versionHash: isName, with: isObject }),
    loop: LOOP,
    edges: EDGES,
    reads: listOf(isText),
    history: HISTORY,
    if: isExpression,
    conditions: mapOf(oneOf(NEED_CONDITIONS)),
    join: oneOf(JOIN_RULES),
    timeoutMs: isDuration,
    retry: RETRY,
    heartbeatTimeoutMs: numberFrom(MIN_HEARTBEAT_TIMEOUT_MS),
    queue: isName,
    labels: mapOf(isText),
    continueOnError: isBoolean,
    outputSchema: isObject,
    env: mapOf(isText),
    secrets: listOf(isName),
  },
);

/** What the engine runs without a worker, and the types of the nodes in which it can. */
const ENGINE_KINDS: Readonly<Record<string, readonly NodeType[]>> = {
  compute: ['COMPUTE', 'REDUCE', 'MAP'],
  router: ['ROUTER'],
  approval: ['HUMAN_APPROVAL'],
  wait: ['TIMER'],
  child: ['SUBWORKFLOW', 'MAP'],
  loop: ['COMPUTE'],
};

export function checkBehaviour(
  behaviour: Readonly<Record<string, unknown>>,
  type: NodeType | undefined,
  report: Report,
): void {
  BEHAVIOUR(behaviour, '', report);
  const given = Object.keys(ENGINE_KINDS).filter((kind) => behaviour[kind] !== undefined);
  if (given.length > 1) report('', `has ${given.join(' and ')}; a node can be only one of them`);
  if (!type) return;
  for (const kind of given) {
    const types = ENGINE_KINDS[kind] ?? [];
    if (!types.includes(type)) report('', `is of type ${type}; ${kind} needs ${types.join(', ')}`);
    else if (type === 'MAP' && behaviour['map'] === undefined) report('', `has ${kind} for its items, but no map`);
  }
  if (behaviour['map'] !== undefined && type !== 'MAP') report('', `is of type ${type}; map needs MAP`);
}
