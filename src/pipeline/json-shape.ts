/** Tells the shapes of JSON apart, with types: Array.isArray alone does not narrow read-only lists. */
import type { Json, JsonObject } from '../core/ir.js';

export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
