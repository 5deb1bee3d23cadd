/** Checks the loops of a document: what is in them, when they end, and what they wait for. */
import { MAX_TURNS, type Json } from '../core/ir.js';
import type { Dependency } from './dependency-graph.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonMap } from './json-shape.js';
import { splitFeedback, type Flow } from './loop-feedback.js';
import type { LoopTree } from './loop-tree.js';
import type { NameIndex } from './name-index.js';

/** As the IR takes them. */
const MAX_LOOP_DEPTH = 16;

export class LoopCheck {
  readonly #tree: LoopTree;
  readonly #inputs: NameIndex;
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  /** What loops wait for because of what is inside them. */
  readonly #outer: { readonly loop: string; readonly dependency: Dependency }[] = [];

  constructor(tree: LoopTree, inputs: NameIndex, issues: IssueList) {
    this.#tree = tree;
    this.#inputs = inputs;
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
  }

  /** Checks the keys of one loop; what `until` reads outside of it is added to its dependencies. */
  check(name: string, loop: Json | undefined, path: YamlPath, dependencies: Map<string, Dependency>): void {
    if (!isJsonMap(loop)) return;
    const { nodes } = loop;
    if (isJsonMap(nodes) && Object.keys(nodes).length === 0)
      this.#issues.report('NO_NODES', [...path, 'nodes'], `the loop ${name} has no nodes`, {
        at: 'key',
        fix: 'Add at least one node under `nodes` of the loop.',
      });
    this.#until(name, loop['until'], [...path, 'until'], dependencies);
    this.#rounds(name, path);
  }

  /** What nodes cannot name from here, and what to write instead. */
  hidden(loop: string | undefined): (name: string) => { readonly message: string; readonly fix: string } | undefined {
    return (name) => {
      const inside = this.#tree.loopOf(name);
      const shown = this.#tree.visibleAncestor(loop, name);
      if (inside === undefined || shown === undefined) return undefined;
      return {
        message: `the node \`${name}\` exists only inside the loop ${inside}`,
        fix: `Read \`nodes.${shown}.output\`: the output of the last nodes in its last round.`,
      };
    };
  }

  /** Whether a node can wait for another; reports when it cannot. */
  canWait(name: string, on: string, path: YamlPath, isKey: boolean): boolean {
    const loop = this.#tree.loopOf(name);
    if (this.#tree.loopOf(on) === loop) return true;
    const shown = this.#tree.ancestorIn(loop, on);
    const around = loop === undefined ? undefined : this.#tree.ancestorIn(this.#tree.loopOf(on), loop);
    const message =
      shown === undefined
        ? `${name} runs inside the loop ${String(loop)}, and can wait only for nodes of that loop, not for \`${on}\``
        : `\`${on}\` runs inside the loop ${shown}: nothing outside can wait for it`;
    const outside = `Read \`nodes.${on}.output\` in an expression, or write \`needs: ${on}\` at ${around ?? 'the loop'}.`;
    const fix = shown === undefined ? outside : `Name the loop instead: \`${shown}\`.`;
    this.#issues.report('NODE_IN_LOOP', path, message, isKey ? { at: 'key', fix } : { fix });
    return false;
  }

  #until(name: string, until: Json | undefined, path: YamlPath, dependencies: Map<string, Dependency>): void {
    if (typeof until !== 'string') return;
    const inside = new Set(this.#tree.inside(name));
    // By `iteration` it counts rounds.
    let readsLoop = /\biteration\b/.test(until);
    const onNode = (on: string, at: YamlPath, index: number): void => {
      if (inside.has(on)) {
        readsLoop = true;
        return;
      }
      if (!dependencies.has(on)) dependencies.set(on, { on, path: at, index, quiet: true });
      this.outer(name, { on, path: at, index });
    };
    const scope: ExpressionScope = {
      inputs: this.#inputs,
      nodes: this.#tree.visibleIn(name),
      hidden: this.hidden(name),
      onNode,
    };
    this.#expressions.condition(until, path, scope);
    if (readsLoop || inside.size === 0) return;
    const message = `\`until\` reads no node of the loop ${name}: it is the same after every round`;
    this.#issues.report('UNTIL_NEVER_CHANGES', path, message, { severity: 'warning' });
  }

  /** Notes what a node reads: if it stands outside of the loop around the node, that loop has to wait for it. */
  outer(name: string, { on, path, index }: Dependency): void {
    const around = this.#tree.ancestorIn(this.#tree.loopOf(on), name);
    if (around === undefined || around === name || this.#tree.loopOf(name) === this.#tree.loopOf(on)) return;
    this.#outer.push({
      loop: around,
      dependency: { on, path, ...(index === undefined ? {} : { index }), quiet: true },
    });
  }

  /** What nodes wait for, and read: with what loops wait for because of what is inside them. */
  flow(found: Map<string, Dependency[]>): Flow {
    for (const { loop, dependency } of this.#outer) {
      const list = found.get(loop);
      if (list?.some(({ on }) => on === dependency.on) === false) list.push(dependency);
    }
    return splitFeedback(found, this.#tree, this.#issues);
  }

  /** Rounds multiply. */
  #rounds(name: string, path: YamlPath): void {
    let rounds = 1;
    let depth = 0;
    for (let at: string | undefined = name; at !== undefined; at = this.#tree.loopOf(at)) {
      rounds *= iterationsOf(this.#tree.nodes.get(at)?.value);
      depth += 1;
    }
    const at = [...path, 'max_iterations'];
    if (depth > MAX_LOOP_DEPTH) {
      const fix = 'Put the inner loops into a pipeline of their own.';
      this.#issues.report('BAD_LIMIT', path, `loops may be nested ${MAX_LOOP_DEPTH} deep`, { at: 'key', fix });
    } else if (depth > 1 && rounds > MAX_TURNS) {
      const message = `with the loops around it, ${name} may run ${rounds} rounds; at most ${MAX_TURNS} are allowed`;
      this.#issues.report('BAD_LIMIT', at, message, { fix: 'Lower `max_iterations` here, or of a loop around it.' });
    }
  }
}

function iterationsOf(node: Json | undefined): number {
  const loop = isJsonMap(node) ? node['loop'] : undefined;
  const count = isJsonMap(loop) ? loop['max_iterations'] : undefined;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 1;
}
