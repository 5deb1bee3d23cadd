import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors.js';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { formatIssue, type Issue } from '../../../src/pipeline/issue.js';
import { marked } from './compile-error-cases.js';

/** Edges as `a -> b`, or with a condition as `a -> b when x`, then keys of the edge; one per line. */
function graph(lines: string, keys = 'max_turns: 9'): string {
  const names = new Set<string>();
  const edges = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [, mark = '', from = '', to = '', when, rest] =
        /^\s*(⟦?)(\w+) -> (\w+)(?: when (\w+))?(?:, (.*))?$/.exec(line) ?? [];
      for (const name of [from, to]) names.add(name);
      const condition = when === undefined ? '' : `, when: { contains: ${when} }`;
      return `    - ${mark}{ from: ${from}, to: ${to}${condition}${rest === undefined ? '' : `, ${rest}`} }`;
    });
  const nodes = [...names].sort().map((name) => `  ${name}: { uses: x }`);
  return `name: p\nnodes:\n${nodes.join('\n')}\ngraph:\n  ${keys}\n  edges:\n${edges.join('\n')}\n`;
}

const issuesOf = (text: string): readonly Issue[] => compilePipeline(text, 'p.yaml').issues;
const codesOf = (text: string): ErrorCode[] => issuesOf(text).map(({ code }) => code);
const messagesOf = (text: string): string[] => issuesOf(text).map(({ message }) => message);

/** A writer and a reviewer after a start that is no entry of the cycle. */
const LOOP = (keys: string): string => `
  start -> writer
  writer -> reviewer
  reviewer -> done when APPROVE
  ⟦reviewer -> writer when REVISE${keys}`;

describe('a cycle', () => {
  it('is named from its first node back to it', () => {
    const text = graph('s -> a\na -> b\nb -> c\nc -> a, activation_group: g\nc -> d');
    expect(messagesOf(text)).toEqual(['nothing ends the cycle a -> b -> c -> a']);
  });

  it('with a condition on one edge and a limit is right', () => {
    const limits = ['max_turns: 9', 'max_messages: 9', 'stop_when: { max_messages: 9 }'];
    const text = LOOP(', activation_group: back').replace('⟦', '');
    expect(limits.flatMap((keys) => codesOf(graph(text, keys)))).toEqual([]);
    expect(messagesOf(graph(text, 'scheduling: eager'))).toEqual([
      'the graph has a cycle and no limit: writer -> reviewer -> writer',
    ]);
  });

  it('of one node is one', () => {
    expect(messagesOf(graph('s -> a\na -> a when x, activation_group: g\na -> b when y', 'scheduling: eager'))).toEqual(
      ['the graph has a cycle and no limit: a -> a'],
    );
  });
});

describe('the warning of an edge that leads back in an all-group', () => {
  it('names the edge, beside the error of the join that it blocks', () => {
    const { text, line, column } = marked(graph(LOOP('')));
    const issues = issuesOf(text);
    expect(issues.map(({ code }) => code).sort()).toEqual(['JOIN_NEVER_FIRES', 'LOOP_BACK_IN_ALL_GROUP']);
    const warning = issues.find(({ severity }) => severity === 'warning');
    expect(warning).toMatchObject({ code: 'LOOP_BACK_IN_ALL_GROUP', line, column, path: 'graph.edges[3]' });
    expect(warning?.fix).toContain('activation_group');
  });

  it('stands alone where the join can fire otherwise', () => {
    const text = graph('a -> b\nb -> c when x\nb -> d when y\n⟦c -> a\ne -> a', 'max_turns: 9\n  entry: [a, e]');
    const { text: clean, line, column } = marked(text);
    expect(issuesOf(clean)).toMatchObject([{ code: 'LOOP_BACK_IN_ALL_GROUP', severity: 'warning', line, column }]);
  });

  it.each([', activation_group: back', ', activation_condition: any'])('is not there with%s', (keys) => {
    const text = graph(LOOP(keys).replace('⟦', '')).replace(
      '{ from: start, to: writer }',
      `{ from: start, to: writer${keys.replace('activation_group: back', 'activation_group: first')} }`,
    );
    expect(issuesOf(text).map(formatIssue)).toEqual([]);
  });

  it('is not there for two nodes that run before and after each other', () => {
    // b waits for a and c; c runs after a alone, before b.
    const text = graph(
      `a -> b\na -> c, activation_condition: any\nb -> c when x, activation_condition: any\nb -> end when y\nc -> b`,
    );
    expect(codesOf(text)).toEqual([]);
  });

  it('is not there for a cycle that begins at the entry', () => {
    expect(codesOf(graph('a -> b\nb -> c when x\nb -> a when y', 'max_turns: 9\n  entry: a'))).toEqual([]);
  });
});

