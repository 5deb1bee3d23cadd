/** A web page as Markdown: the article without what stands around it, links absolute, tables as tables. */
import { Readability } from '@mozilla/readability';
import { Parser } from 'htmlparser2';
import { parseDom, type DomDocument } from './dom.js';
import TurndownService from 'turndown';
import { tableRules } from './table-markdown.js';

export interface Page {
  readonly title: string;
  readonly byline?: string;
  readonly markdown: string;
}

/**
 * A page with more elements, or deeper ones, is an application or an attack; whoever calls reads it as plain text then.
 * The converters take more than linear time and recurse: 100,000 elements were measured at 50 seconds.
 */
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 500;
/** An article shorter than this is a mistake of Readability on a page that is no article. */
const MIN_ARTICLE_CHARS = 200;
/** Elements without prose. */
const SILENT: TurndownService.Filter = [
  'script',
  'style',
  'noscript',
  'iframe',
  'button',
  'form',
  'select',
  'textarea',
];
const SILENT_EVERYWHERE = 'script, style, noscript, template, iframe, svg, math, object, nav, header > ul, footer';

/**
 * Converts a page. `url` is where it came from: relative links are made absolute by it, or by the `<base>` of the page.
 * @throws Error for pages that are too large or too deep; never anything but memory and time are at risk
 */
export function pageMarkdown(html: string, url: string): Page {
  checkSize(html);
  const document = parseDocument(html);
  makeLinksAbsolute(document, url);
  const whole = document.cloneNode(true);
  const article = new Readability(document, { keepClasses: true }).parse();
  const title = clean(article?.title ?? whole.title);
  const byline = clean(article?.byline ?? '');
  const content = (article?.textContent ?? '').trim().length < MIN_ARTICLE_CHARS ? bodyOf(whole) : article?.content;
  return { title, ...(byline === '' ? {} : { byline }), markdown: toMarkdown(content ?? '') };
}

function checkSize(html: string): void {
  let [elements, depth, deepest] = [0, 0, 0];
  const parser = new Parser({
    onopentag: () => {
      elements += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (elements > MAX_ELEMENTS || deepest > MAX_DEPTH) parser.reset();
    },
    onclosetag: () => (depth -= 1),
  });
  parser.end(html);
  if (elements > MAX_ELEMENTS || deepest > MAX_DEPTH) throw new Error('the page has too many or too deep elements');
}

function parseDocument(html: string): DomDocument {
  const document = parseDom(html);
  // Both tags may be left out in HTML, and linkedom takes the first element for the root then.
  if (document.documentElement?.localName === 'html' && document.querySelector('body')) return document;
  const inner = html.replace(/<!doctype[^>]*>/i, '').replace(/<\/?(html|body)\b[^>]*>/gi, '');
  return parseDom(`<!doctype html><html><head></head><body>${inner}</body></html>`);
}

function makeLinksAbsolute(document: DomDocument, url: string): void {
  const named = document.querySelector('base[href]')?.getAttribute('href') ?? '';
  const base = URL.canParse(named, url) ? new URL(named, url) : new URL(url);
  for (const [selector, attribute] of [
    ['a[href]', 'href'],
    ['img[src]', 'src'],
  ] as const) {
    for (const element of document.querySelectorAll(selector)) {
      const target = absolute(element.getAttribute(attribute) ?? '', base);
      if (target === undefined) element.removeAttribute(attribute);
      else element.setAttribute(attribute, target);
    }
  }
}

/** Undefined for links that mean nothing outside of a browser, such as `javascript:` and `data:`. */
function absolute(reference: string, base: URL): string | undefined {
  if (!URL.canParse(reference, base.href)) return undefined;
  const url = new URL(reference, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}

function bodyOf(document: DomDocument): string {
  for (const element of document.querySelectorAll(SILENT_EVERYWHERE)) element.remove();
  return document.body.innerHTML;
}

function toMarkdown(html: string): string {
  const turndown = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '_',
  });
  turndown.remove(SILENT);
  for (const [name, rule] of tableRules()) turndown.addRule(name, rule);
  return turndown
    .turndown(html)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function clean(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
