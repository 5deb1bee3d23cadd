import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { formatIssue, formatPath } from '../../../src/pipeline/issue.js';
import { NameIndex } from '../../../src/pipeline/name-index.js';

describe('an issue', () => {
  it('is written with its place first and its cure below', () => {
    const [issue] = compilePipeline(
      'name: p\nnodes: { one: { uses: x }, two: { uses: y, needs: [oen] } }\n',
      'p.yaml',
    ).issues;
    expect(formatIssue(issue!)).toBe(
      'p.yaml:2:52: error UNKNOWN_NODE: there is no node `oen`\n    fix: Did you mean `one`? Accepted here: one, two.',
    );
  });

  it('has a path that is readable for any key', () => {
    expect(formatPath(['nodes', 'a-b', 'needs', 0])).toBe('nodes.a-b.needs[0]');
    expect(formatPath(['inputs', 'a.b c', 1])).toBe('inputs["a.b c"][1]');
    expect(formatPath([])).toBe('');
  });
});

describe('the nearest name', () => {
  const names = new NameIndex(['research', 'validate', 'summarize', 'a', 'toString']);

  it.each([
    ['reserach', 'research'],
    ['RESEARCH', 'research'],
    ['sumarise', 'summarize'],
    ['A', 'a'],
    ['unrelated', undefined],
    ['b', undefined],
    ['', undefined],
  ])('of %j is %j', (name, nearest) => {
    expect(names.nearest(name)).toBe(nearest);
  });

  it('is no longer looked for when that would take too long', () => {
    const many = new NameIndex(Array.from({ length: 100_000 }, (_, i) => `node${i}`));
    expect(Array.from({ length: 4 }, () => many.nearest('nodee1'))).toEqual(['node1', 'node1', 'node1', undefined]);
  });
});
