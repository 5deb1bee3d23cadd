import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import { checkOutput, findSchemaProblem } from '../../../src/pipeline/output-schema.js';

const FACTS: JsonObject = {
  type: 'object',
  required: ['facts'],
  additionalProperties: false,
  properties: {
    facts: { type: 'array', items: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } } },
  },
};

describe('checkOutput', () => {
  it('finds nothing wrong with a valid value', () => {
    expect(checkOutput(FACTS, { facts: [{ text: 'a' }] })).toEqual([]);
    expect(checkOutput({}, null)).toEqual([]);
  });

  it('lists every problem with its path', () => {
    expect(checkOutput(FACTS, { facts: [{ text: 1 }, {}], extra: true })).toEqual([
      '/ must NOT have additional properties: extra',
      '/facts/0/text must be string',
      "/facts/1 must have required property 'text'",
    ]);
    expect(checkOutput({ enum: ['a', 1] }, 'b')).toEqual(['/ must be equal to one of the allowed values: ["a",1]']);
  });

  it('lists at most 20 problems', () => {
    expect(
      checkOutput(
        { items: { type: 'string' } },
        Array.from({ length: 100 }, () => 1),
      ),
    ).toHaveLength(20);
  });

  it('checks formats and draft 2020-12 keywords', () => {
    expect(checkOutput({ type: 'string', format: 'date' }, '2020-13-01')).toHaveLength(1);
    expect(checkOutput({ prefixItems: [{ type: 'string' }], items: false }, ['a', 1])).toHaveLength(1);
  });

  it('does not take inherited properties for present ones', () => {
    expect(checkOutput({ required: ['toString'] }, {})).toHaveLength(1);
    expect(checkOutput({ properties: { constructor: { type: 'string' } } }, {})).toEqual([]);
  });

  it('tells schemas apart that differ in one word', () => {
    expect(checkOutput({ type: 'string' }, 1)).toHaveLength(1);
    expect(checkOutput({ type: 'number' }, 1)).toHaveLength(0);
  });

  it('accepts two schemas with one $id, and cannot be broken by the $id of the meta-schema', () => {
    expect(checkOutput({ $id: 'https://example.com/a', type: 'string' }, 1)).toHaveLength(1);
    expect(checkOutput({ $id: 'https://example.com/a', type: 'number' }, 1)).toHaveLength(0);
    expect(findSchemaProblem({ $id: 'https://json-schema.org/draft/2020-12/schema' })).toBeDefined();
    expect(findSchemaProblem({ type: 'boolean' })).toBeUndefined();
  });

  it('follows references inside the schema', () => {
    const tree: JsonObject = {
      $ref: '#/$defs/t',
      $defs: { t: { type: 'object', properties: { next: { $ref: '#/$defs/t' } } } },
    };
    expect(checkOutput(tree, { next: { next: {} } })).toEqual([]);
    expect(checkOutput(tree, { next: { next: 1 } })).toEqual(['/next/next must be object']);
  });

  it('throws BAD_SCHEMA for a schema that is none', () => {
    expect(() => checkOutput({ type: 'nothing' }, 1)).toThrow(expect.objectContaining({ code: 'BAD_SCHEMA' }) as Error);
  });
});

describe('findSchemaProblem', () => {
  it.each<[string, JsonObject, readonly (string | number)[]]>([
    ['a wrong type', { properties: { a: { type: 'strin' } } }, ['properties', 'a', 'type']],
    ['a wrong keyword value', { anyOf: [{}, { minLength: -1 }] }, ['anyOf', 1, 'minLength']],
    ['an unknown keyword', { propertis: {} }, []],
    ['an unknown format', { format: 'dat' }, []],
    ['a broken pattern', { pattern: '(' }, []],
    ['a reference to nothing', { $ref: '#/$defs/a' }, []],
    ['a reference to the network', { $ref: 'https://example.com/schema.json' }, []],
    ['an asynchronous schema', { $async: true }, ['$async']],
    ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, []],
  ])('points at %s', (_, schema, path) => {
    expect(findSchemaProblem(schema)?.path).toEqual(path);
  });

  it('accepts annotations', () => {
    const schema: JsonObject = {
      title: 't',
      description: 'd',
      examples: [1],
      default: 1,
      deprecated: true,
      $comment: 'c',
      type: 'number',
    };
    expect(findSchemaProblem(schema)).toBeUndefined();
    expect(checkOutput(schema, 'x' satisfies Json)).toHaveLength(1);
  });
});
