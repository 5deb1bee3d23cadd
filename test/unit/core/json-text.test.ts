import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJsonText } from '../../../src/core/json-text.js';

function refusal(value: unknown): string {
  try {
    toJsonText(value, 'the output of node a');
  } catch (error) {
    expect(error).toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error('was accepted');
}

describe('toJsonText', () => {
  it('gives back every JSON value unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJsonText(value, 'x')).toBe(JSON.stringify(value));
      }),
    );
  });

  it('makes null of an absent result', () => {
    expect(toJsonText(undefined, 'x')).toBe('null');
  });

  it('leaves out optional properties that are undefined', () => {
    expect(toJsonText({ a: undefined, b: 1 }, 'x')).toBe('{"b":1}');
  });

  it('accepts objects without a prototype, and one object in two places', () => {
    const shared = Object.assign(Object.create(null) as object, { k: 1 });
    expect(toJsonText({ first: shared, second: shared }, 'x')).toBe('{"first":{"k":1},"second":{"k":1}}');
  });

  it.each<[string, unknown, string]>([
    ['NaN', { a: [1, NaN] }, '$.a[1] is NaN'],
    ['Infinity', -Infinity, '$ is -Infinity'],
    ['undefined in a list', [undefined], '$[0] is undefined'],
    ['a function', { run: () => 1 }, '$.run is a function'],
    ['a bigint', { big: 1n }, '$.big is a bigint'],
    ['a symbol', Symbol('s'), '$ is a symbol'],
    ['a date', { at: new Date(0) }, '$.at is an instance of Date'],
    ['a map', new Map([[1, 2]]), '$ is an instance of Map'],
    ['bytes', Buffer.from('x'), '$ is an instance of Buffer'],
  ])('refuses %s and names the place', (_what, value, place) => {
    expect(refusal(value)).toBe(`the output of node a is not JSON: ${place}`);
  });

  it('refuses a value that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['inner'] = { loop };
    expect(refusal(loop)).toContain('$.inner.loop contains itself');
  });

  it('refuses nesting that would overflow the stack of JSON.stringify', () => {
    let deep: unknown = null;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(refusal(deep)).toContain('nested deeper than 200');
  });
});
