/** The entries of one YAML map while it is read: its own keys, and those that `<<` merges into it. */
import type { Node } from 'yaml';
import type { Json } from '../core/ir.js';
import { isJsonList, isJsonMap } from './json-shape.js';

/** Where one value stands: the offset of its key, or of its list item, and its syntax node. */
export interface Place {
  readonly keyOffset: number;
  readonly node: Node | undefined;
}

/** Places of the children of every map and list, by the identity of the JSON container. */
export type Places = Map<object, ReadonlyMap<string | number, Place>>;

interface MapEntry {
  readonly value: Json;
  readonly place: Place;
}

export class MapEntries {
  readonly #own = new Map<string, MapEntry>();
  readonly #merged = new Map<string, MapEntry>();
  #mergeKey: Place | undefined;

  /** Adds an own key; returns the place of an earlier equal one, which stays. */
  add(key: string, value: Json, place: Place): Place | undefined {
    const first = this.#own.get(key);
    if (!first) this.#own.set(key, { value, place });
    return first?.place;
  }

  /** Merges a map, or a list of maps of which the earlier ones win; returns the place of an earlier `<<`. */
  merge(value: Json, place: Place, places: Places): Place | 'no map' | undefined {
    if (this.#mergeKey) return this.#mergeKey;
    this.#mergeKey = place;
    const sources = isJsonList(value) ? value : [value];
    for (const source of sources) {
      if (!isJsonMap(source)) return 'no map';
      const children = places.get(source);
      for (const [key, child] of Object.entries(source)) {
        const childPlace = children?.get(key);
        if (childPlace && !this.#merged.has(key)) this.#merged.set(key, { value: child, place: childPlace });
      }
    }
    return undefined;
  }

  /** Builds the JSON object, in which own keys win, and notes the places of its children. */
  build(places: Places): Json {
    const object: Record<string, Json> = {};
    const children = new Map<string, Place>();
    for (const entries of [this.#own, this.#merged]) {
      for (const [key, entry] of entries) {
        if (children.has(key)) continue;
        object[key] = entry.value;
        children.set(key, entry.place);
      }
    }
    places.set(object, children);
    return object;
  }
}
