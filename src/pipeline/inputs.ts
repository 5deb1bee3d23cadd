/** The inputs of one execution: what the pipeline declares, and what the caller gave. */
import { nexumError } from '../errors.js';
import type { InputSpec, Json, JsonObject, PipelineInfo } from '../core/ir.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';

const TYPE_WORDS: Readonly<Record<InputSpec['type'], string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/**
 * Applies defaults and checks the given inputs. A text given for another type, as command lines do, is read as that
 * type (lists and objects as JSON). Declared inputs that are neither given nor defaulted are left out.
 * @throws NexumError INVALID_INPUT with `details.problems: string[]`: unknown, missing and wrong inputs, all at once.
 */
export function resolveInputs(pipeline: PipelineInfo, given: Readonly<Record<string, Json>>): JsonObject {
  const problems: string[] = [];
  const declared = new NameIndex(Object.keys(pipeline.inputs));
  const resolved: [string, Json][] = [];
  for (const name of Object.keys(given)) {
    if (!declared.has(name)) problems.push(unknownInput(name, declared));
  }
  for (const [name, spec] of Object.entries(pipeline.inputs)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      if (spec.default !== undefined) resolved.push([name, spec.default]);
      else if (spec.required === true) problems.push(`the input \`${name}\` is required`);
      continue;
    }
    const coerced = coerceInput(spec.type, value);
    const problem = findInputProblem(spec, coerced);
    if (problem === undefined) resolved.push([name, coerced]);
    else problems.push(`the input \`${name}\` ${problem}`);
  }
  if (problems.length > 0) {
    throw nexumError('INVALID_INPUT', `inputs of ${pipeline.name}: ${problems.join('; ')}`, { problems });
  }
  return Object.fromEntries(resolved);
}

/**
 * The same for the input of an execution as JSON text; null stands for none. The input of foreign workflows is theirs.
 * What needed nothing stays the text that it was: printed again, a number beyond 2^53 would be another one.
 * @throws NexumError INVALID_INPUT
 */
export function resolveInputJson(pipeline: PipelineInfo | undefined, inputJson: string): string {
  if (!pipeline) return inputJson;
  const given = JSON.parse(inputJson) as Json;
  if (given !== null && !isJsonMap(given))
    throw nexumError('INVALID_INPUT', `the input of pipeline ${pipeline.name} must be an object`);
  const resolved = resolveInputs(pipeline, given ?? {});
  return given !== null && equalJson(given, resolved) ? inputJson : JSON.stringify(resolved);
}

/** Tells how a value breaks its declaration, as the end of a sentence; undefined when it fits. */
export function findInputProblem(spec: InputSpec, value: Json): string | undefined {
  if (!hasType(spec.type, value)) return `must be ${TYPE_WORDS[spec.type]}, not ${shown(value)}`;
  if (!spec.enum || spec.enum.some((choice) => equalJson(choice, value))) return undefined;
  return `must be one of ${spec.enum.map(shown).join(', ')}, not ${shown(value)}`;
}

function hasType(type: InputSpec['type'], value: Json): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return isJsonList(value);
    case 'object':
      return isJsonMap(value);
  }
}

/** Reads a text as the declared type; returns it unchanged when it is none of that type. */
export function coerceInput(type: InputSpec['type'], value: Json): Json {
  if (type === 'string' || typeof value !== 'string') return value;
  try {
    // The grammars of JSON and of command-line values agree on numbers, true, false, lists and objects.
    const parsed = JSON.parse(value.trim()) as Json;
    return hasType(type, parsed) ? parsed : value;
  } catch {
    return value;
  }
}

function unknownInput(name: string, declared: NameIndex): string {
  const nearest = declared.nearest(name);
  const hint = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
  return `there is no input \`${name}\`${hint}`;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Compares by value: the order of members does not matter. */
function equalJson(a: Json, b: Json): boolean {
  if (isJsonList(a) && isJsonList(b))
    return a.length === b.length && a.every((item, index) => equalJson(item, b[index] ?? null));
  if (isJsonMap(a) && isJsonMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}
