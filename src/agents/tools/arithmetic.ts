/**
 * Arithmetic as people and models write it. A recursive descent over a list of what is allowed (numbers, operators,
 * parentheses and the functions that stand in the table here) that computes while it reads: a step for each token.
 *
 *     sum     = product (("+" | "-") product)*
 *     product = sign (("*" | "/") sign)*
 *     sign    = ("+" | "-") sign | power
 *     power   = atom ("^" sign)?
 *     atom    = number | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
 */
import { nexumError, type NexumError } from '../../errors.js';

/** Characters; the depth of nesting follows from it, and the stack bears it. */
export const MAX_EXPRESSION_CHARS = 500;

interface MathFunction {
  readonly compute: (...args: number[]) => number;
  /** How many arguments it takes. */
  readonly min: number;
  readonly max: number;
}

const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ...Object.fromEntries(
    (
      [
        'abs',
        'acos',
        'asin',
        'atan',
        'cbrt',
        'ceil',
        'cos',
        'exp',
        'floor',
        'log10',
        'log2',
        'round',
        'sign',
        'sin',
        'sqrt',
        'tan',
        'trunc',
      ] as const
    ).map((name) => [name, { compute: (value: number) => Math[name](value), min: 1, max: 1 }]),
  ),
  ln: { compute: Math.log, min: 1, max: 1 },
  atan2: { compute: Math.atan2, min: 2, max: 2 },
  pow: { compute: Math.pow, min: 2, max: 2 },
  mod: { compute: (a: number, b: number) => a - b * Math.floor(a / b), min: 2, max: 2 },
  hypot: { compute: Math.hypot, min: 1, max: 50 },
  max: { compute: Math.max, min: 1, max: 50 },
  min: { compute: Math.min, min: 1, max: 50 },
};
const CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

const TOKEN = /\s*(?:((?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|[-+*/^(),]))/iy;

/** What is written often, means two things, and is therefore refused with what to write instead. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/%/, 'it has a %: write `/ 100` for percent, `mod(a, b)` for the remainder'],
  [/\d[_'’]\d/, 'it has digits in groups: write 1000000'],
  [/\d[ \u00a0\u202f]+[\d.]/, 'it has two numbers side by side: write 1000000, or an operator between them'],
  [/(?<![\d.])0\d/, 'it has a number that begins with 0, or digits in groups: write 1000000'],
];

interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'end';
  readonly text: string;
}

/**
 * The value of an expression, with the numbers and functions of JavaScript; infinite, or NaN, where theirs is.
 * @throws NexumError INVALID_REQUEST when it is anything but arithmetic, with what to write instead
 */
export function calculate(expression: string): number {
  if (expression.length > MAX_EXPRESSION_CHARS) throw problem(`it is longer than ${MAX_EXPRESSION_CHARS} characters`);
  for (const [pattern, cure] of REFUSED) if (pattern.test(expression)) throw problem(cure);
  const parser = new Arithmetic(tokensOf(expression));
  const value = parser.sum();
  parser.expectEnd();
  return value;
}

function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = expression.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(expression);
    if (!match) throw problem(`${JSON.stringify(expression.slice(from).trim().slice(0, 20))} is no arithmetic`);
    const [, number, name, operator = ''] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'operator', text: operator === '**' ? '^' : operator });
  }
  return tokens;
}

class Arithmetic {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  sum(): number {
    let left = this.#product();
    while (this.#is('+') || this.#is('-'))
      left = this.#take().text === '+' ? left + this.#product() : left - this.#product();
    return left;
  }

  expectEnd(): void {
    const { kind, text } = this.#next;
    if (kind === 'end') return;
    if (text === ',') throw problem('it has a comma outside of a function: write 1000000, and 0.5 with a point');
    throw problem(`something is missing before ${JSON.stringify(text)}`);
  }

  #product(): number {
    let left = this.#sign();
    while (this.#is('*') || this.#is('/')) left = this.#take().text === '*' ? left * this.#sign() : left / this.#sign();
    return left;
  }

  #sign(): number {
    if (this.#is('-') || this.#is('+')) return this.#take().text === '-' ? -this.#sign() : this.#sign();
    return this.#power();
  }

  /** From the right: 2^3^2 is 2^9, and -2^2 is -4, as in mathematics. */
  #power(): number {
    const base = this.#atom();
    if (!this.#is('^')) return base;
    this.#take();
    return Math.pow(base, this.#sign());
  }

  #atom(): number {
    const { kind, text } = this.#take();
    if (kind === 'number') return Number(text);
    if (kind === 'name') return this.#named(text.toLowerCase());
    if (text === '(') {
      const inner = this.sum();
      this.#expect(')');
      return inner;
    }
    throw problem(kind === 'end' ? 'it ends too early' : `${JSON.stringify(text)} stands where a number should`);
  }

  #named(name: string): number {
    const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
    if (constant !== undefined) return constant;
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) {
      const names = [...Object.keys(CONSTANTS), ...Object.keys(FUNCTIONS)].sort().join(', ');
      throw problem(`it has the unknown name ${JSON.stringify(name)}; known are ${names}`);
    }
    this.#expect('(');
    const args = [this.sum()];
    while (this.#is(',')) {
      this.#take();
      args.push(this.sum());
    }
    this.#expect(')');
    if (args.length >= known.min && args.length <= known.max) return known.compute(...args);
    const takes = known.min === 1 ? '1 argument' : `${known.min} arguments`;
    throw problem(`${name}() takes ${takes}, not ${args.length}`);
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #is(operator: string): boolean {
    return this.#next.kind === 'operator' && this.#next.text === operator;
  }

  #take(): Token {
    const token = this.#next;
    this.#at += 1;
    return token;
  }

  #expect(operator: string): void {
    if (!this.#is(operator)) throw problem(`a ${JSON.stringify(operator)} is missing`);
    this.#take();
  }
}

function problem(text: string): NexumError {
  return nexumError('INVALID_REQUEST', `this cannot be calculated: ${text}`);
}
