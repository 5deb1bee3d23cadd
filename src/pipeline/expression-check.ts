/** Checks the `${{ }}` of a pipeline before anything runs: syntax, functions, and that every name exists. */
import type { Json } from '../core/ir.js';
import { FUNCTION_NAMES, isFunction } from './expression-functions.js';
import { ExpressionSyntaxError, parseExpression, splitTemplate, unwrapExpression } from './expression-source.js';
import { expressionUses, type NameUse } from './expression-uses.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';

const ROOTS = new NameIndex(['inputs', 'nodes', 'run', 'iteration', 'env']);
const LATER_ROOTS: ReadonlySet<string> = new Set(['item', 'index', 'secrets']);
const NODE_FIELDS = new NameIndex(['output', 'status', 'error']);
const FUNCTIONS = new NameIndex(FUNCTION_NAMES);

/** Of GitHub's workflows, not of the language. */
const STATUS_FUNCTIONS: ReadonlySet<string> = new Set(['success', 'failure', 'always', 'cancelled', 'hashfiles']);

/** What the expressions of one place can read, and who wants to know of the nodes that they read. */
export interface ExpressionScope {
  readonly inputs: NameIndex;
  readonly nodes: NameIndex;
  /** Absent where `env` cannot be read. */
  readonly env?: NameIndex;
  readonly onNode?: (node: string, path: YamlPath, index: number) => void;
}

export class ExpressionCheck {
  readonly #issues: IssueList;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  /** Checks the texts of a template at any depth. */
  template(value: Json | undefined, path: YamlPath, scope: ExpressionScope): void {
    if (typeof value === 'string') {
      if (value.includes('${{')) this.#text(value, path, scope);
    } else if (isJsonList(value)) {
      value.forEach((item, index) => this.template(item, [...path, index], scope));
    } else if (isJsonMap(value)) {
      for (const [key, child] of Object.entries(value)) this.template(child, [...path, key], scope);
    }
  }

  /** Checks an `if`: one expression, with or without its wrapper. */
  condition(source: string, path: YamlPath, scope: ExpressionScope): void {
    const expression = unwrapExpression(source);
    if (expression.source.includes('${{')) {
      const fix = 'Write the whole condition inside one ${{ }}, or without it.';
      this.#issues.report('BAD_EXPRESSION', path, '`if` is one expression, not text with expressions in it', { fix });
    } else {
      this.#expression(expression.source, expression.index, path, scope);
    }
  }

  /** Refuses `${{ }}` where nothing would evaluate it. */
  refuse(value: Json | undefined, path: YamlPath): void {
    if (typeof value !== 'string' || !value.includes('${{')) return;
    const index = value.indexOf('${{');
    const fix = 'Move it to `prompt`, `with`, `env` or `if`.';
    this.#issues.report('BAD_EXPRESSION', path, `expressions are not evaluated in \`${String(path.at(-1))}\``, {
      index,
      fix,
    });
  }

  #text(text: string, path: YamlPath, scope: ExpressionScope): void {
    try {
      for (const part of splitTemplate(text)) {
        if (typeof part !== 'string') this.#expression(part.source, part.index, path, scope);
      }
    } catch (error) {
      this.#syntax(error, 0, path);
    }
  }

  #expression(source: string, base: number, path: YamlPath, scope: ExpressionScope): void {
    try {
      const uses = expressionUses(parseExpression(source));
      for (const { name, index } of uses.functions)
        if (!isFunction(name)) this.#unknownFunction(name, path, base + index);
      for (const use of uses.names) this.#name(use, base, path, scope);
    } catch (error) {
      this.#syntax(error, base, path);
    }
  }

  #syntax(error: unknown, base: number, path: YamlPath): void {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    this.#issues.report('BAD_EXPRESSION', path, error.message, { index: base + error.index });
  }

  #unknownFunction(name: string, path: YamlPath, index: number): void {
    if (STATUS_FUNCTIONS.has(name.toLowerCase())) {
      const fix = 'Ask for the status of a node: nodes.<name>.status.';
      this.#issues.report('UNKNOWN_NAME', path, `\`${name}()\` exists only on GitHub`, { index, fix });
    } else {
      this.#unknown(`the function \`${name}\` is unknown`, FUNCTIONS, name, path, index);
    }
  }

  #name(use: NameUse, base: number, path: YamlPath, scope: ExpressionScope): void {
    const at = base + use.index;
    switch (use.root) {
      case 'nodes':
        this.#node(use, base, path, scope);
        return;
      case 'inputs':
        this.#field(use, 'input', scope.inputs, base, path);
        return;
      case 'env':
        if (scope.env) this.#field(use, 'env value', scope.env, base, path);
        else this.#issues.report('UNKNOWN_NAME', path, '`env` can be read only in `with` and `prompt`', { index: at });
        return;
      case 'run':
      case 'iteration':
        return;
      default:
        if (LATER_ROOTS.has(use.root)) {
          this.#issues.report('UNKNOWN_NAME', path, `\`${use.root}\` comes in a later release`, { index: at });
        } else {
          this.#unknown(`the name \`${use.root}\` is unknown`, ROOTS, use.root, path, at);
        }
    }
  }

  #node(use: NameUse, base: number, path: YamlPath, scope: ExpressionScope): void {
    const [node, field] = use.steps;
    if (node?.name === undefined) {
      const fix = 'Write nodes.<name>.output with the name of a node.';
      const message = 'an expression must name the nodes that it reads';
      this.#issues.report('BAD_EXPRESSION', path, message, { index: base + use.index, fix });
      return;
    }
    const at = base + (node.index ?? use.index);
    if (scope.nodes.has(node.name)) {
      scope.onNode?.(node.name, path, at);
    } else {
      const nearest = scope.nodes.nearest(node.name);
      const accepted = scope.nodes.names;
      this.#issues.report('UNKNOWN_NODE', path, `there is no node \`${node.name}\``, { index: at, nearest, accepted });
    }
    if (field?.name !== undefined && !NODE_FIELDS.has(field.name)) {
      this.#unknown(
        `a node has no \`${field.name}\``,
        NODE_FIELDS,
        field.name,
        path,
        base + (field.index ?? use.index),
      );
    }
  }

  #field(use: NameUse, what: string, names: NameIndex, base: number, path: YamlPath): void {
    const [field] = use.steps;
    if (field?.name === undefined || names.has(field.name)) return;
    this.#unknown(`there is no ${what} \`${field.name}\``, names, field.name, path, base + (field.index ?? use.index));
  }

  #unknown(message: string, names: NameIndex, name: string, path: YamlPath, index: number): void {
    const nearest = names.nearest(name);
    this.#issues.report('UNKNOWN_NAME', path, message, { index, nearest, accepted: names.names });
  }
}
