/**
 * Texts with `${{ }}` taken apart, and expressions parsed by GitHub's own parser (@actions/expressions).
 * Names are not checked here: every identifier parses, so that the compiler can report all unknown ones at once.
 */
import type { Expr } from '@actions/expressions/ast';
import { ExpressionError } from '@actions/expressions/errors';
import type { FunctionInfo } from '@actions/expressions/funcs/info';
import { Lexer, TokenType, type Token } from '@actions/expressions/lexer';
import { Parser } from '@actions/expressions/parser';
import { EXPRESSION_FUNCTIONS, isFunction } from './expression-functions.js';

export interface ParsedExpression {
  readonly source: string;
  readonly tree: Expr;
  readonly tokens: readonly Token[];
}

/**
 * Each comparison of a chain such as `a == b == c` nests the tree by one level, and the evaluator recurses; the parser
 * bounds all other nesting.
 */
const MAX_COMPARISONS = 500;

const COMPARISONS: ReadonlySet<TokenType> = new Set([
  TokenType.EQUAL_EQUAL,
  TokenType.BANG_EQUAL,
  TokenType.GREATER,
  TokenType.GREATER_EQUAL,
  TokenType.LESS,
  TokenType.LESS_EQUAL,
]);

/** One `${{ }}` of a text: its source, and where that begins in the text. */
interface TemplateExpression {
  readonly source: string;
  readonly index: number;
}

type TemplatePart = string | TemplateExpression;

/** `index` counts UTF-16 units from the start of the text that was given. */
export class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/**
 * Splits a text into plain parts and expressions. A `}}` inside an expression's 'text' does not end it.
 * @throws ExpressionSyntaxError for a `${{` that is never closed.
 */
export function splitTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (let open = text.indexOf('${{'); open >= 0; open = text.indexOf('${{', at)) {
    const close = closingBraces(text, open + 3);
    if (close < 0) throw new ExpressionSyntaxError('`${{` has no closing `}}`', open);
    if (open > at) parts.push(text.slice(at, open));
    parts.push({ source: text.slice(open + 3, close), index: open + 3 });
    at = close + 2;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function closingBraces(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x27) quoted = !quoted;
    else if (!quoted && character === 0x7d && text.charCodeAt(at + 1) === 0x7d) return at;
  }
  return -1;
}

/**
 * Takes the wrapper off a source that is one whole `${{ }}`; any other source is returned as it is.
 * `index` tells where the returned source begins in the given one.
 */
export function unwrapExpression(source: string): TemplateExpression {
  const start = source.length - source.trimStart().length;
  if (source.startsWith('${{', start)) {
    const close = closingBraces(source, start + 3);
    if (close >= 0 && source.slice(close + 2).trim() === '')
      return { source: source.slice(start + 3, close), index: start + 3 };
  }
  return { source, index: 0 };
}

/** @throws ExpressionSyntaxError with the place of the first thing that is wrong. */
export function parseExpression(source: string): ParsedExpression {
  const tokens = lex(source);
  if (tokens.length <= 1) throw new ExpressionSyntaxError('the expression is empty', 0);
  const excess = tokens.filter((token) => COMPARISONS.has(token.type))[MAX_COMPARISONS];
  if (excess) {
    const message = `the expression holds more than ${MAX_COMPARISONS} comparisons`;
    throw new ExpressionSyntaxError(message, tokenOffsets(source, tokens).get(excess) ?? 0);
  }
  const identifiers = tokens.filter((token) => token.type === TokenType.IDENTIFIER).map((token) => token.lexeme);
  const unknown: FunctionInfo[] = identifiers
    .filter((name) => !isFunction(name))
    .map((name) => ({ name, minArgs: 0, maxArgs: Number.MAX_SAFE_INTEGER }));
  try {
    const tree = new Parser(tokens, identifiers, [...EXPRESSION_FUNCTIONS.values(), ...unknown]).parse();
    return { source, tree, tokens };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const token = tokens.find(({ range }) => range.start === error.pos);
    const index = token ? (tokenOffsets(source, tokens).get(token) ?? 0) : 0;
    throw new ExpressionSyntaxError(lowerFirst(error.message), index);
  }
}

function lex(source: string): Token[] {
  try {
    const { tokens } = new Lexer(source).lex();
    for (const token of tokens) {
      // The library's lexer unescapes only the first '' of a string.
      if (token.type === TokenType.STRING) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
    }
    return tokens;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message === 'ErrorExceededMaxLength')
      throw new ExpressionSyntaxError('the expression is longer than 21000 characters', 0);
    const [, what = message, position = '1'] =
      /^(.*?)\. Located at position (\d+) within expression: /s.exec(message) ?? [];
    throw new ExpressionSyntaxError(lowerFirst(what), Number(position) - 1);
  }
}

/** Where each token begins. The library's own columns are wrong behind a string that holds a line break. */
export function tokenOffsets(source: string, tokens: readonly Token[]): ReadonlyMap<Token, number> {
  const offsets = new Map<Token, number>();
  let at = 0;
  for (const token of tokens) {
    if (token.lexeme !== '') at = source.indexOf(token.lexeme, at);
    offsets.set(token, Math.max(at, 0));
    at += token.lexeme.length;
  }
  return offsets;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
