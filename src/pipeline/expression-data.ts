/**
 * JSON as the expression library sees it: wrapped on access, unwrapped unchanged.
 *
 * D1 A value that an expression only passes on is the original JSON value, not a copy: nothing is rounded or reordered.
 * D2 Keys are matched exactly and only own properties exist. (The library's own Dictionary ignores case and reads
 *    names such as `constructor` from Object.prototype.)
 * D3 A container wraps each child once, so that `==`, which compares containers by identity, is reflexive.
 */
import {
  Array as ArrayData,
  BooleanData,
  Dictionary,
  Kind,
  Null,
  NumberData,
  StringData,
} from '@actions/expressions/data/index';
import type { ExpressionData, Pair } from '@actions/expressions/data/expressiondata';
import { nexumError } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import { isJsonList } from './json-shape.js';

const NULL = new Null();

class JsonObjectData extends Dictionary {
  readonly json: JsonObject;
  #children: Map<string, ExpressionData> | undefined;

  constructor(json: JsonObject) {
    super();
    this.json = json;
  }

  override get(key: string): ExpressionData | undefined {
    if (!Object.hasOwn(this.json, key)) return undefined;
    this.#children ??= new Map();
    let child = this.#children.get(key);
    if (!child) {
      child = wrapJson(this.json[key]);
      this.#children.set(key, child);
    }
    return child;
  }

  override values(): ExpressionData[] {
    return Object.keys(this.json).map((key) => this.get(key) ?? NULL);
  }

  override pairs(): Pair[] {
    return Object.keys(this.json).map((key) => ({ key, value: this.get(key) ?? NULL }));
  }
}

class JsonArrayData extends ArrayData {
  readonly json: readonly Json[];
  #children: ExpressionData[] | undefined;

  constructor(json: readonly Json[]) {
    super();
    this.json = json;
  }

  override get(index: number): ExpressionData {
    return this.values()[index] ?? NULL;
  }

  override values(): ExpressionData[] {
    this.#children ??= this.json.map((item) => wrapJson(item));
    return this.#children;
  }
}

export function wrapJson(value: Json | undefined): ExpressionData {
  switch (typeof value) {
    case 'string':
      return new StringData(value);
    case 'number':
      return new NumberData(value);
    case 'boolean':
      return new BooleanData(value);
    case 'undefined':
      return NULL;
    default:
      if (value === null) return NULL;
      return isJsonList(value) ? new JsonArrayData(value) : new JsonObjectData(value);
  }
}

/** @throws NexumError EXPRESSION_FAILED for NaN and infinities, which are no JSON. */
export function unwrapJson(data: ExpressionData): Json {
  if (data instanceof JsonObjectData || data instanceof JsonArrayData) return data.json;
  switch (data.kind) {
    case Kind.Null:
      return null;
    case Kind.Array:
      return data.values().map(unwrapJson);
    case Kind.Dictionary:
      return Object.fromEntries(data.pairs().map(({ key, value }) => [key, unwrapJson(value)]));
    case Kind.Number:
      if (!Number.isFinite(data.value)) throw nexumError('EXPRESSION_FAILED', `${data.value} is not a JSON number`);
      return data.value;
    default:
      return data.value;
  }
}
