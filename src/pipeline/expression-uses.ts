/** Static analysis: the names and functions that an expression uses, and where. */
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Star,
  Unary,
  type Expr,
} from '@actions/expressions/ast';
import { Kind } from '@actions/expressions/data/index';
import type { Token } from '@actions/expressions/lexer';
import { tokenOffsets, type ParsedExpression } from './expression-source.js';

/** One `.name` or `[...]` behind a root. `name` is absent for `*` and for indexes known only at run time. */
interface PathStep {
  readonly name?: string;
  readonly index?: number;
}

export interface NameUse {
  readonly root: string;
  /** UTF-16 units from the start of the expression's source. */
  readonly index: number;
  readonly steps: readonly PathStep[];
}

interface FunctionUse {
  readonly name: string;
  readonly index: number;
}

interface ExpressionUses {
  readonly names: readonly NameUse[];
  readonly functions: readonly FunctionUse[];
}

/** Lists every use in the order of the source. Iterative: a chain of `==` can be thousands of levels deep. */
export function expressionUses(expression: ParsedExpression): ExpressionUses {
  const offsets = tokenOffsets(expression.source, expression.tokens);
  const at = (token: Token): number => offsets.get(token) ?? 0;
  const names: NameUse[] = [];
  const functions: FunctionUse[] = [];
  const open: Expr[] = [expression.tree];
  for (let tree = open.pop(); tree; tree = open.pop()) {
    if (tree instanceof FunctionCall) {
      functions.push({ name: tree.functionName.lexeme, index: at(tree.functionName) });
      open.push(...tree.args);
    } else if (tree instanceof IndexAccess || tree instanceof ContextAccess) {
      const name = readChain(tree, at, open);
      if (name) names.push(name);
    } else {
      open.push(...children(tree));
    }
  }
  const inOrder = (a: FunctionUse | NameUse, b: FunctionUse | NameUse): number => a.index - b.index;
  return { names: names.sort(inOrder), functions: functions.sort(inOrder) };
}

/** Reads `root.a['b'].*` from its end to its root; what stands inside brackets is left for the caller in `open`. */
function readChain(tree: Expr, at: (token: Token) => number, open: Expr[]): NameUse | undefined {
  const steps: PathStep[] = [];
  let base = tree;
  while (base instanceof IndexAccess || base instanceof Grouping) {
    if (base instanceof Grouping) {
      base = base.group;
      continue;
    }
    steps.push(readStep(base.index, at));
    if (!(base.index instanceof Star)) open.push(base.index);
    base = base.expr;
  }
  if (base instanceof ContextAccess) return { root: base.name.lexeme, index: at(base.name), steps: steps.reverse() };
  open.push(base);
  return undefined;
}

function readStep(index: Expr, at: (token: Token) => number): PathStep {
  if (!(index instanceof Literal) || index.literal.kind !== Kind.String) return {};
  return { name: index.literal.value, index: at(index.token) };
}

function children(tree: Expr): readonly Expr[] {
  if (tree instanceof Unary) return [tree.expr];
  if (tree instanceof Binary) return [tree.left, tree.right];
  if (tree instanceof Logical) return tree.args;
  return tree instanceof Grouping ? [tree.group] : [];
}
