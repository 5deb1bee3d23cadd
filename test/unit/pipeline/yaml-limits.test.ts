import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import type { Issue } from '../../../src/pipeline/issue.js';

const PIPELINE = 'name: p\nnodes: { a: { uses: x } }\n';

function issuesOf(text: string): readonly Issue[] {
  return compilePipeline(text, 'p.yaml').issues;
}

const nested = (levels: number): string => `${PIPELINE}x-deep: ${'['.repeat(levels)}${']'.repeat(levels)}\n`;

describe('the limits of a document', { timeout: 60_000 }, () => {
  it('Y1: an alias bomb is refused at the alias that goes too far', () => {
    const ten = (name: string): string => Array.from({ length: 10 }, () => `*${name}`).join(', ');
    const levels = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &l${i + 1} [${ten(`l${i}`)}]\n`);
    const bomb = `${PIPELINE}x-0: &l0 [a, b, c, d, e, f, g, h, i, j]\n${levels.join('')}`;
    expect(issuesOf(bomb)).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 8, path: 'x-5[8]' }]);
  });

  it('Y1: one long text that many aliases repeat is refused', () => {
    const bomb = `${PIPELINE}x-text: &t ${'a'.repeat(100_000)}\nx-list: [${'*t, '.repeat(100)}]\n`;
    expect(issuesOf(bomb)).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 4 }]);
  });

  it('aliases that stay small are allowed in any number', () => {
    expect(issuesOf(`${PIPELINE}x-text: &t abc\nx-list: [${'*t, '.repeat(1000)}]\n`)).toEqual([]);
  });

  it('64 levels are read, the 65th is refused where it begins', () => {
    expect(issuesOf(nested(63))).toEqual([]);
    expect(issuesOf(nested(64))).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 3, column: 9 + 63 }]);
  });

  it('depth is counted through aliases', () => {
    const text = `${PIPELINE}x-a: &a ${'['.repeat(40)}${']'.repeat(40)}\nx-b: ${'['.repeat(40)}*a${']'.repeat(40)}\n`;
    expect(issuesOf(text)).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 4, column: 6 + 40 }]);
  });

  it.each([
    ['flow lists', '['.repeat(200_000), 65],
    ['flow maps', '{a: '.repeat(100_000), 4 * 64 + 1],
    ['block lists', '- '.repeat(100_000), 2 * 64 + 1],
    ['complex keys', '? '.repeat(20_000), 2 * 64 + 1],
  ])('nesting of %s that would exhaust the stack of the parser is refused before', (_, text, column) => {
    expect(issuesOf(text)).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 1, column }]);
  });

  it('more than 1 MiB of UTF-8 is refused unread', () => {
    const padding = (bytes: number): string => `${PIPELINE}#${'é'.repeat((bytes - PIPELINE.length - 2) / 2)}\n`;
    expect(issuesOf(padding(1024 * 1024))).toEqual([]);
    expect(issuesOf(padding(1024 * 1024 + 2))).toMatchObject([{ code: 'DOCUMENT_TOO_LARGE', line: 1, column: 1 }]);
  });

  it('many syntax errors are cut off', () => {
    expect(issuesOf('} '.repeat(5000)).length).toBeLessThanOrEqual(50);
  });
});

describe('YAML 1.2 core', () => {
  it('leaves yes, no, on, dates and octal-looking text alone', () => {
    const text =
      'name: p\nnodes: { a: { uses: x, with: { a: yes, b: on, c: 2020-01-01, d: 0o17, e: 010, f: 1_000, g: ~ } } }\n';
    expect(compilePipeline(text, 'p').compiled?.ir.nodes['a']?.['x-nexum']?.with).toEqual({
      a: 'yes',
      b: 'on',
      c: '2020-01-01',
      d: 15,
      e: 10,
      f: '1_000',
      g: null,
    });
  });

  it('allows the tags of the core schema', () => {
    const text = 'name: !!str p\nnodes: { a: { uses: x, with: { n: !!str 5 } } }\n';
    expect(compilePipeline(text, 'p').compiled?.ir.nodes['a']?.['x-nexum']?.with).toEqual({ n: '5' });
  });

  it('Y3: refused keys pollute no prototype', () => {
    issuesOf(`${PIPELINE}x-a: { __proto__: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } }\n`);
    issuesOf(`${PIPELINE}x-a: &a { __proto__: { polluted: 1 } }\nx-b: { <<: *a }\n`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
