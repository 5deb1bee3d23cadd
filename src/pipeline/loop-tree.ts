/** Which node stands in which loop. Names are unique over the whole file, and known from the inside outwards. */
import type { Json, JsonObject } from '../core/ir.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';

export interface TreeNode {
  readonly name: string;
  readonly value: Json;
  readonly path: YamlPath;
  /** The loop that it stands in; undefined for those of the pipeline itself. */
  readonly loop: string | undefined;
}

export class LoopTree {
  /** All nodes of the file, loops before what is in them. */
  readonly nodes: ReadonlyMap<string, TreeNode>;
  readonly #repeated: { readonly name: string; readonly path: YamlPath }[] = [];
  readonly #inside = new Map<string | undefined, string[]>();
  /** A free graph has no loops; what is written in one is not looked at. */
  readonly #isGraph: boolean;
  readonly #beside = new Map<string | undefined, NameIndex>();
  readonly #visible = new Map<string | undefined, NameIndex>();

  /** Reports names that stand in the file twice. */
  constructor(document: JsonObject, issues: IssueList) {
    const nodes = new Map<string, TreeNode>();
    this.#isGraph = Object.hasOwn(document, 'graph');
    this.#collect(document['nodes'], ['nodes'], undefined, nodes);
    this.nodes = nodes;
    for (const { name, path } of this.#repeated) {
      const first = issues.sourceOf(nodes.get(name)?.path ?? path);
      const { line, column } = first.keyPosition(nodes.get(name)?.path ?? path);
      const message = `another node is called \`${name}\`, at ${first.file}:${line}:${column}`;
      const fix = 'Choose another name: nodes in loops share their names with all nodes of the file.';
      issues.report('DUPLICATE_KEY', path, message, { at: 'key', fix });
    }
  }

  has(name: string): boolean {
    return this.nodes.has(name);
  }

  loopOf(name: string): string | undefined {
    return this.nodes.get(name)?.loop;
  }

  /** The nodes directly inside a loop. */
  inside(loop: string | undefined): readonly string[] {
    return this.#inside.get(loop) ?? [];
  }

  /** Of the nodes directly inside a loop, or beside all loops. */
  beside(loop: string | undefined): NameIndex {
    const known = this.#beside.get(loop);
    if (known) return known;
    const index = new NameIndex(this.inside(loop));
    this.#beside.set(loop, index);
    return index;
  }

  /** What expressions of the nodes in this loop can name: those beside them, and those beside the loops around. */
  visibleIn(loop: string | undefined): NameIndex {
    const known = this.#visible.get(loop);
    if (known) return known;
    const names = [...this.inside(loop)];
    for (let around = loop; around !== undefined; around = this.loopOf(around))
      names.push(...this.inside(this.loopOf(around)));
    const index = new NameIndex(names);
    this.#visible.set(loop, index);
    return index;
  }

  /** The node itself, or the loop around it that stands directly in `loop`; undefined when none does. */
  ancestorIn(loop: string | undefined, name: string): string | undefined {
    let at: string | undefined = name;
    while (at !== undefined && this.loopOf(at) !== loop) at = this.loopOf(at);
    return at;
  }

  /** What can be named in `loop` of a node that cannot: the loop around it. */
  visibleAncestor(loop: string | undefined, name: string): string | undefined {
    const visible = this.visibleIn(loop);
    let at: string | undefined = name;
    while (at !== undefined && !visible.has(at)) at = this.loopOf(at);
    return at;
  }

  #collect(map: Json | undefined, path: YamlPath, loop: string | undefined, nodes: Map<string, TreeNode>): void {
    if (!isJsonMap(map)) return;
    for (const [name, value] of Object.entries(map)) {
      const at = [...path, name];
      if (nodes.has(name)) {
        this.#repeated.push({ name, path: at });
        continue;
      }
      nodes.set(name, { name, value, path: at, loop });
      const beside = this.#inside.get(loop);
      if (beside) beside.push(name);
      else this.#inside.set(loop, [name]);
    }
    // Names of the outer nodes come first: the inner one of two equal names is the one to change.
    for (const [name, value] of Object.entries(map)) {
      const at = [...path, name];
      const isFirst = nodes.get(name)?.loop === loop;
      if (!this.#isGraph && isFirst && isJsonMap(value) && isJsonMap(value['loop']))
        this.#collect(value['loop']['nodes'], [...at, 'loop', 'nodes'], name, nodes);
    }
  }
}

/** The node that a path leads to or into: the innermost, when loops are around it. */
export function nodeNameOf(path: YamlPath): string {
  let at = 0;
  while (path[at + 2] === 'loop' && path[at + 3] === 'nodes' && path.length > at + 4) at += 3;
  return String(path[at + 1]);
}

/** True for the path of a node, at the top or in a loop. */
export function isNodePath(path: YamlPath): boolean {
  let at = 0;
  while (path[at + 2] === 'loop' && path[at + 3] === 'nodes' && path.length > at + 4) at += 3;
  return path[0] === 'nodes' && path.length === at + 2;
}
