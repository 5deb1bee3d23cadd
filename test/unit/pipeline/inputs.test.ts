import { describe, expect, it } from 'vitest';
import { NexumError } from '../../../src/errors.js';
import type { InputSpec, Json, PipelineInfo } from '../../../src/core/ir.js';
import { resolveInputs, resolveInputJson } from '../../../src/pipeline/inputs.js';

function pipeline(inputs: Readonly<Record<string, InputSpec>>): PipelineInfo {
  return { name: 'p', inputs };
}

function problems(inputs: Readonly<Record<string, InputSpec>>, given: Readonly<Record<string, Json>>): unknown {
  try {
    resolveInputs(pipeline(inputs), given);
  } catch (error) {
    if (!(error instanceof NexumError)) throw error;
    expect(error.code).toBe('INVALID_INPUT');
    return error.details['problems'];
  }
  return [];
}

describe('inputs', () => {
  it('take what is given, then defaults, and leave out the rest', () => {
    const inputs: Record<string, InputSpec> = {
      a: { type: 'string', required: true },
      b: { type: 'number', default: 2 },
      c: { type: 'number', default: 2 },
      d: { type: 'object' },
      e: { type: 'boolean', required: true, default: false },
    };
    expect(resolveInputs(pipeline(inputs), { a: 'x', c: 3 })).toEqual({ a: 'x', b: 2, c: 3, e: false });
  });

  it.each<[InputSpec['type'], string, Json]>([
    ['string', '5', '5'],
    ['string', 'true', 'true'],
    ['number', '5', 5],
    ['number', ' -1.5e3 ', -1500],
    ['integer', '42', 42],
    ['integer', '4.0', 4],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['array', '[1, "a"]', [1, 'a']],
    ['object', '{"a": {"b": null}}', { a: { b: null } }],
  ])('of type %s read the command-line text %j as %j', (type, text, value) => {
    expect(resolveInputs(pipeline({ x: { type } }), { x: text })).toEqual({ x: value });
  });

  it.each<[InputSpec['type'], Json]>([
    ['string', 5],
    ['string', null],
    ['number', 'five'],
    ['number', ''],
    ['number', '1e999'],
    ['number', true],
    ['integer', 1.5],
    ['integer', '1.5'],
    ['integer', '12345678901234567890'],
    ['boolean', 'yes'],
    ['boolean', 1],
    ['array', '{}'],
    ['array', '[1'],
    ['object', '[]'],
    ['object', 'null'],
  ])('of type %s refuse %j', (type, value) => {
    expect(problems({ x: { type } }, { x: value })).toEqual([expect.stringContaining('the input `x` must be ')]);
  });

  it('accept only the choices of an enum, after coercion', () => {
    const x: InputSpec = { type: 'number', enum: [1, 2] };
    expect(resolveInputs(pipeline({ x }), { x: '2' })).toEqual({ x: 2 });
    expect(problems({ x }, { x: 3 })).toEqual(['the input `x` must be one of 1, 2, not 3']);
    const y: InputSpec = { type: 'object', enum: [{ a: [1], b: 2 }] };
    expect(resolveInputs(pipeline({ y }), { y: { b: 2, a: [1] } })).toEqual({ y: { b: 2, a: [1] } });
    expect(problems({ y }, { y: { b: 2, a: [1, 2] } })).toHaveLength(1);
  });

  it('report everything that is wrong at once', () => {
    const inputs: Record<string, InputSpec> = { query: { type: 'string', required: true }, n: { type: 'integer' } };
    expect(problems(inputs, { qeury: 'x', n: 'many', zzzzzz: 1 })).toEqual([
      'there is no input `qeury`; did you mean `query`?',
      'there is no input `zzzzzz`',
      'the input `query` is required',
      'the input `n` must be a whole number, not "many"',
    ]);
  });

  it('do not take inherited properties for given values', () => {
    const inherited: Record<string, InputSpec> = { toString: { type: 'string' as const, required: true } };
    expect(problems(inherited, {})).toEqual(['the input `toString` is required']);
    expect(problems({}, JSON.parse('{"__proto__": 1}') as Record<string, Json>)).toEqual([
      'there is no input `__proto__`',
    ]);
  });
});

describe('the text of an input', () => {
  const inputs: Record<string, InputSpec> = { big: { type: 'object' }, n: { type: 'number' } };
  const text = ' {"n": 1.0, "big": {"id": 9007199254740993, "x": 1e400, "half": "\\ud800", "a": 1, "a": 2}} ';

  it('stays as it is, byte for byte, when nothing has to be added or read as another type', () => {
    expect(resolveInputJson(pipeline(inputs), text)).toBe(text);
    expect(resolveInputJson(pipeline({}), '{ }')).toBe('{ }');
  });

  it.each<[string, Readonly<Record<string, InputSpec>>, string, string]>([
    ['a default', { ...inputs, d: { type: 'string', default: 'x' } }, '{"n":1}', '{"n":1,"d":"x"}'],
    ['a text that is read as a number', inputs, '{"n":"1"}', '{"n":1}'],
    ['no input at all', inputs, 'null', '{}'],
  ])('is printed anew with %s', (_what, declared, given, resolved) => {
    expect(resolveInputJson(pipeline(declared), given)).toBe(resolved);
  });

  it.each(['[]', '1', '"{}"'])('must be an object: %s', (given) => {
    expect(() => resolveInputJson(pipeline({}), given)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});
