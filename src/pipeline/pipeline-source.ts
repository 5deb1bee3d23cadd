/** A pipeline file as read: its JSON value and the place of everything in it. */
import { Composer, LineCounter, Parser, isScalar, type CST, type Document, type Node } from 'yaml';
import type { Json } from '../core/ir.js';
import { cure, formatPath, type Issue, type YamlPath } from './issue.js';
import { scalarOffset, type ScalarExtent } from './scalar-position.js';
import type { Place, Places } from './yaml-map.js';
import { findTooDeep } from './yaml-depth.js';
import { MAX_DEPTH, YamlValues, startOf } from './yaml-values.js';

/** In bytes of UTF-8. The parser needs about a second per MiB; a pipeline of 10,000 nodes fits. */
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** One broken quote can make every following line an error. */
const MAX_SYNTAX_ISSUES = 50;

const SCALAR_STYLES: Readonly<Record<string, ScalarExtent['style']>> = {
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
};

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class PipelineSource {
  readonly file: string;
  readonly value: Json;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #root: Place;
  readonly #places: Places;

  constructor(file: string, text: string, lines: LineCounter, root: Node | undefined, values: YamlValues) {
    this.file = file;
    this.#text = text;
    this.#lines = lines;
    this.value = root ? values.read(root) : null;
    this.#root = { keyOffset: startOf(root) ?? 0, node: root };
    this.#places = values.places;
  }

  /** The place of the key, or list item, at the end of `path`; of the nearest parent that exists otherwise. */
  keyPosition(path: YamlPath): Position {
    return this.position(this.#find(path).keyOffset);
  }

  /** The place of the value at the end of `path`; of its key when the value is empty. */
  valuePosition(path: YamlPath): Position {
    const place = this.#find(path);
    const [start, end] = place.node?.range ?? [undefined, undefined];
    const written = start !== undefined && (end !== start || place.node === this.#root.node);
    return this.position(written ? start : place.keyOffset);
  }

  /** The place of one character inside the text at the end of `path`. */
  textPosition(path: YamlPath, index: number): Position {
    const { node } = this.#find(path);
    const range = node?.range;
    if (!isScalar(node) || typeof node.value !== 'string' || !range) return this.valuePosition(path);
    const style = SCALAR_STYLES[node.type ?? ''] ?? 'plain';
    return this.position(scalarOffset(this.#text, { value: node.value, start: range[0], end: range[1], style }, index));
  }

  position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #find(path: YamlPath): Place {
    let place = this.#root;
    let value: Json | undefined = this.value;
    for (const part of path) {
      const next: Place | undefined =
        typeof value === 'object' && value !== null ? this.#places.get(value)?.get(part) : undefined;
      if (!next) break;
      place = next;
      value = (value as Readonly<Record<string | number, Json>>)[part];
    }
    return place;
  }
}

/**
 * Reads YAML 1.2 (core schema): one document, at most 1 MiB, 64 levels, string keys, no custom tags, bounded aliases.
 * `readable` is false when the syntax is broken, so that the value means nothing.
 */
export function readSource(text: string, file: string): { source: PipelineSource; issues: Issue[]; readable: boolean } {
  const lines = new LineCounter();
  const empty = new PipelineSource(file, '', lines, undefined, new YamlValues(''));
  const refuse = (offset: number, message: string): ReturnType<typeof readSource> => {
    return { source: empty, issues: [issueAt(empty, offset, 'DOCUMENT_TOO_LARGE', message, [])], readable: false };
  };
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DOCUMENT_BYTES)
    return refuse(0, `the file has ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES} are read`);
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  const tokens = [...new Parser(lines.addNewLine).parse(content)];
  const tooDeep = findTooDeep(tokens, MAX_DEPTH);
  if (tooDeep !== undefined) return refuse(tooDeep, `the document is nested deeper than ${MAX_DEPTH} levels`);
  const [document, second] = compose(tokens, content.length);
  const values = new YamlValues(content);
  const source = new PipelineSource(file, content, lines, document?.contents ?? undefined, values);
  const issues = values.problems.map(({ code, message, offset, path }) => issueAt(source, offset, code, message, path));
  const errors = document?.errors ?? [];
  for (const { pos, message } of errors.slice(0, MAX_SYNTAX_ISSUES)) {
    issues.push(issueAt(source, pos[0], 'YAML_SYNTAX', message, []));
  }
  if (second) issues.push(issueAt(source, second.range[0], 'YAML_SYNTAX', 'the file holds more than one document', []));
  const tooLarge = issues.some((issue) => issue.code === 'DOCUMENT_TOO_LARGE');
  return { source, issues, readable: errors.length === 0 && !second && !tooLarge };
}

/** The first two documents of a file, of which only one may exist. */
function compose(tokens: readonly CST.Token[], length: number): Document.Parsed[] {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Both are done by YamlValues: the parser's own check of keys is quadratic, its merging unbounded.
    uniqueKeys: false,
    merge: false,
  });
  const documents: Document.Parsed[] = [];
  for (const document of composer.compose(tokens, true, length)) {
    documents.push(document);
    if (documents.length === 2) break;
  }
  return documents;
}

function issueAt(source: PipelineSource, offset: number, code: Issue['code'], message: string, path: YamlPath): Issue {
  return {
    code,
    severity: 'error',
    message,
    file: source.file,
    ...source.position(offset),
    path: formatPath(path),
    fix: cure(code),
  };
}
