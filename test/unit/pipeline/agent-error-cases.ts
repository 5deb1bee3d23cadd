/** What can be wrong with agents. `⟦` stands right before the place where the issue must point. */
import { NODES, type Case } from './compile-error-cases.js';

const agent = (keys: string, more = ''): string =>
  `name: p\nagents:\n  r: { instructions: i, ${keys} }\n  other: { instructions: i, description: d }\n${more}${NODES}`;

export const AGENT_CASES: readonly Case[] = [
  ['an unknown kind of agent', 'BAD_VALUE', agent('kind: ⟦coed'), 'agents.r.kind', 'code'],
  ['a plan before every half step', 'WRONG_TYPE', agent('planning_interval: ⟦0.5'), 'agents.r.planning_interval'],
  ['a plan every 0 steps', 'BAD_VALUE', agent('planning_interval: ⟦0'), 'agents.r.planning_interval'],
  ['an unknown answer to divergence', 'BAD_VALUE', agent('on_divergence: ⟦ignore'), 'agents.r.on_divergence'],
  [
    'an expression in a description',
    'BAD_EXPRESSION',
    agent('description: "⟦${{ inputs.x }}"'),
    'agents.r.description',
  ],
  [
    'a key of agents at a node',
    'UNKNOWN_KEY',
    `name: p\nnodes: { a: { uses: x, ⟦planning_interval: 2 } }\n`,
    'nodes.a.planning_interval',
  ],
  [
    'a key of agents in a map',
    'UNKNOWN_KEY',
    'name: p\nnodes: { a: { map: { over: "${{ fromJSON(\'[1]\') }}", node: { uses: x, ⟦on_divergence: fail } } } }\n',
    'nodes.a.map.node.on_divergence',
  ],
  // checks of the final answer
  ['no check at all', 'BAD_VALUE', agent('final_answer_checks: ⟦[]'), 'agents.r.final_answer_checks'],
  ['a check that says nothing', 'MISSING_KEY', agent('final_answer_checks: [⟦{}]'), 'agents.r.final_answer_checks[0]'],
  [
    'two checks in one',
    'BAD_VALUE',
    agent('final_answer_checks: [⟦{ min_length: 1, regex: a }]'),
    'agents.r.final_answer_checks[0]',
  ],
  [
    'an unknown check',
    'UNKNOWN_KEY',
    agent('final_answer_checks: [{ ⟦min_lenght: 1 }]'),
    'agents.r.final_answer_checks[0].min_lenght',
    'min_length',
  ],
  [
    'an unknown check of an agent at a node',
    'UNKNOWN_KEY',
    'name: p\nnodes: { a: { prompt: q, agent: { instructions: i, final_answer_checks: [{ ⟦regx: a }] } } }\n',
    'nodes.a.agent.final_answer_checks[0].regx',
    'regex',
  ],
  [
    'a pattern with look-ahead',
    'BAD_PATTERN',
    agent('final_answer_checks: [{ regex: ⟦"(?=a)" }]'),
    'agents.r.final_answer_checks[0].regex',
  ],
  [
    'a wrong schema in a check',
    'BAD_SCHEMA',
    agent('final_answer_checks: [{ json_schema: { type: ⟦nothing } }]'),
    'agents.r.final_answer_checks[0].json_schema.type',
  ],
  [
    'citations that need not exist',
    'BAD_VALUE',
    agent('final_answer_checks: [{ citations_exist: ⟦false }]'),
    'agents.r.final_answer_checks[0].citations_exist',
  ],
  // agents that ask agents
  ['an unknown agent to ask', 'UNKNOWN_AGENT', agent('agents: [⟦othr]'), 'agents.r.agents[0]', 'other'],
  [
    'an unknown agent to ask, at a node',
    'UNKNOWN_AGENT',
    'name: p\nagents: { w: { instructions: i, description: d } }\nnodes: { a: { prompt: q, agent: { instructions: i, agents: [⟦x] } } }\n',
    'nodes.a.agent.agents[0]',
  ],
  [
    'an agent to ask without a description',
    'MISSING_KEY',
    `name: p\nagents:\n  r: { instructions: i, agents: [w] }\n  ⟦w: { instructions: i }\n  s: { instructions: i, agents: [w] }\n${NODES}`,
    'agents.w.description',
  ],
  ['an agent that asks itself', 'CYCLE', agent('description: d, agents: [⟦r]'), 'agents.r.agents[0]'],
  [
    'agents that ask each other in a circle',
    'CYCLE',
    `name: p\nagents:\n  a: { instructions: i, description: d, agents: [⟦b] }\n  b: { instructions: i, description: d, agents: [c] }\n  c: { instructions: i, description: d, agents: [a] }\nnodes: { n: { prompt: q, agent: { instructions: i, agents: [a] } } }\n`,
    'agents.a.agents[0]',
  ],
  [
    'agents four deep',
    'BAD_VALUE',
    `name: p\nagents:\n  a: { instructions: i, agents: [⟦b] }\n  b: { instructions: i, description: d, agents: [c] }\n  c: { instructions: i, description: d, agents: [d] }\n  d: { instructions: i, description: d }\n${NODES}`,
    'agents.a.agents[0]',
  ],
  [
    'an agent with the name of a tool',
    'BAD_NAME',
    `name: p\nagents:\n  r: { instructions: i, agents: [⟦search] }\n  search: { instructions: i, description: d }\n${NODES}`,
    'agents.r.agents[0]',
  ],
];
