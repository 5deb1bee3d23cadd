/** JSON Schema (draft 2020-12): are schemas valid, and do outputs satisfy them. By ajv. */
import { createRequire } from 'node:module';
import type * as AjvModule from 'ajv/dist/2020.js';
import type { Ajv2020, ErrorObject, Options, ValidateFunction } from 'ajv/dist/2020.js';
import type * as FormatsModule from 'ajv-formats/dist/formats.js';
import { errorMessage, nexumError } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import { BoundedCache } from './bounded-cache.js';
import type { YamlPath } from './issue.js';

/** One wrong output can violate a schema at each of its items. */
const MAX_PROBLEMS = 20;

/** Compiled validators; a worker meets one schema per agent node with structured output. */
const CACHE_ENTRIES = 500;

const AJV_OPTIONS: Options = {
  allErrors: true,
  // A mistyped keyword would otherwise check nothing, silently.
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  // `required: [toString]` must not be satisfied by Object.prototype.
  ownProperties: true,
  logger: false,
};

/** ajv is loaded with the first schema: most pipelines have none, and loading it takes a tenth of a worker's start. */
const load = createRequire(import.meta.url);

/** Compiles everything that names no `$id`. */
const shared: { ajv?: Ajv2020 } = {};

function createAjv(): Ajv2020 {
  const { Ajv2020: AjvClass } = load('ajv/dist/2020.js') as typeof AjvModule;
  const { fullFormats } = load('ajv-formats/dist/formats.js') as typeof FormatsModule;
  return new AjvClass({ ...AJV_OPTIONS, formats: fullFormats });
}

const validators = new BoundedCache<ValidateFunction>(CACHE_ENTRIES);

export interface SchemaProblem {
  /** From the schema's root to what is wrong. */
  readonly path: YamlPath;
  readonly message: string;
}

/**
 * Checks a value against a schema. Returns problems as `/path message` (`/` is the value itself), at most 20; none when
 * the value is valid.
 * @throws NexumError BAD_SCHEMA when the schema itself is wrong; the compiler refuses such pipelines.
 */
export function checkOutput(schema: JsonObject, value: Json): readonly string[] {
  const validate = validators.get(JSON.stringify(schema), (text) => compileSchema(schema, ajvFor(text)));
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(problemText);
}

/** Tells what is wrong with a schema itself; undefined when it is valid. */
export function findSchemaProblem(schema: JsonObject): SchemaProblem | undefined {
  try {
    validators.get(JSON.stringify(schema), (text) => {
      const ajv = ajvFor(text);
      const problem = metaSchemaProblem(schema, ajv);
      if (problem) throw new SchemaRefused(problem);
      return compileSchema(schema, ajv);
    });
    return undefined;
  } catch (error) {
    return error instanceof SchemaRefused ? error.problem : { path: [], message: errorMessage(error) };
  }
}

class SchemaRefused extends Error {
  readonly problem: SchemaProblem;

  constructor(problem: SchemaProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** ajv files schemas under their `$id` for ever, even over its own meta-schema: those get an instance of their own. */
function ajvFor(schemaText: string): Ajv2020 {
  return schemaText.includes('"$id"') ? createAjv() : (shared.ajv ??= createAjv());
}

function metaSchemaProblem(schema: JsonObject, ajv: Ajv2020): SchemaProblem | undefined {
  // `$async` would turn the validator's answer into a promise, which is always truthy.
  if ('$async' in schema) return { path: ['$async'], message: '`$async` is not allowed' };
  if (ajv.validateSchema(schema) === true) return undefined;
  // Of the alternatives that failed, the error deepest in the schema is the one that its author can act on.
  const [error] = [...(ajv.errors ?? [])].sort((a, b) => b.instancePath.length - a.instancePath.length);
  if (!error) return { path: [], message: 'unknown $schema' };
  return { path: pointerPath(error.instancePath), message: describe(error) };
}

function compileSchema(schema: JsonObject, ajv: Ajv2020): ValidateFunction {
  try {
    if ('$async' in schema) throw new Error('`$async` is not allowed');
    return ajv.compile(schema);
  } catch (error) {
    throw nexumError('BAD_SCHEMA', errorMessage(error), {}, error);
  } finally {
    // The cache here is bounded, ajv's is not.
    ajv.removeSchema(schema);
  }
}

function problemText(error: ErrorObject): string {
  return `${error.instancePath === '' ? '/' : error.instancePath} ${describe(error)}`;
}

function describe(error: ErrorObject): string {
  const message = error.message ?? error.keyword;
  const params: Readonly<Record<string, unknown>> = error.params;
  if (typeof params['additionalProperty'] === 'string') return `${message}: ${params['additionalProperty']}`;
  if (Array.isArray(params['allowedValues'])) return `${message}: ${JSON.stringify(params['allowedValues'])}`;
  return message;
}

function pointerPath(pointer: string): YamlPath {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
