import { expect, test } from 'vitest';
import { htmlText } from '../../../src/handlers/html-text.js';

function convert(source: string): ReturnType<typeof htmlText> {
  return htmlText(source, source.split('\n'));
}

test('line n of the text is what a reader sees of line n of the file', () => {
  const { lines } = convert('<body>\n<p>One <em>two</em>\nthree</p>\n\n<p\n  class="x">four</p>\n</body>');
  expect(lines).toEqual(['', 'One two', 'three', '', '', 'four', '']);
});

test('entities are decoded and never move what follows to another line', () => {
  const { lines } = convert('<p>a &amp; b &lt;c&gt;&#10;d&nbsp;e</p>\n<p>f</p>');
  expect(lines).toEqual(['a & b <c> d e', 'f']);
});

test('scripts, styles and the head leave no text', () => {
  const { lines, title } = convert(
    '<head><title>A &amp; B</title><style>p{}</style></head>\n<script>\nlet a = 1\n</script>\n<p>x</p>',
  );
  expect(lines).toEqual(['', '', '', '', 'x']);
  expect(title).toBe('A & B');
});

test('cells and list items are separated, inline elements are not', () => {
  expect(convert('<td>a</td><td>b</td><b>c</b>d<br>e').lines).toEqual(['a b cd e']);
});

test('headings are found with their level and first line', () => {
  expect(convert('<h1>Top</h1>\n<p>x</p>\n<h3>\nDeep <i>er</i></h3>').headings).toEqual([
    { line: 1, level: 1, text: 'Top' },
    { line: 3, level: 3, text: 'Deep er' },
  ]);
});

test('broken markup yields text and the same number of lines', () => {
  const { lines } = convert('<p>a <b>b\n<div>c</p></span>\n<unclosed d');
  expect(lines).toEqual(['a b', 'c', '']);
});
