import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { evaluateExpression, type ExpressionContext } from '../../../src/pipeline/expressions.js';

const CONTEXT: ExpressionContext = {
  inputs: { list: [1, 2, 3], none: null, flag: true, items: [{ id: 1 }, { id: 2 }] },
  nodes: { research: { output: { facts: ['a', 'b'], deep: { 'odd key': 1 } }, status: 'COMPLETED' } },
  run: {},
};

describe('our functions', () => {
  it.each<[string, Json]>([
    ["len('abc')", 3],
    ["len('a😀b')", 3],
    ['len(inputs.list)', 3],
    ['len(nodes.research.output)', 2],
    ['len(null)', 0],
    ["split('a,b,,c', ',')", ['a', 'b', '', 'c']],
    ["split('a😀', '')", ['a', '😀']],
    ["split(null, ',')", []],
    ["lower('ÄB')", 'äb'],
    ["upper('äb')", 'ÄB'],
    ["trim('  a b ')", 'a b'],
    ['upper(5)', '5'],
    ['keys(nodes.research.output)', ['facts', 'deep']],
    ['values(nodes.research.output.deep)', [1]],
    ['keys(null)', []],
    ['first(inputs.list)', 1],
    ['last(inputs.list)', 3],
    ["first(fromJSON('[]'))", null],
    ['last(null)', null],
    ['last(inputs.items.*.id)', 2],
    ["slice('a😀bc', 1, 3)", '😀b'],
    ['slice(inputs.list, 1)', [2, 3]],
    ['slice(inputs.list, -2, -1)', [2]],
    ['min(3, 1, 2)', 1],
    ['max(inputs.list)', 3],
    ["max(fromJSON('[]'))", null],
    ['sum(inputs.list)', 6],
    ['sum(1, 2.5)', 3.5],
    ["sum(fromJSON('[]'))", 0],
    ['round(2.5)', 3],
    ['round(-2.5)', -3],
    ['round(1.005, 2)', 1.01],
    ['round(1e-7, 2)', 0],
    ['round(123456789012345680000)', 123456789012345680000],
    ['round(-0.2)', 0],
    ['default(inputs.none, 7)', 7],
    ["default('', 7)", ''],
    ['default(false, 7)', false],
    ['LEN(inputs.list)', 3],
  ])('%s is %j', (source, value) => {
    expect(evaluateExpression(source, CONTEXT)).toEqual(value);
  });

  it.each([
    'len(5)',
    "keys('a')",
    'values(inputs.list)',
    "first('abc')",
    'slice(5, 1)',
    "slice('abc', 'x')",
    "min('a')",
    "sum(1, '2')",
    "round('1')",
    'round(1, 99)',
    'lower(inputs.list)',
    "split(inputs.list, ',')",
    'default(1)',
    'len()',
  ])('%s fails', (source) => {
    expect(() => evaluateExpression(source, CONTEXT)).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_FAILED' }) as Error,
    );
  });
});
