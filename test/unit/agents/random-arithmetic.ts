/** Expressions for `calculate`, each with what it means in JavaScript. */

export interface Expression {
  /** With no parenthesis that it does not need. */
  readonly text: string;
  /** With all of them. */
  readonly js: string;
}

const NUMBERS = '0 1 2.5 .5 7. 12 1e3 3.25e-2 1000000'.split(' ').map((text) => ({ text, js: String(Number(text)) }));
const CONSTANTS = [
  { text: 'pi', js: 'Math.PI' },
  { text: 'E', js: 'Math.E' },
];
const OF_ONE = 'abs acos asin atan cbrt ceil cos exp floor log10 log2 round sign sin sqrt tan trunc'.split(' ');
const FUNCTIONS = [
  ...OF_ONE.map((name) => ({ name, takes: 1, js: `Math.${name}` })),
  { name: 'ln', takes: 1, js: 'Math.log' },
  { name: 'atan2', takes: 2, js: 'Math.atan2' },
  { name: 'pow', takes: 2, js: 'Math.pow' },
  { name: 'mod', takes: 2, js: '((a, b) => a - b * Math.floor(a / b))' },
  { name: 'hypot', takes: 3, js: 'Math.hypot' },
  { name: 'max', takes: 2, js: 'Math.max' },
  { name: 'min', takes: 3, js: 'Math.min' },
];

/** Walks the grammar in arithmetic.ts at random; the same seed gives the same expressions. */
export class RandomArithmetic {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** @param depth of parentheses and calls */
  sum(depth: number): Expression {
    return this.#chain(['+', '-'], () => this.#chain(['*', '/'], () => this.#sign(depth)));
  }

  #chain(operators: readonly string[], part: () => Expression): Expression {
    let left = part();
    for (let more = this.#below(3); more > 0; more -= 1) {
      const operator = this.#pick(operators);
      const right = part();
      left = { text: `${left.text} ${operator} ${right.text}`, js: `(${left.js} ${operator} ${right.js})` };
    }
    return left;
  }

  #sign(depth: number): Expression {
    if (this.#below(5) > 0) return this.#power(depth);
    const sign = this.#pick(['+', '-']);
    const { text, js } = this.#sign(depth);
    return { text: `${sign}${text}`, js: `(${sign} ${js})` };
  }

  #power(depth: number): Expression {
    const base = this.#atom(depth);
    if (this.#below(5) > 0) return base;
    const operator = this.#pick(['^', ' ** ']);
    const exponent = this.#sign(depth);
    return { text: `${base.text}${operator}${exponent.text}`, js: `Math.pow(${base.js}, ${exponent.js})` };
  }

  #atom(depth: number): Expression {
    if (depth === 0 || this.#below(3) === 0) return this.#pick([...NUMBERS, ...CONSTANTS]);
    if (this.#below(2) === 0) return this.#call(depth - 1);
    const { text, js } = this.sum(depth - 1);
    return { text: `(${text})`, js };
  }

  #call(depth: number): Expression {
    const { name, takes, js } = this.#pick(FUNCTIONS);
    const args = Array.from({ length: takes }, () => this.sum(depth));
    const listed = (language: keyof Expression): string => args.map((each) => each[language]).join(', ');
    return { text: `${name}(${listed('text')})`, js: `${js}(${listed('js')})` };
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }

  /** A linear congruential generator; its high bits are the random ones. */
  #below(max: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * max);
  }
}
