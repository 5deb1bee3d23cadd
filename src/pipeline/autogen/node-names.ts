/** Names of agents become names of nodes: those that are none here are changed, everywhere in the same way. */
import { USER } from '../../core/thread.js';
import { NameIndex } from '../name-index.js';

/** Of nodes and activation groups; see NAME_PATTERN in model-values.ts. */
const VALID = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const RESERVED: ReadonlySet<string> = new Set([USER, '__proto__', 'constructor', 'prototype']);
/** Leaves room for a number at the end. */
const KEPT_LENGTH = 56;

export class NodeNames extends NameIndex {
  readonly #names = new Map<string, string>();

  constructor(written: readonly string[]) {
    super(written);
    const taken = new TakenNames(RESERVED);
    for (const name of this.names) {
      if (!isValidName(name) || RESERVED.has(name)) continue;
      taken.add(name);
      this.#names.set(name, name);
    }
    for (const name of this.names) {
      if (!this.#names.has(name)) this.#names.set(name, taken.take(name, 'agent'));
    }
  }

  /** The node of an agent. */
  of(written: string): string {
    return this.#names.get(written) ?? written;
  }

  /** Agents whose nodes have other names. */
  changed(): [written: string, name: string][] {
    return [...this.#names].filter(([written, name]) => written !== name);
  }
}

/** Gives the activation groups of one target names that are valid here. */
export class GroupNames {
  readonly #names = new Map<string, string>();
  readonly #taken: TakenNames;

  constructor(
    private readonly target: string,
    node: string,
  ) {
    this.#taken = new TakenNames([node]);
  }

  /** Undefined: the group of the target itself, which needs no name. */
  of(written: string): string | undefined {
    if (written === '' || written === this.target) return undefined;
    const known = this.#names.get(written);
    if (known !== undefined) return known;
    const free = isValidName(written) && !this.#taken.has(written);
    const name = free ? written : this.#taken.take(written, 'group');
    this.#taken.add(name);
    this.#names.set(written, name);
    return name;
  }
}

/** A valid name that resembles the text. */
export function toName(text: string, fallback: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '');
  const name = plain
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, KEPT_LENGTH);
  if (!/[A-Za-z0-9]/.test(name)) return fallback;
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}

export function isValidName(name: string): boolean {
  return VALID.test(name);
}

/** Names that are given away, and how often each base was numbered, so that thousands of equal ones cost no more. */
class TakenNames {
  readonly #names: Set<string>;
  readonly #numbers = new Map<string, number>();

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
  }

  /** Takes a free name that resembles the text. */
  take(written: string, fallback: string): string {
    const plain = toName(written, fallback);
    const base = RESERVED.has(plain) ? `${plain}_${fallback}` : plain;
    let number = this.#numbers.get(base) ?? 1;
    let name = number === 1 ? base : `${base}_${number}`;
    while (this.#names.has(name)) {
      number += 1;
      name = `${base}_${number}`;
    }
    this.#numbers.set(base, number);
    this.#names.add(name);
    return name;
  }
}
