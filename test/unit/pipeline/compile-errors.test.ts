import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/errors.js';
import { CASES, NODES, inNode, issuesOf, marked } from './compile-error-cases.js';
import { AGENT_CASES } from './agent-error-cases.js';
import { KIND_CASES } from './kind-error-cases.js';
import { START_CASES } from './start-error-cases.js';
import { EXPRESSION_CASES } from './expression-error-cases.js';
import { MCP_CASES } from './mcp-error-cases.js';
import { GRAPH_CASES } from './graph-error-cases.js';

const ALL = [
  ...CASES,
  ...AGENT_CASES,
  ...EXPRESSION_CASES,
  ...KIND_CASES,
  ...START_CASES,
  ...GRAPH_CASES,
  ...MCP_CASES,
].map(([what, code, template, path, nearest]) => ({
  what,
  code,
  template,
  path,
  nearest,
}));

describe('a compile error', () => {
  it.each(ALL)('$what is $code at its place', ({ code, template, path, nearest }) => {
    const { text, line, column } = marked(template);
    const [issue, ...others] = issuesOf(text).filter(({ severity }) => severity === 'error');
    expect(issue).toMatchObject({ code, file: 'p.yaml', line, column, path });
    expect(issue?.nearest).toBe(nearest);
    expect(issue?.fix).not.toBe('');
    expect(others.map((other) => other.code)).toEqual([]);
  });

  it.each<[string, string]>([
    ['secrets', `name: p\n⟦secrets: [A]\n${NODES}`],
    ...['queue', 'labels', 'heartbeat_timeout'].map((key): [string, string] => [
      key,
      `name: p\ndefaults: { ⟦${key}: x }\n${NODES}`,
    ]),
    ['output', `name: p\nagents: { r: { instructions: i, ⟦output: 1 } }\n${NODES}`],
  ])('names `%s` as not supported yet, and nothing else', (key, template) => {
    const { text, line, column } = marked(template);
    const issues = issuesOf(text);
    expect(issues.map((issue) => [issue.code, issue.line, issue.column])).toEqual([
      ['NOT_SUPPORTED_YET', line, column],
    ]);
    expect(issues[0]!.message).toContain(`\`${key}\``);
  });

  it('is tested for every code that only the compiler uses', () => {
    const codes = Object.keys(ERRORS);
    const compilerCodes = codes.slice(codes.indexOf('YAML_SYNTAX'), codes.indexOf('CYCLE') + 1);
    const elsewhere = ['NOT_SUPPORTED_YET', 'DOCUMENT_TOO_LARGE'];
    expect(compilerCodes.filter((code) => !ALL.some((tested) => tested.code === code))).toEqual(
      compilerCodes.filter((code) => elsewhere.includes(code)),
    );
  });
});

describe('all problems', () => {
  it('of every phase come at once, in the order of the file', () => {
    const text = `name: bad name
descripton: x
inputs: { n: { type: number, default: abc } }
defaults: { timeout: 5x }
nodes:
  one: { needs: [two, nope], uses: x, with: { v: "\${{ inputs.m }}" } }
  two: { needs: [one], agent: gone, prompt: q, if: "\${{ 1 + }}", output: { type: objct } }
  three: { loop: x }
  four: {}
  three: { uses: x }
`;
    expect(issuesOf(text).map((issue) => [issue.line, issue.code])).toEqual([
      [1, 'BAD_NAME'],
      [2, 'UNKNOWN_KEY'],
      [3, 'BAD_VALUE'],
      [4, 'BAD_DURATION'],
      [6, 'CYCLE'],
      [6, 'UNKNOWN_NODE'],
      [6, 'UNKNOWN_NAME'],
      [7, 'UNKNOWN_AGENT'],
      [7, 'BAD_EXPRESSION'],
      [7, 'BAD_SCHEMA'],
      [8, 'WRONG_TYPE'],
      [9, 'NODE_KIND'],
      [10, 'DUPLICATE_KEY'],
    ]);
  });

  it('of one expression come at once', () => {
    const codes = issuesOf(inNode('with: { v: "${{ nop(nodes.x.output, inputs.y) && z }}" }')).map(
      (issue) => issue.code,
    );
    expect(codes).toEqual(['UNKNOWN_NAME', 'UNKNOWN_NODE', 'UNKNOWN_NAME', 'UNKNOWN_NAME']);
  });
});
