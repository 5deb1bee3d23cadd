/** One value of the file that is imported, with its path: reading it and saying what is wrong with it. */
import type { ErrorCode } from '../../errors.js';
import type { Json, JsonObject } from '../../core/ir.js';
import type { IssueList } from '../issue-list.js';
import type { YamlPath } from '../issue.js';
import { isJsonList, isJsonMap } from '../json-shape.js';

export class Place {
  constructor(
    readonly issues: IssueList,
    readonly value: Json | undefined,
    readonly path: YamlPath,
  ) {}

  /** Python's `None` counts as absent, as in the models of AutoGen. */
  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** True for what says nothing: absent, or an empty list or map. */
  get empty(): boolean {
    const { value } = this;
    if (isJsonList(value)) return value.length === 0;
    return isJsonMap(value) ? Object.keys(value).length === 0 : this.absent;
  }

  at(key: string): Place {
    const { value } = this;
    const inner = isJsonMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return new Place(this.issues, inner, [...this.path, key]);
  }

  /** The items of the list; none when it is absent, or no list, which is then reported. */
  items(): Place[] {
    const { value } = this;
    if (this.absent) return [];
    if (isJsonList(value)) return value.map((item, index) => new Place(this.issues, item, [...this.path, index]));
    this.#wrongType('a list');
    return [];
  }

  /** The entries of the map; none when it is absent, or no map, which is then reported. */
  entries(): [string, Place][] {
    const map = this.absent ? undefined : this.map();
    return map ? Object.keys(map).map((key) => [key, this.at(key)]) : [];
  }

  map(): JsonObject | undefined {
    if (isJsonMap(this.value)) return this.value;
    this.#wrongType('an object');
    return undefined;
  }

  /** A text that must be there. */
  text(): string | undefined {
    if (typeof this.value === 'string') return this.value;
    this.#wrongType('a text');
    return undefined;
  }

  /** A text that may be absent. */
  optionalText(): string | undefined {
    return this.absent ? undefined : this.text();
  }

  /** A whole number from 1 on that may be absent. */
  optionalCount(): number | undefined {
    return this.absent ? undefined : this.count();
  }

  /** A whole number from 1 on that must be there. */
  count(): number | undefined {
    const { value } = this;
    if (typeof value !== 'number') {
      this.#wrongType('a number');
      return undefined;
    }
    if (Number.isInteger(value) && value >= 1) return value;
    this.refuse(`${JSON.stringify(value)} is no whole number from 1 on`, 'Write such a number.', 'BAD_VALUE');
    return undefined;
  }

  /** One of a few words; absent: the first of them. */
  choice<T extends string>(words: readonly [T, ...T[]]): T {
    if (this.absent) return words[0];
    const found = words.find((word) => word === this.value);
    if (found !== undefined) return found;
    const message = `${JSON.stringify(this.value)} is none of ${words.join(', ')}`;
    this.refuse(message, `Write one of ${words.join(', ')}.`, 'BAD_VALUE');
    return words[0];
  }

  /** Refuses keys that the importer does not know, unless they say nothing: they might change what the team does. */
  only(keys: readonly string[]): void {
    for (const [key, place] of this.entries()) {
      if (keys.includes(key) || place.absent) continue;
      const fix = 'Remove the key if the team works without it; otherwise write the pipeline by hand.';
      place.refuse(`the importer does not know the key \`${key}\`, which may change what the team does`, fix);
    }
  }

  refuse(message: string, fix: string, code: ErrorCode = 'NOT_IMPORTABLE'): void {
    this.issues.report(code, this.path, message, { fix });
  }

  /** Refuses a name that does not exist. */
  unknownNode(message: string, names: { nearest(name: string): string | undefined }, written: string): void {
    const nearest = names.nearest(written);
    this.issues.report('UNKNOWN_NODE', this.path, message, nearest === undefined ? {} : { nearest });
  }

  /** Says that something is not taken over, or does not mean quite the same here. */
  warn(message: string, fix: string): void {
    this.issues.report('IMPORT_CHANGED', this.path, message, { fix, severity: 'warning' });
  }

  #wrongType(expected: string): void {
    if (this.value === undefined) {
      const key = String(this.path.at(-1) ?? 'the document');
      this.issues.report('MISSING_KEY', this.path, `\`${key}\` is missing; it is ${expected}`);
    } else this.issues.report('WRONG_TYPE', this.path, `this must be ${expected}`, { fix: `Write ${expected}.` });
  }
}

export interface Component {
  /** The class as AutoGen names it, such as `autogen_agentchat.agents.AssistantAgent`. */
  readonly provider: string;
  readonly config: Place;
}

/** Reads what `dump_component()` writes for every object. */
export function readComponent(place: Place): Component | undefined {
  if (!place.map()) return undefined;
  const provider = place.at('provider').text();
  const config = place.at('config');
  if (provider === undefined || !config.map()) return undefined;
  return { provider, config };
}

/** The last part of a class name. */
export function shortName(provider: string): string {
  return provider.slice(provider.lastIndexOf('.') + 1);
}

/** Names for a message: the first few, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
