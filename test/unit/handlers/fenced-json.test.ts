import { expect, test } from 'vitest';
import { fencedText } from '../../../src/handlers/fenced-json.js';

test.each<[string, string | undefined]>([
  ['```json\n{"a":1}\n```', '{"a":1}'],
  ['```\n[1,\n2]\n```', '[1,\n2]'],
  ['\n  ```json  \r\n{}\r\n  ```\n\n', '{}\r'],
  ['```json\n\n```', ''],
  ['```\n```', ''],
  ['```json\n{"a":"```"}\n```', '{"a":"```"}'],
  ['{"a":1}', undefined],
  ['', undefined],
  ['```', undefined],
  ['```json', undefined],
  ['```json\n{}', undefined],
  ['```json {}\n```', undefined],
  ['```js\n{}\n```', undefined],
  ['Here it is:\n```json\n{}\n```', undefined],
  ['```json\n{}\n```\nThat is all.', undefined],
  ['```json\n{}\n```\n```json\n{}\n```', undefined],
])('the fenced text of %j is %j', (text, inside) => {
  expect(fencedText(text)).toBe(inside);
});

test('a fence that is never closed is read in linear time', () => {
  const before = performance.now();
  expect(fencedText(`\`\`\`json\n${'\n'.repeat(100_000)}x`)).toBeUndefined();
  expect(performance.now() - before).toBeLessThan(1000);
});
