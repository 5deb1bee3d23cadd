/** Checks the `${{ }}` of a pipeline before anything runs: syntax, functions, and that every name exists. */
import type { Json } from '../core/ir.js';
import { FUNCTION_NAMES, isFunction } from './expression-functions.js';
import { ExpressionSyntaxError, parseExpression, splitTemplate, unwrapExpression } from './expression-source.js';
import { expressionUses, type NameUse } from './expression-uses.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';

const ROOTS = new NameIndex(['inputs', 'nodes', 'run', 'iteration', 'env', 'secrets', 'item', 'index']);
const NODE_FIELDS = new NameIndex(['output', 'status', 'error']);
const FUNCTIONS = new NameIndex(FUNCTION_NAMES);

/** Of GitHub's workflows, not of the language. */
const STATUS_FUNCTIONS: ReadonlySet<string> = new Set(['success', 'failure', 'always', 'cancelled', 'hashfiles']);

/** What the expressions of one place can read, and who wants to know of the nodes that they read. */
export interface ExpressionScope {
  readonly inputs: NameIndex;
  /** Absent before an execution exists: then only `inputs` can be read. */
  readonly nodes?: NameIndex;
  /** Absent where `env` cannot be read. */
  readonly env?: NameIndex;
  /** The secrets that the node declares; absent where none can be read. */
  readonly secrets?: NameIndex;
  /** True for what is done with each item of a map: `item` and `index` exist. */
  readonly item?: boolean;
  /** Nodes that exist, but cannot be named here. */
  readonly hidden?: (node: string) => { readonly message: string; readonly fix: string } | undefined;
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

  /** Checks a text that is one expression, with or without its wrapper, such as an `if`. */
  condition(source: string, path: YamlPath, scope: ExpressionScope): void {
    const expression = unwrapExpression(source);
    if (expression.source.includes('${{')) {
      const fix = 'Write the whole expression inside one ${{ }}, or without it.';
      const message = `\`${keyOf(path)}\` is one expression, not text with expressions in it`;
      this.#issues.report('BAD_EXPRESSION', path, message, { fix });
    } else {
      this.#expression(expression.source, expression.index, path, scope);
    }
  }

  /** Refuses `${{ }}` where nothing would evaluate it. */
  refuse(value: Json | undefined, path: YamlPath, fix = 'Move it to `prompt`, `with`, `env` or `if`.'): void {
    if (typeof value !== 'string' || !value.includes('${{')) return;
    const index = value.indexOf('${{');
    const message = `expressions are not evaluated in \`${keyOf(path)}\``;
    this.#issues.report('BAD_EXPRESSION', path, message, { index, fix });
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
    if (!ROOTS.has(use.root)) {
      this.#unknown(`the name \`${use.root}\` is unknown`, ROOTS, use.root, path, at);
      return;
    }
    if (scope.nodes === undefined && use.root !== 'inputs') {
      this.#unreadable(`\`${keyOf(path)}\` can read only \`inputs\``, path, at);
      return;
    }
    switch (use.root) {
      case 'nodes':
        this.#node(use, base, path, scope);
        return;
      case 'inputs':
        this.#field(use, 'there is no input', scope.inputs, base, path);
        return;
      case 'env':
        if (scope.env) this.#field(use, 'there is no env value', scope.env, base, path);
        else this.#unreadable('`env` can be read only in `with` and `prompt`', path, at);
        return;
      case 'secrets':
        if (scope.secrets) this.#field(use, 'the node does not declare the secret', scope.secrets, base, path);
        else this.#unreadable('`secrets` can be read only in `with` and `env` of `uses` nodes', path, at);
        return;
      case 'item':
      case 'index':
        if (scope.item !== true) this.#unreadable(`\`${use.root}\` exists only inside \`map.node\``, path, at);
    }
  }

  #unreadable(message: string, path: YamlPath, index: number): void {
    this.#issues.report('UNKNOWN_NAME', path, message, { index });
  }

  #node(use: NameUse, base: number, path: YamlPath, scope: ExpressionScope): void {
    const { nodes, onNode } = scope;
    const [node, field] = use.steps;
    if (node?.name === undefined) {
      const fix = 'Write nodes.<name>.output with the name of a node.';
      const message = 'an expression must name the nodes that it reads';
      this.#issues.report('BAD_EXPRESSION', path, message, { index: base + use.index, fix });
      return;
    }
    const at = base + (node.index ?? use.index);
    if (nodes?.has(node.name) === true) {
      onNode?.(node.name, path, at);
    } else if (scope.hidden?.(node.name)) {
      const { message = '', fix = '' } = scope.hidden(node.name) ?? {};
      this.#issues.report('NODE_IN_LOOP', path, message, { index: at, fix });
    } else {
      const nearest = nodes?.nearest(node.name);
      const accepted = nodes?.names ?? [];
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
    this.#unknown(`${what} \`${field.name}\``, names, field.name, path, base + (field.index ?? use.index));
  }

  #unknown(message: string, names: NameIndex, name: string, path: YamlPath, index: number): void {
    const nearest = names.nearest(name);
    this.#issues.report('UNKNOWN_NAME', path, message, { index, nearest, accepted: names.names });
  }
}

/** The last key of a path: list indexes say nothing to people. */
function keyOf(path: YamlPath): string {
  return path.findLast((part) => typeof part === 'string') ?? '';
}
