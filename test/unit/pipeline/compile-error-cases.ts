/** One wrong pipeline per way to be wrong. `⟦` stands right before the place where the issue must point. */
import { compilePipeline } from '../../../src/pipeline/compile.js';
import type { Issue } from '../../../src/pipeline/issue.js';

/** Takes the mark out of a text and tells where it stood. */
export function marked(text: string): { text: string; line: number; column: number } {
  const before = text.slice(0, text.indexOf('⟦')).split('\n');
  return { text: text.replace('⟦', ''), line: before.length, column: before.at(-1)!.length + 1 };
}

const FILES: Readonly<Record<string, string>> = {
  'child.yaml':
    'name: child\ninputs: { query: { type: string }, n: { type: integer, required: true } }\nnodes: { a: { uses: x } }\n',
  'part.yaml': 'agents: { helper: { instructions: i } }\n',
};

export function issuesOf(text: string): readonly Issue[] {
  const { issues, compiled } = compilePipeline(text, 'p.yaml', {
    knownTools: ['search', 'visit', 'notes', 'shell'],
    toolPowers: {
      search: [],
      visit: ['reads_web', 'writes'],
      notes: ['holds_secrets'],
      shell: ['reads_web', 'holds_secrets', 'writes'],
    },
    readFile: (path) => FILES[path],
    checkSchedule: (cron) => (cron.startsWith('99') ? 'the minute 99 does not exist' : undefined),
  });
  if ((compiled === undefined) !== issues.some((issue) => issue.severity === 'error'))
    throw new Error('compiled without being right');
  return issues;
}

export const NODES = 'nodes: { a: { uses: x } }\n';
export const inNode = (keys: string): string =>
  `name: p\ninputs: { query: { type: string } }\nnodes:\n  a: { uses: x, ${keys} }\n  other: { uses: y }\n`;

export type Case = readonly [what: string, code: Issue['code'], text: string, path: string, nearest?: string];

