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
    const taken = new Set<string>(RESERVED);
    for (const name of this.names) {
      if (!isValidName(name) || RESERVED.has(name)) continue;
      taken.add(name);
      this.#names.set(name, name);
    }
    for (const name of this.names) {
      if (!this.#names.has(name)) this.#names.set(name, freeName(name, taken, 'agent'));
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
  readonly #taken: Set<string>;

  constructor(
    private readonly target: string,
    node: string,
  ) {
    this.#taken = new Set([node]);
  }

  /** Undefined: the group of the target itself, which needs no name. */
  of(written: string): string | undefined {
    if (written === '' || written === this.target) return undefined;
    const known = this.#names.get(written);
    if (known !== undefined) return known;
    const name = isValidName(written) && !this.#taken.has(written) ? written : freeName(written, this.#taken, 'group');
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

function freeName(written: string, taken: Set<string>, fallback: string): string {
  const plain = toName(written, fallback);
  const base = RESERVED.has(plain) ? `${plain}_${fallback}` : plain;
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
  taken.add(name);
  return name;
}
