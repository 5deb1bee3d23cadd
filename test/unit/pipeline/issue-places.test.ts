import { describe, expect, it } from 'vitest';
import { issuesOf, marked } from './compile-error-cases.js';

describe('the place of an expression error', () => {
  const at = (scalar: string): void => {
    const { text, line, column } = marked(`name: p\nnodes:\n  a:\n    uses: x\n    with:\n      v: ${scalar}\n`);
    expect(issuesOf(text)).toMatchObject([{ code: 'UNKNOWN_NAME', line, column }]);
  };

  it('is exact in plain text', () => at('some text ${{ ⟦nope }} more'));
  it('is exact in plain text over several lines', () => at('some\n        text\n\n        ${{ ⟦nope }} more'));
  it('is exact behind single quotes', () => at(`'it''s \${{ ''a'' == ⟦nope }}'`));
  it('is exact behind escapes', () => at(`"tab\\t \\u00e9 \\U0001F600 \\\\ \${{ ⟦nope }}"`));
  it('is exact behind an escaped line break', () => at('"one \\\n        two ${{ ⟦nope }}"'));
  it('is exact in a folded block', () => at('>-\n        one\n        two\n\n        ${{ ⟦nope }}\n        three'));
  it('is exact in a literal block with deeper lines', () =>
    at('|\n        one\n          two ${{ ⟦nope }}\n        three'));
  it('is exact behind Windows line ends', () => at('|\r\n        one\r\n        two ${{ ⟦nope }}'));
  it('is exact in an expression over several lines', () => at(`|-\n        \${{ 'a\n        b' ==\n        ⟦nope }}`));
  it('is exact for the second of two expressions', () => at('${{ run.id }} ${{ ⟦nope }}'));
  it('counts from the first character behind a byte order mark', () => {
    expect(issuesOf('\ufeffnam: p\nname: p\nnodes: { a: { uses: x } }\n')).toMatchObject([{ line: 1, column: 1 }]);
  });
});
