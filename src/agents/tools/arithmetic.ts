/**
 * Arithmetic as people and models write it, to JavaScript. A recursive descent over a list of what is allowed: what comes
 * out holds numbers, operators, parentheses and members of `Math` that stand in the table here, and nothing else.
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

/** What may be called, with how many arguments. */
const FUNCTIONS: Readonly<Record<string, { readonly js: string; readonly min: number; readonly max: number }>> = {
  ...Object.fromEntries(
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
    ].map((name) => [name, { js: `Math.${name}`, min: 1, max: 1 }]),
  ),
  ln: { js: 'Math.log', min: 1, max: 1 },
  atan2: { js: 'Math.atan2', min: 2, max: 2 },
  pow: { js: 'Math.pow', min: 2, max: 2 },
  mod: { js: '((a, b) => a - b * Math.floor(a / b))', min: 2, max: 2 },
  hypot: { js: 'Math.hypot', min: 1, max: 50 },
  max: { js: 'Math.max', min: 1, max: 50 },
  min: { js: 'Math.min', min: 1, max: 50 },
};
const CONSTANTS: Readonly<Record<string, string>> = { pi: 'Math.PI', e: 'Math.E' };

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

/** @throws NexumError INVALID_REQUEST when it is anything but arithmetic, with what to write instead */
export function arithmeticToJs(expression: string): string {
  if (expression.length > MAX_EXPRESSION_CHARS) throw problem(`it is longer than ${MAX_EXPRESSION_CHARS} characters`);
  for (const [pattern, cure] of REFUSED) if (pattern.test(expression)) throw problem(cure);
  const parser = new Arithmetic(tokensOf(expression));
  const js = parser.sum();
  parser.expectEnd();
  return js;
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

  sum(): string {
    let left = this.#product();
    while (this.#is('+') || this.#is('-')) left = `(${left} ${this.#take().text} ${this.#product()})`;
    return left;
  }

  expectEnd(): void {
    const { kind, text } = this.#next;
    if (kind === 'end') return;
    if (text === ',') throw problem('it has a comma outside of a function: write 1000000, and 0.5 with a point');
    throw problem(`something is missing before ${JSON.stringify(text)}`);
  }

  #product(): string {
    let left = this.#sign();
    while (this.#is('*') || this.#is('/')) left = `(${left} ${this.#take().text} ${this.#sign()})`;
    return left;
  }

  #sign(): string {
    if (this.#is('-') || this.#is('+')) return `(${this.#take().text} ${this.#sign()})`;
    return this.#power();
  }

  /** From the right: 2^3^2 is 2^9, and -2^2 is -4, as in mathematics. */
  #power(): string {
    const base = this.#atom();
    if (!this.#is('^')) return base;
    this.#take();
    return `Math.pow(${base}, ${this.#sign()})`;
  }

  #atom(): string {
    const { kind, text } = this.#take();
    if (kind === 'number') return String(Number(text));
    if (kind === 'name') return this.#named(text.toLowerCase());
    if (text === '(') {
      const inner = this.sum();
      this.#expect(')');
      return inner;
    }
    throw problem(kind === 'end' ? 'it ends too early' : `${JSON.stringify(text)} stands where a number should`);
  }

  #named(name: string): string {
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
    if (args.length >= known.min && args.length <= known.max) return `${known.js}(${args.join(', ')})`;
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
