/** The schema of the final answer as providers take it. What cannot be sent stays in the prompt, which always has it. */
import type { Json, JsonObject } from '../../core/ir.js';
import { isJsonObject } from '../tools/observation.js';
import type { ModelRequest } from './chat.js';
import type { OptionalField } from './optional-fields.js';
import type { Provider } from './providers.js';

export interface AnswerFormat {
  /** Providers want a name; nothing reads it. */
  readonly name: 'answer';
  readonly schema: JsonObject;
  /** The provider promises the schema; without it the schema is a strong hint. */
  readonly strict: boolean;
}

/** https://platform.openai.com/docs/guides/structured-outputs: what strict schemas may use. */
const STRICT_KEYWORDS = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf', '$ref', '$defs'],
  ...['title', 'description', 'pattern', 'format', 'minItems', 'maxItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
]);
/** A strict schema says what a value is. */
const SAYS_WHAT = ['type', 'anyOf', '$ref', 'enum', 'const'];
const STRICT_FORMATS: readonly Json[] = [
  ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
];
/** Levels of objects and lists. */
const MAX_STRICT_DEPTH = 10;

/** Returns undefined when the provider is not to be told: the prompt alone says what is wanted. */
export function answerFormat({ answerSchema, tools }: ModelRequest, provider: Provider): AnswerFormat | undefined {
  if (answerSchema === undefined || provider.answerSchema === 'never') return undefined;
  if (provider.answerSchema === 'without_tools' && tools.length > 0) return undefined;
  // Providers take objects only, and no union of them.
  if (answerSchema['type'] !== 'object' || answerSchema['anyOf'] !== undefined) return undefined;
  return { name: 'answer', schema: answerSchema, strict: provider.strictSchema && qualifiesForStrict(answerSchema) };
}

/** A server may refuse this schema and take another one. */
export function answerField({ schema }: AnswerFormat): OptionalField {
  return {
    key: `answer ${JSON.stringify(schema)}`,
    refusedAs: /response[_ ]?(?:format|mime|schema)|text\.format|json_?schema|structured.?output/i,
  };
}

/** Every object closed, every property required, only the keywords that strict schemas know. */
export function qualifiesForStrict(schema: Json, depth = 0): boolean {
  if (!isJsonObject(schema) || depth > MAX_STRICT_DEPTH) return false;
  if (Object.keys(schema).some((keyword) => !STRICT_KEYWORDS.has(keyword))) return false;
  if (!SAYS_WHAT.some((keyword) => schema[keyword] !== undefined)) return false;
  const { format, $ref: ref, properties, items, anyOf, $defs: definitions } = schema;
  if (format !== undefined && !STRICT_FORMATS.includes(format)) return false;
  if (ref !== undefined && !(typeof ref === 'string' && /^#(?:\/\$defs\/[\w.-]+)?$/.test(ref))) return false;
  if (isOfType(schema, 'object') && !isClosed(schema)) return false;
  const parts = [
    ...Object.values(isJsonObject(properties) ? properties : {}),
    ...Object.values(isJsonObject(definitions) ? definitions : {}),
    ...(items === undefined ? [] : [items]),
    ...(Array.isArray(anyOf) ? (anyOf as readonly Json[]) : []),
  ];
  return parts.every((part) => qualifiesForStrict(part, depth + 1));
}

function isClosed({ properties = {}, required = [], additionalProperties }: JsonObject): boolean {
  if (!isJsonObject(properties) || !Array.isArray(required) || additionalProperties !== false) return false;
  return Object.keys(properties).every((name) => required.includes(name));
}

function isOfType({ type }: JsonObject, name: string): boolean {
  return Array.isArray(type) ? type.includes(name) : type === name;
}
