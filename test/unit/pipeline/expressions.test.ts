import { describe, expect, it } from 'vitest';
import { NexumError } from '../../../src/errors.js';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import {
  evaluateCondition,
  evaluateExpression,
  renderTemplate,
  type ExpressionContext,
} from '../../../src/pipeline/expressions.js';

const CONTEXT: ExpressionContext = {
  inputs: {
    n: 5,
    text: 'hello',
    list: [1, 2, 3],
    Name: 'upper',
    name: 'lower',
    none: null,
    flag: true,
    items: [{ id: 1 }, { id: 2 }],
  },
  nodes: {
    research: { output: { facts: ['a', 'b'], deep: { 'odd key': 1 } }, status: 'COMPLETED' },
    skipped: { output: null, status: 'SKIPPED' },
    broken: { output: null, status: 'FAILED', error: 'boom' },
  },
  run: { id: 'exec-1' },
  env: { LEVEL: '3' },
  iteration: 2,
};

const withInput = (x: Json): ExpressionContext => ({ ...CONTEXT, inputs: { x } });

function failure(run: () => unknown): NexumError {
  try {
    run();
  } catch (error) {
    if (error instanceof NexumError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a template', () => {
  it.each<[string, Json, Json]>([
    ['a number', '${{ inputs.n }}', 5],
    ['a boolean', '${{ inputs.flag }}', true],
    ['null', '${{ inputs.none }}', null],
    ['a list', '${{ inputs.list }}', [1, 2, 3]],
    ['an object', '${{ nodes.research.output.deep }}', { 'odd key': 1 }],
    ['a comparison', '${{ inputs.n > 4 }}', true],
    ['an absent input', '${{ inputs.gone }}', null],
  ])('that is exactly one expression keeps %s', (_, template, value) => {
    expect(renderTemplate(template, CONTEXT)).toEqual(value);
  });

  it.each([
    ['n=${{ inputs.n }}', 'n=5'],
    ['${{ inputs.n }} ', '5 '],
    ['${{ inputs.text }} ${{ inputs.text }}', 'hello hello'],
    ['[${{ inputs.none }}]', '[]'],
    ['l=${{ inputs.list }}', 'l=[1,2,3]'],
    ['o=${{ nodes.research.output.deep }}', 'o={"odd key":1}'],
    ['${{ inputs.flag }}!', 'true!'],
    ["a ${{ '}} ${{' }} b", 'a }} ${{ b'],
    ["${{ 'it''s ''quoted''' }}.", "it's 'quoted'."],
    ['$ { {{ }} $${ }', '$ { {{ }} $${ }'],
  ])('%j becomes %j', (template, text) => {
    expect(renderTemplate(template, CONTEXT)).toBe(text);
  });

  it('is rendered at any depth, in values but not in keys', () => {
    const template = { a: [{ b: '${{ inputs.n }}' }], '${{ inputs.n }}': 1, c: null, d: false };
    expect(renderTemplate(template, CONTEXT)).toEqual({ a: [{ b: 5 }], '${{ inputs.n }}': 1, c: null, d: false });
  });

  it('does not render what an expression inserted', () => {
    expect(renderTemplate('${{ inputs.x }}!', withInput('${{ run.id }}'))).toBe('${{ run.id }}!');
  });

  it('D1: passes the original value on, untouched', () => {
    const value = { big: Number.MAX_VALUE, tiny: 5e-324, nested: [[{ a: 0.1 }]], z: 1, a: 2 };
    expect(renderTemplate('${{ inputs.x }}', withInput(value))).toBe(value);
    expect(renderTemplate('${{ inputs.x.nested }}', withInput(value))).toBe(value.nested);
    expect(renderTemplate('${{ default(inputs.gone, inputs.x) }}', withInput(value))).toBe(value);
  });

  it('keeps a key __proto__ as an ordinary key', () => {
    const template = JSON.parse('{"__proto__":{"a":"${{ inputs.n }}"}}') as Json;
    expect(JSON.stringify(renderTemplate(template, CONTEXT))).toBe('{"__proto__":{"a":5}}');
  });
});

describe('names', () => {
  it('D2: are matched with their case', () => {
    expect(evaluateExpression('inputs.Name', CONTEXT)).toBe('upper');
    expect(evaluateExpression('inputs.name', CONTEXT)).toBe('lower');
    expect(evaluateExpression('inputs.NAME', CONTEXT)).toBeNull();
    expect(failure(() => evaluateExpression('Inputs.name', CONTEXT)).code).toBe('EXPRESSION_FAILED');
  });

  it('D2: keep data whose keys differ only in case', () => {
    expect(evaluateExpression('fromJSON(\'{"a":1,"A":2}\')', CONTEXT)).toEqual({ a: 1, A: 2 });
    expect(evaluateExpression('toJSON(inputs.x)', withInput({ a: 1, A: 2 }))).toBe('{\n  "a": 1,\n  "A": 2\n}');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'D2: never reach the inherited %s',
    (name) => {
      for (const base of ['inputs', 'nodes', 'nodes.research.output', 'inputs.list', 'run', 'env', 'inputs.text']) {
        expect(evaluateExpression(`${base}.${name}`, CONTEXT)).toBeNull();
        expect(evaluateExpression(`${base}['${name}']`, CONTEXT)).toBeNull();
      }
      expect(failure(() => evaluateExpression(name, CONTEXT)).code).toBe('EXPRESSION_FAILED');
      expect(failure(() => evaluateExpression(`${name}(1)`, CONTEXT)).code).toBe('EXPRESSION_FAILED');
    },
  );

  it('D2: reach own properties of such names', () => {
    const own = JSON.parse('{"constructor":1,"__proto__":{"a":2}}') as JsonObject;
    expect(evaluateExpression('inputs.x.constructor', withInput(own))).toBe(1);
    expect(evaluateExpression('inputs.x.__proto__.a', withInput(own))).toBe(2);
  });

  it('read status, error and output of nodes', () => {
    expect(evaluateExpression('nodes.broken.error', CONTEXT)).toBe('boom');
    expect(evaluateExpression('nodes.research.error', CONTEXT)).toBeNull();
    expect(evaluateExpression('nodes.skipped.status', CONTEXT)).toBe('SKIPPED');
    expect(evaluateExpression('nodes.skipped.output.some.thing', CONTEXT)).toBeNull();
    expect(evaluateExpression('nodes.unlisted.output', CONTEXT)).toBeNull();
  });

  it('read run, env and iteration', () => {
    expect(renderTemplate(['${{ run.id }}', '${{ env.LEVEL }}', '${{ iteration }}'], CONTEXT)).toEqual([
      'exec-1',
      '3',
      2,
    ]);
    expect(evaluateExpression('iteration', { inputs: {}, nodes: {}, run: {} })).toBeNull();
    expect(evaluateExpression('env.LEVEL', { inputs: {}, nodes: {}, run: {} })).toBeNull();
  });
});

describe('an expression', () => {
  it.each<[string, Json]>([
    ["inputs.text == 'HELLO'", true],
    ["contains(inputs.text, 'ELL')", true],
    ["startsWith(inputs.text, 'he') && endsWith(inputs.text, 'lo')", true],
    ["format('{0}-{1}', inputs.text, inputs.n)", 'hello-5'],
    ["join(inputs.list, '+')", '1+2+3'],
    ['inputs.items.*.id', [1, 2]],
    ['inputs.items[1].id', 2],
    ['inputs.items[9].id', null],
    ['inputs.list[inputs.list[0]]', 2],
    ["nodes.research.output.deep['odd key']", 1],
    ["case(inputs.n > 9, 'big', inputs.n > 3, 'middle', 'small')", 'middle'],
    ['inputs.none || inputs.text', 'hello'],
    ['inputs.none && inputs.text', null],
    ['!inputs.none', true],
    ['(inputs.n)', 5],
    ['inputs.items == inputs.items', true],
    ['-1.5e3', -1500],
  ])('%s is %j', (source, value) => {
    expect(evaluateExpression(source, CONTEXT)).toEqual(value);
    expect(evaluateExpression(`\${{ ${source} }}`, CONTEXT)).toEqual(value);
  });

  it.each([
    '',
    'inputs.',
    'a b',
    'nope',
    'nope(1)',
    'fromJSON(inputs.text)',
    'NaN',
    'Infinity',
    'len(inputs.flag)',
    '${{ 1 }} ${{ 2 }}',
    '${{ inputs.n',
  ])('%j fails with EXPRESSION_FAILED', (source) => {
    expect(failure(() => evaluateExpression(source, CONTEXT)).code).toBe('EXPRESSION_FAILED');
  });

  it('that is longer or deeper than the limits fails', () => {
    expect(failure(() => evaluateExpression(`${'('.repeat(60)}1${')'.repeat(60)}`, CONTEXT)).message).toContain(
      'depth',
    );
    expect(failure(() => evaluateExpression(`'${'a'.repeat(21_001)}'`, CONTEXT)).message).toContain('21000');
    const chain = (length: number): string => Array.from({ length }, () => '1').join('==');
    expect(evaluateExpression(chain(501), CONTEXT)).toBe(true);
    expect(failure(() => evaluateExpression(chain(502), CONTEXT)).message).toContain('500 comparisons');
  });

  it('that fails names its source', () => {
    expect(failure(() => renderTemplate('a ${{ sum(inputs.text) }}', CONTEXT)).message).toBe(
      '`a ${{ sum(inputs.text) }}`: sum() needs a number, not string',
    );
  });
});

describe('a condition', () => {
  it.each([
    ['false', false],
    ['0', false],
    ["''", false],
    ['null', false],
    ['inputs.gone', false],
    ["'false'", true],
    ['inputs.list', true],
    ["fromJSON('[]')", true],
    ["nodes.research.status == 'COMPLETED'", true],
    ['${{ inputs.n > 5 }}', false],
    [' ${{ inputs.n >= 5 }} ', true],
  ])('%j is %s', (source, value) => {
    expect(evaluateCondition(source, CONTEXT)).toBe(value);
  });

  it('that is empty fails', () => {
    expect(failure(() => evaluateCondition(' ', CONTEXT)).code).toBe('EXPRESSION_FAILED');
  });
});
