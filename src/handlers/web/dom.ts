/** The part of a DOM that pages are read with. The types of browsers would give `window` to all of the code. */
import { parseHTML } from 'linkedom';

export interface DomElement {
  readonly localName: string;
  readonly textContent: string | null;
  readonly innerHTML: string;
  readonly children: ArrayLike<DomElement>;
  readonly previousElementSibling: DomElement | null;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
  closest(selector: string): DomElement | null;
  querySelector(selector: string): DomElement | null;
  querySelectorAll(selector: string): ArrayLike<DomElement> & Iterable<DomElement>;
}

export interface DomDocument {
  readonly documentElement: DomElement | null;
  readonly body: DomElement;
  readonly title: string;
  cloneNode(deep: boolean): DomDocument;
  querySelector: DomElement['querySelector'];
  querySelectorAll: DomElement['querySelectorAll'];
}

/** Parses a page; scripts are text, nothing is loaded. */
export function parseDom(html: string): DomDocument {
  const { document } = parseHTML(html) as unknown as { readonly document: DomDocument };
  return document;
}
