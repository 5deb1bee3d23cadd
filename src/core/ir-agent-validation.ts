/** Checks the agent of a node, and the agents that it may ask. */
import {
  exactlyOne,
  isName,
  isObject,
  isRecord,
  isText,
  listOf,
  objectOf,
  oneOf,
  that,
  wholeNumber,
  type Check,
} from './ir-checks.js';
import { MAX_AGENT_DEPTH, TOOL_POWERS } from './agent-spec.js';

const CHECKS = listOf(
  exactlyOne({
    minLength: wholeNumber(1),
    regex: isText,
    jsonSchema: isObject,
    citationsExist: that((value) => value === true, 'must be true'),
  }),
);

/** Names of tools on the wire to models; an agent that others ask is one. */
const isToolName = that((value) => typeof value === 'string' && /^[\w-]{1,64}$/.test(value), 'is not a name of a tool');

export const AGENT: Check = agentAt(1);

function agentAt(depth: number): Check {
  const asked: Check = (value, path, report) => {
    if (depth >= MAX_AGENT_DEPTH) report(path, `is more than ${MAX_AGENT_DEPTH} agents deep`);
    else askedAgents(depth + 1)(value, path, report);
  };
  return objectOf(
    { instructions: isText, tools: listOf(isText), maxSteps: wholeNumber(1) },
    {
      name: isText,
      model: isText,
      kind: oneOf(['tool_calling', 'code']),
      description: isText,
      planningInterval: wholeNumber(1),
      finalAnswerChecks: CHECKS,
      agents: asked,
      allow: listOf(oneOf(TOOL_POWERS)),
      onDivergence: oneOf(['fail', 'truncate']),
    },
  );
}

function askedAgents(depth: number): Check {
  const each: Check = (value, path, report) => {
    agentAt(depth)(value, path, report);
    if (!isRecord(value)) return;
    isToolName(value['name'], `${path}.name`, report);
    isName(value['description'], `${path}.description`, report);
  };
  return (value, path, report) => {
    listOf(each)(value, path, report);
    if (!Array.isArray(value)) return;
    const names = value.map((agent: unknown) => (isRecord(agent) ? agent['name'] : undefined));
    if (new Set(names).size < names.length) report(path, 'has two agents of one name');
  };
}
