import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/ir.js';
import { calculate, MAX_EXPRESSION_CHARS } from '../../../src/agents/tools/arithmetic.js';
import { sandboxTools } from '../../../src/agents/tools/sandbox-tools.js';
import { RandomArithmetic } from './random-arithmetic.js';

function call(name: string, args: JsonObject): Promise<JsonObject> {
  const tool = sandboxTools().get(name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool.run(args, { signal: new AbortController().signal, idempotencyKey: 'key' });
}

describe('arithmetic', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 10', 1024],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['7 - 2 - 1', 4],
    ['12 / 2 / 3', 2],
    ['--3', 3],
    ['+.5e1', 5],
    ['1.', 1],
    ['mod(-7, 3)', 2],
    ['sqrt(16) + abs(-1) + max(1, 2, 3) + PI - pi', 8],
    ['ln(e) + log10(1000) + log2(8)', 7],
    ['hypot(3, 4)', 5],
    ['round(2.5) + floor(-0.5)', 2],
    ['1e308 * 10', Infinity],
  ])('%s is %d', (expression, value) => {
    expect(calculate(expression)).toBeCloseTo(value, 12);
  });

  test.each([
    ['5 % 3', 'write `/ 100` for percent, `mod(a, b)` for the remainder'],
    ['20% * 80', 'write `/ 100` for percent'],
    ['1,000 + 1', 'digits in groups: write 1000000'],
    ['1,234.5', 'a comma outside of a function'],
    ['1_000', 'digits in groups'],
    ["1'000", 'digits in groups'],
    ['1 000', 'two numbers side by side'],
    ['1 000.5', 'two numbers side by side'],
    ['2 (3)', 'something is missing before "("'],
    ['2 pi', 'something is missing before "pi"'],
    ['', 'it ends too early'],
    ['1 +', 'it ends too early'],
    ['(1', 'a ")" is missing'],
    ['* 2', '"*" stands where a number should'],
    ['process', 'the unknown name "process"'],
    ['constructor(1)', 'the unknown name "constructor"'],
    ['__proto__', 'the unknown name "__proto__"'],
    ['Math.constructor', '".constructor" is no arithmetic'],
    ['max', 'a "(" is missing'],
    ['sqrt(1, 2)', 'sqrt() takes 1 argument, not 2'],
    ['pow(1)', 'pow() takes 2 arguments, not 1'],
    ['atan2()', '")" stands where a number should'],
    ['1; 2', '"; 2" is no arithmetic'],
    ['`1`', 'is no arithmetic'],
    ['a = 1', 'is no arithmetic'],
    ['0x10', 'something is missing before "x10"'],
    ['"1"', 'is no arithmetic'],
    ['[1]', 'is no arithmetic'],
    ['1 => 1', 'is no arithmetic'],
    ['('.repeat(501), 'longer than 500 characters'],
  ])('%s is refused', (expression, words) => {
    expect(() => calculate(expression)).toThrow(words);
  });

  test('the deepest nesting that fits is read', () => {
    expect(calculate(`${'('.repeat(249)}1${')'.repeat(249)}`)).toBe(1);
    expect(calculate(`${'-'.repeat(499)}1`)).toBe(-1);
    expect(calculate(`2${'^1'.repeat(249)}`)).toBe(2);
  });

  test('any expression has the value that JavaScript gives', () => {
    const random = new RandomArithmetic(20_260_727);
    const all = Array.from({ length: 1200 }, () => random.sum(2));
    const short = all.filter(({ text }) => text.length <= MAX_EXPRESSION_CHARS);
    for (const { text, js } of short) {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- made above
      expect(calculate(text), text).toBe(new Function(`return ${js}`)());
    }
    expect(short.length).toBeGreaterThan(400);
    expect(new Set(short.map(({ text }) => calculate(text))).size).toBeGreaterThan(100);
  });
});

test('calculate gives a number and a text; what has no finite result is an error', async () => {
  expect(await call('calculate', { expression: '0.1 + 0.2' })).toEqual({ result: 0.1 + 0.2, text: '0.3' });
  expect(await call('calculate', { expression: '-0' })).toEqual({ result: 0, text: '0' });
  await expect(call('calculate', { expression: '1 / 0' })).rejects.toThrow('1 / 0 has no finite result ("Infinity")');
  await expect(call('calculate', { expression: 'ln(-1)' })).rejects.toThrow('ln(-1) has no finite result ("NaN")');
  await expect(call('calculate', { expression: '1 +' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('calculate starts no process: it answers before one could', async () => {
  const result = call('calculate', { expression: '6 * 7' });
  const later = new Promise((resolve) => setImmediate(resolve, 'later'));
  expect(await Promise.race([result, later])).toEqual({ result: 42, text: '42' });
});

test('run_js gives value and output; an error brings what was printed before it', async () => {
  expect(await call('run_js', { code: 'print("hi"); [1, 2].map((n) => n * 2)' })).toEqual({
    value: [2, 4],
    output: 'hi\n',
  });
  await expect(call('run_js', { code: 'print("got here")\nnothing()' })).rejects.toThrow(
    "'nothing' is not defined (line 2)\nBefore that it printed:\ngot here",
  );
});
