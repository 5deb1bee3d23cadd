import { describe, expect, it } from 'vitest';
import { EXPRESSIONS } from '../../../src/pipeline/engine-expressions.js';
import { findPatternProblem, MAX_PATTERN_LENGTH } from '../../../src/pipeline/pattern.js';

const matches = (pattern: string, text: string): boolean => EXPRESSIONS.matches(pattern, text);

describe('a pattern', () => {
  it.each([
    ['APPROVE', 'I APPROVE of it', true],
    ['APPROVE', 'I approve of it', false],
    ['(?i)approve', 'I APPROVE of it', true],
    ['^APPROVE$', 'I APPROVE', false],
    ['(?m)^APPROVE$', 'so:\nAPPROVE\n', true],
    ['^\\p{L}+$', 'größe', true],
    ['^.$', '😀', true],
    ['', '', true],
  ])('%j in %j: %s', (pattern, text, found) => {
    expect(matches(pattern, text)).toBe(found);
    expect(matches(pattern, text)).toBe(found);
  });

  it.each(['a(', '(?=a)', '(a)\\1', 'a{1001}', '((a{100}){100}){100}', 'a'.repeat(MAX_PATTERN_LENGTH + 1)])(
    'that RE2 does not know is refused: %j',
    (pattern) => {
      expect(findPatternProblem(pattern)).not.toBe('');
      expect(findPatternProblem(pattern)).toBeDefined();
      expect(() => matches(pattern, 'a')).toThrow(expect.objectContaining({ code: 'EXPRESSION_FAILED' }) as Error);
    },
  );

  it('of the greatest length is accepted', () => {
    const pattern = 'a'.repeat(MAX_PATTERN_LENGTH);
    expect(findPatternProblem(pattern)).toBeUndefined();
    expect(matches(pattern, `b${pattern}`)).toBe(true);
  });
});
