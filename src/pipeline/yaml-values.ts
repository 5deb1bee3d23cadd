/**
 * The YAML syntax tree turned into plain JSON, with a note of where every key and value stands.
 *
 * Y1 An alias shares the value of its anchor and counts with its full size, so an alias bomb costs nothing before it
 *    is refused.
 * Y2 A refused key or value is reported with its place and left out; reading goes on, so that all problems come at once.
 * Y3 `__proto__`, `constructor` and `prototype` never become keys of an object.
 */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { ErrorCode } from '../errors.js';
import type { Json } from '../core/ir.js';
import type { YamlPath } from './issue.js';
import { MapEntries, type Place, type Places } from './yaml-map.js';

/** Nesting of maps and lists; deeper documents overflow the stack of recursive readers and of people. */
export const MAX_DEPTH = 64;

/** Values plus characters after aliases are expanded: twice what a document without aliases can hold. */
const MAX_EXPANDED_SIZE = 2 * 1024 * 1024;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const CORE_TAGS: ReadonlySet<string> = new Set(
  ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`).concat('!'),
);

interface ValueProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly offset: number;
  readonly path: YamlPath;
}

interface ReadValue {
  readonly value: Json;
  readonly size: number;
  readonly height: number;
}

export class YamlValues {
  readonly problems: ValueProblem[] = [];
  /** Places of the children of every map and list that was read, by the identity of the JSON container. */
  readonly places: Places = new Map();
  readonly #text: string;
  readonly #anchors = new Map<string, ReadValue | 'open'>();
  readonly #path: (string | number)[] = [];
  #expanded = 0;
  #tooLarge = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(root: Node): Json {
    return this.#read(root, 1).value;
  }

  #read(node: Node | null | undefined, depth: number): ReadValue {
    if (!node) return this.#counted(null, 1);
    if (isAlias(node)) return this.#readAlias(node, depth);
    this.#checkTag(node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const result = this.#readContent(node, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, result);
    return result;
  }

  #readContent(node: Node, depth: number): ReadValue {
    if (isScalar(node)) return this.#readScalar(node);
    if (depth > MAX_DEPTH) {
      if (!this.#tooLarge)
        this.#report('DOCUMENT_TOO_LARGE', `the document is nested deeper than ${MAX_DEPTH} levels`, node);
      this.#tooLarge = true;
      return this.#counted(null, 1);
    }
    if (isMap(node)) return this.#readMap(node, depth);
    if (isSeq(node)) return this.#readSeq(node, depth);
    return this.#counted(null, 1);
  }

  #readScalar(node: Scalar): ReadValue {
    const value = node.value;
    if (typeof value === 'string') return this.#counted(value, 1 + value.length);
    if (typeof value === 'boolean' || value === null) return this.#counted(value, 1);
    if (typeof value !== 'number') return this.#counted(null, 1);
    const digits = /^[-+]?(\d+|0x[\da-f]+|0o[0-7]+)$/i.test(node.source ?? '');
    if (!Number.isFinite(value)) {
      this.#report('BAD_VALUE', `${node.source ?? 'this number'} is not a JSON number`, node);
    } else if (digits && !Number.isSafeInteger(value)) {
      this.#report(
        'BAD_VALUE',
        `${node.source ?? 'this number'} is too large to keep all its digits; write it as "text"`,
        node,
      );
    } else {
      return this.#counted(value, 1);
    }
    return this.#counted(0, 1);
  }

  #readSeq(node: YAMLSeq, depth: number): ReadValue {
    const list: Json[] = [];
    const places = new Map<number, Place>();
    let size = 1;
    let height = 0;
    node.items.forEach((item, index) => {
      const child = asNode(item);
      this.#path.push(index);
      const read = isPair(item) ? this.#counted(null, 1) : this.#read(child, depth + 1);
      this.#path.pop();
      places.set(index, { keyOffset: startOf(child) ?? startOf(node) ?? 0, node: child });
      list.push(read.value);
      size += read.size;
      height = Math.max(height, read.height);
    });
    this.places.set(list, places);
    this.#expanded += 1;
    return { value: list, size, height: height + 1 };
  }

  #readMap(node: YAMLMap, depth: number): ReadValue {
    const entries = new MapEntries();
    let size = 1;
    let height = 0;
    for (const pair of node.items) {
      const keyNode = asNode(pair.key);
      const key = this.#readKey(keyNode, node);
      if (key === undefined) continue;
      const valueNode = asNode(pair.value);
      this.#path.push(key);
      const read = this.#read(valueNode, depth + 1);
      const isMerge = key === '<<' && isScalar(keyNode) && keyNode.type === 'PLAIN';
      const place: Place = { keyOffset: startOf(keyNode) ?? 0, node: valueNode };
      const first = isMerge ? entries.merge(read.value, place, this.places) : entries.add(key, read.value, place);
      if (first === 'no map') this.#report('WRONG_TYPE', '`<<` merges maps; this is none', valueNode ?? keyNode);
      else if (first) this.#reportDuplicate(key, first.keyOffset, keyNode);
      this.#path.pop();
      size += read.size + key.length;
      height = Math.max(height, read.height);
    }
    const object = entries.build(this.places);
    this.#expanded += 1;
    return { value: object, size, height: height + 1 };
  }

  /** Reads one key; reports and returns undefined when it is no allowed string. */
  #readKey(keyNode: Node | undefined, map: YAMLMap): string | undefined {
    const at = keyNode ?? map;
    if (!isScalar(keyNode) || typeof keyNode.value !== 'string') {
      this.#report('WRONG_TYPE', 'keys must be plain text; put quotes around numbers, true, false and null', at);
      return undefined;
    }
    this.#checkTag(keyNode);
    const key = keyNode.value;
    if (keyNode.anchor !== undefined)
      this.#anchors.set(keyNode.anchor, { value: key, size: 1 + key.length, height: 0 });
    this.#expanded += key.length;
    if (!FORBIDDEN_KEYS.has(key)) return key;
    this.#path.push(key);
    this.#report('FORBIDDEN_KEY', `the key \`${key}\` is reserved`, at);
    this.#path.pop();
    return undefined;
  }

  #readAlias(node: Alias, depth: number): ReadValue {
    const target = this.#anchors.get(node.source);
    if (target === undefined || target === 'open') {
      const why = target === 'open' ? 'contains itself' : 'has no anchor before it';
      this.#report('YAML_SYNTAX', `the alias *${node.source} ${why}`, node);
      return this.#counted(null, 1);
    }
    if (this.#expanded + target.size > MAX_EXPANDED_SIZE || depth - 1 + target.height > MAX_DEPTH) {
      if (!this.#tooLarge)
        this.#report('DOCUMENT_TOO_LARGE', 'the aliases expand to a document that is too large or too deep', node);
      this.#tooLarge = true;
      return this.#counted(null, 1);
    }
    this.#expanded += target.size;
    return target;
  }

  #counted(value: Json, size: number): ReadValue {
    this.#expanded += size;
    return { value, size, height: 0 };
  }

  #checkTag(node: Node): void {
    const tag = node.tag;
    if (tag === undefined || CORE_TAGS.has(tag)) return;
    let offset = Math.max(this.#text.lastIndexOf('!', startOf(node) ?? 0), 0);
    while (/[^\s,[{]/.test(this.#text.charAt(offset - 1))) offset -= 1;
    this.problems.push({
      code: 'YAML_SYNTAX',
      message: `the tag ${tag} is not allowed`,
      offset,
      path: [...this.#path],
    });
  }

  #reportDuplicate(key: string, first: number, at: Node | undefined): void {
    const line = this.#text.slice(0, first).split('\n').length;
    this.#report('DUPLICATE_KEY', `the key \`${key}\` stands twice; first on line ${line}`, at);
  }

  #report(code: ErrorCode, message: string, at: Node | undefined): void {
    this.problems.push({ code, message, offset: startOf(at) ?? 0, path: [...this.#path] });
  }
}

export function startOf(node: Node | undefined): number | undefined {
  return node?.range?.[0];
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}