export const CASES: readonly Case[] = [
  // YAML
  ['a list that is never closed', 'YAML_SYNTAX', 'name: p\nnodes: [⟦', ''],
  ['a second document', 'YAML_SYNTAX', `name: p\n${NODES}⟦---\nname: q\n`, ''],
  ['a custom tag', 'YAML_SYNTAX', `name: ⟦!foo p\n${NODES}`, 'name'],
  ['a tag of another schema', 'YAML_SYNTAX', inNode('with: { b: ⟦!!binary aGk= }'), 'nodes.a.with.b'],
  ['an alias without anchor', 'YAML_SYNTAX', `name: p\n${NODES}output: ⟦*nope\n`, 'output'],
  ['an alias inside its own anchor', 'YAML_SYNTAX', `name: p\n${NODES}output: &o [⟦*o]\n`, 'output[0]'],
  ['a key that stands twice', 'DUPLICATE_KEY', inNode('timeout: 1s, ⟦timeout: 2s'), 'nodes.a.timeout'],
  ['two nodes of one name', 'DUPLICATE_KEY', 'name: p\nnodes:\n  a: { uses: x }\n  ⟦a: { uses: y }\n', 'nodes.a'],
  [
    'two merges in one map',
    'DUPLICATE_KEY',
    `name: p\nx-a: &a { uses: x }\nnodes: { a: { <<: *a, ⟦<<: *a } }\n`,
    'nodes.a["<<"]',
  ],
  ['the key __proto__', 'FORBIDDEN_KEY', inNode('with: { ⟦__proto__: { admin: true } }'), 'nodes.a.with.__proto__'],
  [
    'the key constructor',
    'FORBIDDEN_KEY',
    inNode('with: { v: [{ ⟦constructor: 1 }] }'),
    'nodes.a.with.v[0].constructor',
  ],
  [
    'a node called prototype',
    'FORBIDDEN_KEY',
    `name: p\nnodes:\n  a: { uses: x }\n  ⟦"prototype": { uses: x }\n`,
    'nodes.prototype',
  ],
  ['a number as key', 'WRONG_TYPE', inNode('with: { ⟦1: one }'), 'nodes.a.with'],
  ['a list as key', 'WRONG_TYPE', inNode('with: { ? ⟦[a] : one }'), 'nodes.a.with'],
  ['a merge of text', 'WRONG_TYPE', inNode('<<: ⟦text'), 'nodes.a["<<"]'],
  ['.nan', 'BAD_VALUE', inNode('with: { n: ⟦.nan }'), 'nodes.a.with.n'],
  ['a number that would lose digits', 'BAD_VALUE', inNode('with: { n: ⟦12345678901234567890 }'), 'nodes.a.with.n'],
  // shape
  ['an empty file', 'WRONG_TYPE', '⟦', ''],
  ['a file that is a list', 'WRONG_TYPE', '⟦- name: p\n', ''],
  ['no name', 'MISSING_KEY', `⟦${NODES}`, 'name'],
  ['no nodes key', 'MISSING_KEY', '⟦name: p\n', 'nodes'],
  ['no nodes', 'NO_NODES', 'name: p\n⟦nodes: {}\n', 'nodes'],
  ['nothing under nodes', 'NO_NODES', 'name: p\n⟦nodes:\n', 'nodes'],
  ['a bad pipeline name', 'BAD_NAME', `name: ⟦a b\n${NODES}`, 'name'],
  ['a bad node name', 'BAD_NAME', `name: p\nnodes:\n  a: { uses: x }\n  ⟦1st: { uses: x }\n`, 'nodes.1st'],
  ['a bad input name', 'BAD_NAME', `name: p\ninputs:\n  ⟦"a.b": { type: string }\n${NODES}`, 'inputs["a.b"]'],
  ['an unknown top-level key', 'UNKNOWN_KEY', `name: p\n⟦imputs: {}\n${NODES}`, 'imputs', 'inputs'],
  ['an unknown node key', 'UNKNOWN_KEY', inNode('⟦neds: [b]'), 'nodes.a.neds', 'needs'],
  [
    'an unknown retry key',
    'UNKNOWN_KEY',
    inNode('retry: { ⟦max_atempts: 2 }'),
    'nodes.a.retry.max_atempts',
    'max_attempts',
  ],
  [
    'an unknown defaults key',
    'UNKNOWN_KEY',
    `name: p\ndefaults: { ⟦timeuot: 1s }\n${NODES}`,
    'defaults.timeuot',
    'timeout',
  ],
  [
    'an unknown input key',
    'UNKNOWN_KEY',
    `name: p\ninputs: { i: { type: string, ⟦defualt: x } }\n${NODES}`,
    'inputs.i.defualt',
    'default',
  ],
  [
    'an unknown agent key',
    'UNKNOWN_KEY',
    `name: p\nagents: { r: { instructions: i, ⟦tool: [] } }\n${NODES}`,
    'agents.r.tool',
    'tools',
  ],
  ['a prompt on a handler node', 'UNKNOWN_KEY', inNode('⟦prompt: hi'), 'nodes.a.prompt'],
  [
    '`with` on an agent node',
    'UNKNOWN_KEY',
    'name: p\nnodes: { a: { agent: { instructions: i }, prompt: q, ⟦with: {} } }\n',
    'nodes.a.with',
  ],
  [
    'an agent without instructions',
    'MISSING_KEY',
    `name: p\nagents:\n  ⟦r: { tools: [] }\n${NODES}`,
    'agents.r.instructions',
  ],
  ['an input without type', 'MISSING_KEY', `name: p\ninputs: { ⟦i: { required: true } }\n${NODES}`, 'inputs.i.type'],
  [
    'an agent node without prompt',
    'MISSING_KEY',
    'name: p\nnodes:\n  ⟦a: { agent: { instructions: i } }\n',
    'nodes.a.prompt',
  ],
  ['a node that is text', 'WRONG_TYPE', 'name: p\nnodes: { a: ⟦text }\n', 'nodes.a'],
  ['needs that is a number', 'WRONG_TYPE', inNode('needs: ⟦3'), 'nodes.a.needs'],
  ['an item of needs that is a map', 'WRONG_TYPE', inNode('needs: [other, ⟦{ a: b }]'), 'nodes.a.needs[1]'],
  ['max_attempts 1.5', 'WRONG_TYPE', inNode('retry: { max_attempts: ⟦1.5 }'), 'nodes.a.retry.max_attempts'],
  ['max_attempts 0', 'BAD_VALUE', inNode('retry: { max_attempts: ⟦0 }'), 'nodes.a.retry.max_attempts'],
  ['jitter 2', 'BAD_VALUE', inNode('retry: { jitter: ⟦2 }'), 'nodes.a.retry.jitter'],
  [
    'an unknown input type',
    'BAD_VALUE',
    `name: p\ninputs: { i: { type: ⟦strin } }\n${NODES}`,
    'inputs.i.type',
    'string',
  ],
  [
    'a default of another type',
    'BAD_VALUE',
    `name: p\ninputs: { i: { type: number, default: ⟦x } }\n${NODES}`,
    'inputs.i.default',
  ],
  [
    'a default that is no choice',
    'BAD_VALUE',
    `name: p\ninputs: { i: { type: string, enum: [a], default: ⟦b } }\n${NODES}`,
    'inputs.i.default',
  ],
  [
    'a choice of another type',
    'BAD_VALUE',
    `name: p\ninputs: { i: { type: string, enum: [a, ⟦1] } }\n${NODES}`,
    'inputs.i.enum[1]',
  ],
  ['uses: agent', 'BAD_VALUE', 'name: p\nnodes: { a: { uses: ⟦agent } }\n', 'nodes.a.uses'],
  ['a duration without unit', 'BAD_DURATION', inNode('timeout: ⟦30'), 'nodes.a.timeout'],
  ['a duration with an unknown unit', 'BAD_DURATION', inNode('timeout: ⟦30w'), 'nodes.a.timeout'],
  ['a timeout of zero', 'BAD_DURATION', inNode('timeout: ⟦0s'), 'nodes.a.timeout'],
  ['a duration above a year', 'BAD_DURATION', inNode('retry: { max_interval: ⟦366d }'), 'nodes.a.retry.max_interval'],
  // names
  ['a node without kind', 'NODE_KIND', 'name: p\nnodes:\n  ⟦a: { timeout: 1s }\n', 'nodes.a'],
  [
    'a node with two kinds',
    'NODE_KIND',
    'name: p\nnodes:\n  ⟦a: { uses: x, agent: { instructions: i }, prompt: q }\n',
    'nodes.a',
  ],
  ['an unknown node in needs', 'UNKNOWN_NODE', inNode('needs: [⟦othr]'), 'nodes.a.needs[0]', 'other'],
  ['a node in the wrong case', 'UNKNOWN_NODE', inNode('needs: ⟦Other'), 'nodes.a.needs', 'other'],
  [
    'an unknown agent',
    'UNKNOWN_AGENT',
    'name: p\nagents: { writer: { instructions: i } }\nnodes: { a: { agent: ⟦writr, prompt: q } }\n',
    'nodes.a.agent',
    'writer',
  ],
  [
    'an unknown tool',
    'UNKNOWN_TOOL',
    'name: p\nnodes: { a: { agent: { instructions: i, tools: [⟦serch] }, prompt: q } }\n',
    'nodes.a.agent.tools[0]',
    'search',
  ],
  // schemas
  [
    'a wrong schema type',
    'BAD_SCHEMA',
    inNode('output: { properties: { n: { type: ⟦numbr } } }'),
    'nodes.a.output.properties.n.type',
  ],
  ['a mistyped schema keyword', 'BAD_SCHEMA', inNode('output: ⟦{ propertis: {} }'), 'nodes.a.output'],
  ['a schema that refers to nothing', 'BAD_SCHEMA', inNode('output: ⟦{ $ref: "#/$defs/x" }'), 'nodes.a.output'],
  // cycles
  ['a node that needs itself', 'CYCLE', inNode('needs: [⟦a]'), 'nodes.a.needs[0]'],
  ['a node that reads itself', 'CYCLE', inNode('with: { v: "${{ nodes.⟦a.output }}" }'), 'nodes.a.with.v'],
];
