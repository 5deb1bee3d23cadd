/**
 * The expression language `${{ }}` at run time: GitHub Actions' language by GitHub's own library, on plain JSON, with
 * our functions and the roots inputs, nodes, run, iteration, item, index, env and secrets. Its `==` and `contains`
 * ignore case on texts, as on GitHub; names do not.
 */
import { Dictionary } from '@actions/expressions/data/index';
import type { ExpressionData } from '@actions/expressions/data/expressiondata';
import { Evaluator } from '@actions/expressions/evaluator';
import { truthy } from '@actions/expressions/result';
import { errorMessage, nexumError } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import { BoundedCache } from './bounded-cache.js';
import { unwrapJson, wrapJson } from './expression-data.js';
import { EXPRESSION_FUNCTIONS, isFunction } from './expression-functions.js';
import { expressionUses } from './expression-uses.js';
import { parseExpression, splitTemplate, unwrapExpression, type ParsedExpression } from './expression-source.js';
import { isJsonList } from './json-shape.js';

/** What expressions can read. A node that was skipped has the output null; so has one that is not listed. */
export interface ExpressionContext {
  readonly inputs: JsonObject;
  readonly nodes: Readonly<Record<string, { readonly output: Json; readonly status: string; readonly error?: string }>>;
  readonly run: JsonObject;
  /** The rendered `env` of the node. */
  readonly env?: Readonly<Record<string, string>>;
  /** From 1. */
  readonly iteration?: number;
  /** In the node of a map: the item that it works on, and its number from 0. */
  readonly item?: Json;
  readonly index?: number;
  /** The secrets that the node declares, at its worker only. */
  readonly secrets?: Readonly<Record<string, string>>;
}

type TemplatePiece = string | ParsedExpression;

/** Entries, not bytes: a worker sees the few hundred texts of its pipelines again and again. */
const CACHE_ENTRIES = 1000;

const templates = new BoundedCache<readonly TemplatePiece[]>(CACHE_ENTRIES);
const expressions = new BoundedCache<ParsedExpression>(CACHE_ENTRIES);

/**
 * Renders JSON whose texts may hold `${{ }}`, at any depth; keys are left as they are. A text that is exactly one
 * expression becomes its value with its JSON type. Inside other text, texts are inserted as they are, null as nothing,
 * all else as JSON.
 * @throws NexumError EXPRESSION_FAILED when an expression is wrong or fails.
 * @example renderTemplate({ n: '${{ inputs.n }}', t: 'n=${{ inputs.n }}' }, context) // { n: 5, t: 'n=5' }
 */
export function renderTemplate(template: Json, context: ExpressionContext): Json {
  return render(template, new Roots(context));
}

/**
 * Evaluates an `if`, with or without its `${{ }}`. False are: false, 0, empty text, null.
 * @throws NexumError EXPRESSION_FAILED when the expression is wrong or fails.
 */
export function evaluateCondition(source: string, context: ExpressionContext): boolean {
  return guarded(source, () => truthy(evaluate(cachedExpression(source), new Roots(context))));
}

/**
 * Evaluates one expression, with or without its `${{ }}`.
 * @throws NexumError EXPRESSION_FAILED when the expression is wrong or fails.
 */
export function evaluateExpression(source: string, context: ExpressionContext): Json {
  return guarded(source, () => unwrapJson(evaluate(cachedExpression(source), new Roots(context))));
}

/** The names an expression can begin with; each is wrapped when it is first read. */
class Roots extends Dictionary {
  readonly #context: ExpressionContext;
  readonly #wrapped = new Map<string, ExpressionData>();

  constructor(context: ExpressionContext) {
    super();
    this.#context = context;
  }

  override get(name: string): ExpressionData {
    let value = this.#wrapped.get(name);
    if (!value) {
      value = this.#wrap(name);
      this.#wrapped.set(name, value);
    }
    return value;
  }

  #wrap(name: string): ExpressionData {
    switch (name) {
      case 'inputs':
        return wrapJson(this.#context.inputs);
      case 'nodes':
        return wrapJson(this.#context.nodes);
      case 'run':
        return wrapJson(this.#context.run);
      case 'env':
        return wrapJson(this.#context.env ?? {});
      case 'secrets':
        return wrapJson(this.#context.secrets ?? {});
      case 'iteration':
      case 'item':
      case 'index':
        return wrapJson(this.#context[name]);
      default:
        throw nexumError('EXPRESSION_FAILED', `the name \`${name}\` is unknown`);
    }
  }
}

function render(template: Json, roots: Roots): Json {
  if (typeof template === 'string') return template.includes('${{') ? renderText(template, roots) : template;
  if (typeof template !== 'object' || template === null) return template;
  if (isJsonList(template)) return template.map((item) => render(item, roots));
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, render(value, roots)]));
}

function renderText(text: string, roots: Roots): Json {
  return guarded(text, () => {
    const pieces = templates.get(text, parseTemplate);
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined && typeof first !== 'string')
      return unwrapJson(evaluate(first, roots));
    return pieces
      .map((piece) => (typeof piece === 'string' ? piece : inserted(unwrapJson(evaluate(piece, roots)))))
      .join('');
  });
}

function parseTemplate(text: string): readonly TemplatePiece[] {
  return splitTemplate(text).map((part) => (typeof part === 'string' ? part : parseRunnable(part.source)));
}

function parseRunnable(source: string): ParsedExpression {
  const expression = parseExpression(source);
  const unknown = expressionUses(expression).functions.find(({ name }) => !isFunction(name));
  if (unknown) throw nexumError('EXPRESSION_FAILED', `the function \`${unknown.name}\` is unknown`);
  return expression;
}

function cachedExpression(source: string): ParsedExpression {
  return expressions.get(source, () => parseRunnable(unwrapExpression(source).source));
}

function inserted(value: Json): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

function evaluate(expression: ParsedExpression, roots: Roots): ExpressionData {
  return new Evaluator(expression.tree, roots, EXPRESSION_FUNCTIONS).evaluate();
}

function guarded<T>(source: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const shown = source.length > 120 ? `${source.slice(0, 117)}...` : source;
    throw nexumError('EXPRESSION_FAILED', `\`${shown}\`: ${errorMessage(error)}`, { expression: shown }, error);
  }
}