describe('the warning of an all-join below a split', () => {
  it('names the last edge of the join', () => {
    const { text, line, column } = marked(graph('s -> a when x\ns -> b when y\na -> c\nb -> d\nc -> e\n⟦d -> e'));
    expect(issuesOf(text)).toMatchObject([
      { code: 'ALL_JOIN_BELOW_SPLIT', severity: 'warning', line, column, path: 'graph.edges[5]' },
    ]);
    expect(messagesOf(text)[0]).toContain('the conditions of s ');
  });

  it('is there for two edges of the node itself', () => {
    expect(codesOf(graph('s -> e when x\ns -> e when y'))).toEqual(['ALL_JOIN_BELOW_SPLIT']);
  });

  it.each([
    [
      'an any-join',
      's -> a when x\ns -> b when y\na -> e, activation_condition: any\nb -> e, activation_condition: any',
    ],
    [
      'a join of two groups',
      's -> a when x\ns -> b when y\na -> e, activation_group: one\nb -> e, activation_group: two',
    ],
    ['a fan-out without conditions', 's -> a\ns -> b\na -> e\nb -> e'],
    [
      'branches that meet before',
      's -> a when x\ns -> b when y\na -> c, activation_condition: any\nb -> c, activation_condition: any\nc -> d\nc -> f\nd -> e\nf -> e',
    ],
    ['a branch that runs anyway', 's -> a when x\ns -> b when y\nr -> a, activation_group: r\na -> e\nb -> e'],
  ])('is not there for %s', (_, edges) => {
    expect(codesOf(graph(edges))).toEqual([]);
  });
});

describe('a join that never fires', () => {
  it('names the join, not what waits behind it', () => {
    const text = graph('a -> b\nb -> c\nc -> b when x\nc -> d when y\nd -> e');
    const errors = issuesOf(text).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      'b can never run: it waits for c, which can never run before it',
    ]);
  });

  it('is none when another source can fire twice, because firings are counted', () => {
    // s runs again and again, so that the group of j gets its two firings without r.
    const counted = `s -> s when again, activation_group: again\ns -> j when go\nj -> r\nr -> j`;
    expect(
      codesOf(graph(counted.replace('r -> j', 'r -> j when x\nr -> end when y'), 'max_turns: 9\n  entry: s')),
    ).toEqual(['LOOP_BACK_IN_ALL_GROUP']);
  });

  it('is none when two groups of one source give it two firings', () => {
    const text = graph(
      'a -> t, activation_group: one\nb -> t, activation_group: two\nt -> j\nj -> k when x\nj -> l when y\nk -> j',
    );
    expect(codesOf(text)).toEqual(['LOOP_BACK_IN_ALL_GROUP']);
  });

  it('counts each firing for one group only', () => {
    // Three firings are needed; a fires once, b twice at most.
    const text = graph(
      'a -> b, activation_group: one\nx -> b, activation_group: two\nb -> j\nk -> j\nl -> j\nj -> k when x\nj -> l when y\nj -> end when z',
    );
    expect(codesOf(text).filter((code) => code !== 'LOOP_BACK_IN_ALL_GROUP')).toEqual(['JOIN_NEVER_FIRES']);
  });
});

describe('a large graph', () => {
  it('of 2,000 nodes in a row with a way back compiles', () => {
    const row = Array.from({ length: 1999 }, (_, index) => `n${index} -> n${index + 1}`);
    const text = graph([...row, 'n1999 -> end when x', 'n1999 -> n0 when y'].join('\n'), 'max_turns: 9\n  entry: n0');
    expect(codesOf(text)).toEqual([]);
  });

  it('of 300 splits that are joined again is looked at with a bound', () => {
    const steps = Array.from({ length: 300 }, (_, index) =>
      ['a', 'b'].flatMap((side) => [`n${index} -> ${side}${index} when ${side}`, `${side}${index} -> n${index + 1}`]),
    );
    const codes = codesOf(graph(steps.flat().join('\n')));
    expect(new Set(codes)).toEqual(new Set(['ALL_JOIN_BELOW_SPLIT']));
  });
});
