import { expect, test } from 'vitest';
import { compareWorkflows } from '../../../src/core/compatibility.js';
import type { WorkflowIr } from '../../../src/core/ir.js';
import { parseIr } from '../../../src/core/ir-validation.js';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { issuesOf } from './compile-error-cases.js';
import { SAFE } from './mcp-error-cases.js';

function compile(text: string): WorkflowIr {
  const { compiled, issues } = compilePipeline(text, 'p.yaml', { knownTools: ['search'] });
  if (!compiled) throw new Error(JSON.stringify(issues));
  return compiled.ir;
}

const PIPELINE = `
name: p
mcp:
  fs: { command: npx, args: [-y, fs-server], env: { ROOT: /data }, cwd: /tmp }
  api: { url: https://x.example/mcp, secrets: [TOKEN], headers: { authorization: 'Bearer \${{ secrets.TOKEN }}' } }
agents:
  r: { instructions: i, tools: [search, 'mcp:fs/*'] }
nodes:
  read: { uses: mcp:fs/read_file, with: { path: a.md } }
  ask: { agent: r, prompt: x }
`;

test('a tool of a server is called by one handler, so that every worker can take the node', () => {
  const ir = compile(PIPELINE);
  expect(ir.nodes['read']?.['x-nexum']).toMatchObject({
    handler: 'mcp.call',
    mcp: { server: 'fs', tool: 'read_file' },
    with: { path: 'a.md' },
  });
  expect(ir.nodes['ask']?.['x-nexum']?.agent?.tools).toEqual(['search', 'mcp:fs/*']);
  expect(ir.pipeline?.mcp?.['fs']).toEqual({
    command: 'npx',
    args: ['-y', 'fs-server'],
    env: { ROOT: '/data' },
    cwd: '/tmp',
  });
  expect(parseIr(JSON.stringify(ir)).problems).toEqual([]);
});

test('no value of a secret is in the IR, only its name', () => {
  expect(compile(PIPELINE).pipeline?.mcp?.['api']).toEqual({
    url: 'https://x.example/mcp',
    secrets: ['TOKEN'],
    headers: { authorization: 'Bearer ${{ secrets.TOKEN }}' },
  });
});

test.each(SAFE)('an agent without the three powers, or with leave for them, is fine: %#', (text) => {
  expect(issuesOf(text).filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('what makes an agent unsafe is named, with the tools that bring it', () => {
  const [issue] = issuesOf(
    'name: p\nagents: { r: { instructions: i, tools: [visit, notes] } }\nnodes: { a: { uses: x } }\n',
  ).filter(({ code }) => code === 'UNSAFE_AGENT');
  expect(issue?.message).toContain('reads_web (visit), holds_secrets (notes), writes (visit)');
  expect(issue?.fix).toContain('allow: [reads_web, holds_secrets, writes]');
});

test.each<[string, string, string, string]>([
  ['command: npx', 'command: node', 'BREAKING', 'the MCP server fs: the command changed'],
  ['-y, fs-server', '-y, fs-server@2', 'BREAKING', 'the MCP server fs: the command changed'],
  ['https://x.example/mcp', 'https://y.example/mcp', 'BREAKING', 'the MCP server api: the url changed'],
  ['secrets: [TOKEN]', 'secrets: [TOKEN, MORE]', 'BREAKING', 'the MCP server api: the list of secrets changed'],
  ['uses: mcp:fs/read_file', 'uses: mcp:fs/list', 'BREAKING', 'node read: the MCP tool changed'],
  ['ROOT: /data', 'ROOT: /other', 'SAFE', 'the MCP server fs: `env` changed'],
  ['cwd: /tmp', 'cwd: /var', 'SAFE', 'the MCP server fs: `cwd` changed'],
  ["'Bearer ", "'Basic ", 'SAFE', 'the MCP server api: `headers` changed'],
])('%s -> %s is %s', (before, after, compatibility, text) => {
  const comparison = compareWorkflows(compile(PIPELINE), compile(PIPELINE.replace(before, after)));
  expect(comparison.compatibility).toBe(compatibility);
  expect(comparison.changes[0]?.text).toContain(text);
});

test.each<[object, string]>([
  [{}, 'must have either a command or a url'],
  [{ command: 'a', url: 'b' }, 'must have either a command or a url'],
  [{ command: 'a', args: 'b' }, 'is not a list'],
  [{ command: 'a', powers: ['fly'] }, 'must be one of reads_web, holds_secrets, writes'],
])('an IR with the server %j is refused', (server, problem) => {
  const ir = {
    nodes: { a: { type: 'COMPUTE', dependencies: [] } },
    pipeline: { name: 'p', inputs: {}, mcp: { s: server } },
  };
  expect(parseIr(JSON.stringify(ir)).problems.join()).toContain(problem);
});
