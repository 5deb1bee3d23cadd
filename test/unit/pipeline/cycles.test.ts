import { describe, expect, it } from 'vitest';
import { issuesOf } from './compile-error-cases.js';

describe('a cycle', () => {
  const cycles = (text: string): string[] =>
    issuesOf(text)
      .filter((issue) => issue.code === 'CYCLE')
      .map((issue) => issue.message);

  it('is shown from upstream to downstream and back', () => {
    const text =
      'name: p\nnodes:\n  s: { uses: x }\n  a: { uses: x, needs: [s, c] }\n  b: { uses: x, needs: [a] }\n  c: { uses: x, needs: [b] }\n';
    expect(cycles(text)).toEqual(['the nodes wait for each other: a -> b -> c -> a']);
  });

  it('through expressions is found', () => {
    const text =
      'name: p\nnodes:\n  a: { uses: x, with: { v: "${{ nodes.b.output }}" } }\n  b: { uses: x, needs: [a] }\n';
    expect(cycles(text)).toEqual(['the nodes wait for each other: a -> b -> a']);
  });

  it('does not hide another one', () => {
    const text =
      'name: p\nnodes:\n  a: { uses: x, needs: b }\n  b: { uses: x, needs: a }\n  c: { uses: x, needs: d }\n  d: { uses: x, needs: c }\n  e: { uses: x, needs: e }\n';
    expect(cycles(text)).toHaveLength(3);
  });

  it('is not what a diamond is', () => {
    const text =
      'name: p\nnodes:\n  a: { uses: x }\n  b: { uses: x, needs: a }\n  c: { uses: x, needs: a }\n  d: { uses: x, needs: [b, c] }\n';
    expect(issuesOf(text)).toEqual([]);
  });
});
