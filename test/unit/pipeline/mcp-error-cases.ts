/** Wrong MCP servers, wrong names of their tools, and agents with too many powers. */
import type { Case } from './compile-error-cases.js';

const NODES = 'nodes: { a: { uses: x } }\n';
const SERVERS = 'mcp:\n  fs: { command: fs }\n  web: { url: https://x.example/mcp }\n';
const agent = (keys: string, servers = ''): string =>
  `name: p\n${servers}agents:\n  ⟦r: { instructions: i, ${keys} }\n${NODES}`;

export const MCP_CASES: readonly Case[] = [
  ['a server without a way to reach it', 'MISSING_KEY', `name: p\nmcp:\n  ⟦fs: { powers: [] }\n${NODES}`, 'mcp.fs'],
  [
    'a server with two ways to reach it',
    'BAD_VALUE',
    `name: p\nmcp:\n  ⟦fs: { command: a, url: http://x.example }\n${NODES}`,
    'mcp.fs',
  ],
  ['an address of another scheme', 'BAD_VALUE', `name: p\nmcp: { fs: { url: ⟦file:///x } }\n${NODES}`, 'mcp.fs.url'],
  [
    'headers of a program',
    'UNKNOWN_KEY',
    `name: p\nmcp: { fs: { command: a, ⟦headers: {} } }\n${NODES}`,
    'mcp.fs.headers',
  ],
  [
    'arguments of an address',
    'UNKNOWN_KEY',
    `name: p\nmcp: { fs: { url: http://x, ⟦args: [] } }\n${NODES}`,
    'mcp.fs.args',
  ],
  [
    'an unknown key of a server',
    'UNKNOWN_KEY',
    `name: p\nmcp: { fs: { command: a, ⟦cw: b } }\n${NODES}`,
    'mcp.fs.cw',
    'cwd',
  ],
  [
    'an unknown power',
    'BAD_VALUE',
    `name: p\nmcp: { fs: { command: a, powers: [⟦write] } }\n${NODES}`,
    'mcp.fs.powers[0]',
    'writes',
  ],
  [
    'a secret that the server does not declare',
    'UNKNOWN_NAME',
    `name: p\nmcp: { fs: { command: a, secrets: [TOKEN], env: { T: '\${{ secrets.⟦TOKEM }}' } } }\n${NODES}`,
    'mcp.fs.env.T',
    'TOKEN',
  ],
  [
    'an expression in a command',
    'BAD_EXPRESSION',
    `name: p\nmcp: { fs: { command: '⟦\${{ inputs.x }}' } }\n${NODES}`,
    'mcp.fs.command',
  ],
  [
    'a tool of an unknown server',
    'UNKNOWN_MCP_SERVER',
    `name: p\n${SERVERS}nodes: { a: { uses: ⟦mcp:fz/read } }\n`,
    'nodes.a.uses',
    'fs',
  ],
  ['a tool without a name', 'BAD_VALUE', `name: p\n${SERVERS}nodes: { a: { uses: ⟦mcp:fs } }\n`, 'nodes.a.uses'],
  ['all tools as a handler', 'BAD_VALUE', `name: p\n${SERVERS}nodes: { a: { uses: ⟦'mcp:fs/*' } }\n`, 'nodes.a.uses'],
  [
    'the handler of MCP by its own name',
    'BAD_VALUE',
    `name: p\n${SERVERS}nodes: { a: { uses: ⟦mcp.call } }\n`,
    'nodes.a.uses',
  ],
  [
    'an agent with a tool of an unknown server',
    'UNKNOWN_MCP_SERVER',
    `name: p\nagents: { r: { instructions: i, tools: [⟦mcp:fs/read] } }\n${NODES}`,
    'agents.r.tools[0]',
  ],
  // The three powers
  ['an agent with three powers', 'UNSAFE_AGENT', agent('tools: [visit, notes]'), 'agents.r'],
  [
    'an agent that allows too little',
    'UNSAFE_AGENT',
    agent('tools: [visit, notes], allow: [reads_web, writes]'),
    'agents.r',
  ],
  ['an agent with one tool that can do everything', 'UNSAFE_AGENT', agent('tools: [shell]'), 'agents.r'],
  [
    'an agent with a server that holds secrets',
    'UNSAFE_AGENT',
    agent("tools: ['mcp:api/*']", 'mcp: { api: { url: https://x.example, secrets: [TOKEN] } }\n'),
    'agents.r',
  ],
  [
    'an agent whose asked agent has what it lacks',
    'UNSAFE_AGENT',
    `name: p\nagents:\n  ⟦r: { instructions: i, tools: [notes], agents: [w] }\n  w: { instructions: i, description: d, tools: [visit] }\n${NODES}`,
    'agents.r',
  ],
  [
    'an agent with three powers at its node',
    'UNSAFE_AGENT',
    `name: p\nnodes: { a: { prompt: x, ⟦agent: { instructions: i, tools: [visit, notes] } } }\n`,
    'nodes.a.agent',
  ],
];

/** The same, made right. */
export const SAFE: readonly string[] = [
  agent('tools: [visit, notes], allow: [reads_web, holds_secrets, writes]').replace('⟦', ''),
  agent('tools: [visit, search]').replace('⟦', ''),
  agent('tools: [notes, search]').replace('⟦', ''),
  agent(
    "tools: ['mcp:api/*']",
    'mcp: { api: { url: https://x.example, secrets: [TOKEN], powers: [writes] } }\n',
  ).replace('⟦', ''),
  agent("tools: ['mcp:fs/read', 'mcp:web/*']", SERVERS).replace('⟦', ''),
];
