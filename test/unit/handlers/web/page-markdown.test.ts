import { describe, expect, test } from 'vitest';
import { pageMarkdown } from '../../../../src/handlers/web/page-markdown.js';
import { plainPage } from '../../../../src/handlers/web/page-reader.js';

const URL_OF = 'https://docs.example/guide/page.html';
const LOREM = 'A lease is a claim that ends by itself, and a fence keeps what ended from acting. '.repeat(6);

function article(inner: string, head = ''): string {
  return `<!doctype html><html><head><title>The page</title>${head}</head><body>
    <nav><a href="/home">Home</a></nav><article><h1>The page</h1><p>${LOREM}</p>${inner}<p>${LOREM}</p></article>
    <footer>© somebody</footer></body></html>`;
}

function markdown(inner: string, head = ''): string {
  return pageMarkdown(article(inner, head), URL_OF).markdown;
}

test('an article keeps its text, headings and code, and loses what stands around it', () => {
  const page = pageMarkdown(article('<h2>Part</h2><pre><code class="language-js">let a = 1;\n</code></pre>'), URL_OF);
  expect(page.title).toBe('The page');
  expect(page.markdown).toContain('## Part');
  expect(page.markdown).toContain('```js\nlet a = 1;\n```');
  expect(page.markdown).not.toMatch(/Home|somebody/);
});

test('links are absolute, and those of scripts are gone', () => {
  const text = markdown(
    '<p><a href="../up">up</a> <a href="#here">here</a> <a href="//cdn.example/x">cdn</a> ' +
      '<a href="javascript:alert(1)">bad</a> <a href="data:text/html,x">data</a> <img src="i.png" alt="pic"></p>',
  );
  expect(text).toContain('[up](https://docs.example/up)');
  expect(text).toContain('[here](https://docs.example/guide/page.html#here)');
  expect(text).toContain('[cdn](https://cdn.example/x)');
  expect(text).toContain('![pic](https://docs.example/guide/i.png)');
  expect(text).not.toMatch(/javascript:|data:/);
});

test('the base of a page counts', () => {
  expect(markdown('<p><a href="x">x</a></p>', '<base href="/other/">')).toContain('[x](https://docs.example/other/x)');
});

describe('tables', () => {
  test('of data are tables of Markdown', () => {
    const text = markdown(
      '<table><thead><tr><th>Name</th><th>a|b</th></tr></thead><tbody><tr><td>one<br>two</td><td></td></tr>' +
        '<tr><td><a href="/x">x</a></td><td>3</td></tr></tbody></table>',
    );
    expect(text).toContain(
      ['| Name | a\\|b |', '| --- | --- |', '| one two |  |', '| [x](https://docs.example/x) | 3 |'].join('\n'),
    );
  });

  test('that lay out a page fall apart into paragraphs', () => {
    const text = markdown('<table><tr><td><p>left column of the page</p></td></tr></table>');
    expect(text).toContain('left column of the page');
    expect(text).not.toContain('|');
  });
});

test('a page that is no article is read whole, without scripts', () => {
  const { markdown: text, title } = pageMarkdown(
    '<html><head><title>List</title></head><body><script>evil()</script><ul><li>one</li><li>two</li></ul></body></html>',
    URL_OF,
  );
  expect(text).toBe('-   one\n-   two');
  expect(title).toBe('List');
});

test.each(['<title>T</title><p>text', 'just text', '<p>a</p><p>text</p>', '<!doctype html><body>text', ''])(
  '%j is read as far as it goes',
  (html) => {
    const { markdown: text } = pageMarkdown(html, URL_OF);
    expect(text.includes('text')).toBe(html !== '');
  },
);

test.each([
  ['deep', '<div>'.repeat(2000)],
  ['large', '<p>a</p>'.repeat(25_000)],
])('a page too %s for the converter is an error there, and plain text in the end', (_, inner) => {
  const html = `<title>T</title>${inner}here<br>it is`;
  expect(() => pageMarkdown(html, URL_OF)).toThrow('too many or too deep');
  expect(plainPage(html)).toMatchObject({ title: 'T', markdown: expect.stringContaining('here it is') as string });
});
