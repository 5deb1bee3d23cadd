import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { NonRetryableError } from '../../../src/errors.js';
import { parseFindings, type Findings } from '../../../src/handlers/findings.js';

const FINDINGS: Findings = {
  question: 'How long?',
  engine: 'offline/extractive',
  status: 'answered',
  answer: 'The default lease lasts 30 seconds.',
  quotations: [{ text: 'lasts 30 seconds', path: 'a.md', startLine: 3, endLine: 4, sha256: 'ab', term: 'lasts' }],
  uncovered: ['zebra'],
};

function quotationsOf(text: string): string[] {
  return parseFindings(text).quotations.map(
    ({ text: quoted, path, startLine, endLine }) => `${quoted} @ ${path}:${startLine}-${endLine}`,
  );
}

describe('structured findings', () => {
  test('are returned as they are, also from JSON text and from a code fence', () => {
    expect(parseFindings(FINDINGS)).toEqual(FINDINGS);
    expect(parseFindings(JSON.stringify(FINDINGS))).toEqual(FINDINGS);
    expect(parseFindings(`\`\`\`json\n${JSON.stringify(FINDINGS, null, 2)}\n\`\`\`\n`)).toEqual(FINDINGS);
  });

  test('a fence that is never closed costs no more than its length', () => {
    const before = performance.now();
    expect(() => parseFindings(`\`\`\`json\n${'\n'.repeat(100_000)}`)).toThrow(NonRetryableError);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('the spellings of models are understood, and what is unknown is empty', () => {
    const { quotations, engine, status } = parseFindings({
      quotations: [
        { quote: 'one', file: 'a.md', lines: '12-14' },
        { text: 'two', path: 'b.md', start_line: 3, end_line: '5' },
        { text: 'three', source: 'c.md' },
      ],
    });
    expect(quotations).toEqual([
      { text: 'one', path: 'a.md', startLine: 12, endLine: 14, sha256: '' },
      { text: 'two', path: 'b.md', startLine: 3, endLine: 5, sha256: '' },
      { text: 'three', path: 'c.md', startLine: 0, endLine: 0, sha256: '' },
    ]);
    expect([engine, status]).toEqual(['unknown', 'answered']);
  });

  test('without quotations the status is insufficient_evidence', () => {
    expect(parseFindings({ ...FINDINGS, quotations: [] }).status).toBe('insufficient_evidence');
  });

  test('the hits of a search are quotations', () => {
    const hits = [{ path: 'a.md', startLine: 1, endLine: 2, sha256: 'cd', score: 0.1, text: 'found text' }];
    expect(parseFindings({ question: 'q', queries: ['q'], hits, uncovered: ['x'] })).toEqual({
      question: 'q',
      engine: 'offline/extractive',
      status: 'answered',
      answer: '',
      quotations: [{ text: 'found text', path: 'a.md', startLine: 1, endLine: 2, sha256: 'cd' }],
      uncovered: ['x'],
    });
  });

  test('a list is joined in order', () => {
    const other = { ...FINDINGS, question: 'Who?', quotations: [], uncovered: ['zebra', 'yak'] };
    expect(parseFindings([FINDINGS, other])).toEqual({
      ...FINDINGS,
      question: 'How long? / Who?',
      uncovered: ['zebra', 'yak'],
    });
  });
});

describe('the text of a model', () => {
  test('double quotes followed by a citation are quotations', () => {
    const text =
      'It says "lasts 30 seconds" [docs/a.md:12-14], and “expires\nsimply” (b.txt:7). Also "no source" here.';
    expect(quotationsOf(text)).toEqual(['lasts 30 seconds @ docs/a.md:12-14', 'expires\nsimply @ b.txt:7-7']);
    expect(parseFindings(text).answer).toBe(text);
  });

  test('block quotes with the citation inside or below are quotations', () => {
    const text =
      '> first line\n> second line [a.md:1-2]\n\ntext\n\n> third\n— docs/b.md:9-9\n\n> fourth\n\n(`c.md:L4-L5`)\n\n> lone';
    expect(quotationsOf(text)).toEqual([
      'first line\nsecond line @ a.md:1-2',
      'third @ docs/b.md:9-9',
      'fourth @ c.md:4-5',
    ]);
  });
});

test.each<[string, Json]>([
  ['a number', 7],
  ['null', null],
  ['an empty list', []],
  ['an object of another shape', { sentences: [] }],
  ['a quotation without text', { quotations: [{ path: 'a.md', startLine: 1 }] }],
  ['a quotation that is no object', { quotations: ['text'] }],
  ['a text without citations', 'The lease lasts 30 seconds.'],
])('%s is refused for good, saying what is expected', (_, value) => {
  expect(() => parseFindings(value)).toThrow(NonRetryableError);
  expect(() => parseFindings(value)).toThrow(/^expected findings: .*quotations.*; (?:got|quotations\[0\]) /);
});
