/**
 * Checks what the model cannot say about nodes: their kind, the names in them, their schemas and expressions. Works on
 * the untyped document, so that a wrong shape in one place hides no problem in another.
 */
import type { Json, JsonObject } from '../core/ir.js';
import type { ChildPipelines } from './child-pipelines.js';
import { ControlCheck } from './control-check.js';
import type { Dependency } from './dependency-graph.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import { GraphCheck } from './graph-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { LoopCheck } from './loop-check.js';
import type { Flow } from './loop-feedback.js';
import { LoopTree, type TreeNode } from './loop-tree.js';
import type { NameIndex } from './name-index.js';
import { NODE_KINDS } from './node-kinds.js';
import { namesOf, WorkCheck, type KnownNames, type Placed } from './work-check.js';

export class NodeCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #work: WorkCheck;
  readonly #control: ControlCheck;
  readonly #inputs: NameIndex;
  readonly #tree: LoopTree;
  readonly #loops: LoopCheck;
  /** The routes that lead to a node, by its name. */
  readonly #routes = new Map<string, Dependency[]>();
  /** Present when the nodes form a free graph. */
  readonly #graph: GraphCheck | undefined;

  constructor(document: JsonObject, known: KnownNames, children: ChildPipelines, issues: IssueList) {
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#work = new WorkCheck(document, known, issues);
    this.#control = new ControlCheck(this.#work, children, issues);
    this.#inputs = namesOf(document['inputs']);
    this.#tree = new LoopTree(document, issues);
    this.#loops = new LoopCheck(this.#tree, this.#inputs, issues);
    this.#graph = Object.hasOwn(document, 'graph') ? new GraphCheck(document, this.#work, issues) : undefined;
    if (this.#graph) return;
    for (const node of this.#tree.nodes.values()) this.#collectRoutes(node);
  }

  /** Checks all nodes; returns what each needs and reads. */
  nodes(): Map<string, Dependency[]> {
    const found = new Map<string, Dependency[]>();
    for (const { name, value, path } of this.#tree.nodes.values())
      found.set(name, isJsonMap(value) ? this.#node(name, { value, path }) : []);
    return found;
  }

  /** What nodes wait for, and what they only read. */
  flow(found: Map<string, Dependency[]>): Flow {
    return this.#loops.flow(found);
  }

  /**
   * Checks one node; returns its dependencies on existing nodes: `needs`, routes to it, then those of expressions. In a
   * graph nothing waits for them: they are what the node reads.
   */
  #node(name: string, node: Placed): Dependency[] {
    const { value } = node;
    const kind = this.#work.kind(node, NODE_KINDS);
    const dependencies = this.#graph
      ? new Map<string, Dependency>()
      : this.#needs(name, value['needs'], [...node.path, 'needs']);
    this.#routesTo(name, node, dependencies);
    if (this.#graph) this.#graph.node(name, node, kind);
    else this.#noHistory(node);
    this.#reduceOf(name, value['reduce'], [...node.path, 'reduce', 'of'], dependencies);
    const scope = this.#scope(name, dependencies);
    if (typeof value['if'] === 'string') this.#expressions.condition(value['if'], [...node.path, 'if'], scope);
    if (isJsonMap(value['labels'])) {
      for (const [label, text] of Object.entries(value['labels']))
        this.#expressions.refuse(text, [...node.path, 'labels', label]);
    }
    this.#control.check(node, kind, scope);
    if (!this.#graph) this.#loops.check(name, value['loop'], [...node.path, 'loop'], dependencies);
    return [...dependencies.values()];
  }

  servers(): void {
    this.#work.servers();
  }

  /** Checks an agent under `agents`. */
  agent(agent: Json | undefined, path: YamlPath): void {
    this.#work.agent(agent, path);
  }

  /** Checks `graph`; adds what its edges let nodes read. Returns whether there is one. */
  graph(graph: Json | undefined, reads: ReadonlyMap<string, Dependency[]>): boolean {
    if (isJsonMap(graph)) this.#graph?.graph(graph, reads);
    return this.#graph !== undefined;
  }

  pipelineOutput(output: Json | undefined): void {
    this.#expressions.template(output, ['output'], {
      inputs: this.#inputs,
      nodes: this.#tree.visibleIn(undefined),
      hidden: this.#loops.hidden(undefined),
    });
  }

  #noHistory({ value, path }: Placed): void {
    if (!Object.hasOwn(value, 'history')) return;
    const fix = 'Remove it, or connect the nodes with `graph` instead of `needs`.';
    const message = '`history` belongs to agents of a graph: nobody else hears messages';
    this.#issues.report('UNKNOWN_KEY', [...path, 'history'], message, { at: 'key', fix });
  }

  #collectRoutes({ name, value, path: at }: TreeNode): void {
    if (!isJsonMap(value) || !isJsonList(value['route'])) return;
    value['route'].forEach((route, index) => {
      if (!isJsonMap(route)) return;
      for (const key of ['to', 'default']) {
        const target = route[key];
        if (typeof target !== 'string') continue;
        const path = [...at, 'route', index, key];
        if (!this.#exists(name, target, path)) continue;
        const routes = this.#routes.get(target) ?? [];
        if (!routes.some(({ on }) => on === name)) routes.push({ on: name, path });
        this.#routes.set(target, routes);
      }
    });
  }

  #routesTo(name: string, { value, path }: Placed, dependencies: Map<string, Dependency>): void {
    const { needs } = value;
    for (const route of this.#routes.get(name) ?? []) {
      const condition = isJsonMap(needs) ? needs[route.on] : undefined;
      if (typeof condition === 'string' && condition !== 'succeeded') {
        const message = `${route.on} routes to ${name}, so ${name} can only need that it \`succeeded\``;
        const fix = `Remove ${route.on} from \`needs\`: the route is the dependency.`;
        this.#issues.report('BAD_VALUE', [...path, 'needs', route.on], message, { fix });
      }
      if (!dependencies.has(route.on)) dependencies.set(route.on, route);
    }
  }

  #reduceOf(name: string, reduce: Json | undefined, path: YamlPath, dependencies: Map<string, Dependency>): void {
    const of = isJsonMap(reduce) ? reduce['of'] : undefined;
    if (typeof of !== 'string') return;
    if (!this.#exists(name, of, path)) return;
    if (!dependencies.has(of)) dependencies.set(of, { on: of, path });
    const node = this.#tree.nodes.get(of)?.value;
    if (!isJsonMap(node) || Object.hasOwn(node, 'map')) return;
    const fix = 'Name a node with `map`, or use `uses` or `compute` without `reduce`.';
    this.#issues.report('BAD_VALUE', path, `${of} is no \`map\` node`, { fix });
  }

  #needs(node: string, needs: Json | undefined, path: YamlPath): Map<string, Dependency> {
    const dependencies = new Map<string, Dependency>();
    for (const [name, at] of neededNames(needs, path)) {
      if (typeof name !== 'string') continue;
      if (this.#exists(node, name, at, isJsonMap(needs)) && !dependencies.has(name))
        dependencies.set(name, { on: name, path: at });
    }
    return dependencies;
  }

  /** Whether `name` can wait for a node, or lead to it; reports when it cannot. */
  #exists(name: string, other: string, path: YamlPath, isKey = false): boolean {
    if (this.#tree.has(other)) return this.#loops.canWait(name, other, path, isKey);
    const beside = this.#tree.beside(this.#tree.loopOf(name));
    const details = { nearest: beside.nearest(other), accepted: beside.names };
    const message = `there is no node \`${other}\``;
    this.#issues.report('UNKNOWN_NODE', path, message, isKey ? { ...details, at: 'key' } : details);
    return false;
  }

  #scope(name: string, dependencies: Map<string, Dependency>): ExpressionScope {
    const loop = this.#tree.loopOf(name);
    const onNode = (on: string, path: YamlPath, index: number): void => {
      if (dependencies.has(on)) return;
      this.#loops.outer(name, { on, path, index });
      dependencies.set(on, { on, path, index });
      // A node that reads itself is a cycle, and reported as one; in a graph it reads what it said before.
      // In a loop it is known later what the node waits for.
      if (on === name || this.#graph || loop !== undefined) return;
      const message = `the node ${name} reads \`${on}\` without it in \`needs\``;
      this.#issues.report('IMPLICIT_DEPENDENCY', path, message, { severity: 'warning', index });
    };
    return { inputs: this.#inputs, nodes: this.#tree.visibleIn(loop), hidden: this.#loops.hidden(loop), onNode };
  }
}

/** The names in `needs` with their places: of a map its keys. */
function neededNames(needs: Json | undefined, path: YamlPath): readonly (readonly [Json, YamlPath])[] {
  if (isJsonList(needs)) return needs.map((item, index) => [item, [...path, index]] as const);
  if (isJsonMap(needs)) return Object.keys(needs).map((name) => [name, [...path, name]] as const);
  return [[needs ?? null, path]];
}
