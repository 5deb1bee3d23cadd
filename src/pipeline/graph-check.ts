/**
 * Checks `graph` and what nodes say in one. Works on the untyped document, so that a wrong shape in one place hides no
 * problem in another; what only holds of the graph as a whole is checked when all its edges are right by themselves.
 */
import { canonicalJson } from '../core/canonical-json.js';
import type { Json, JsonObject } from '../core/ir.js';
import { USER } from '../core/thread.js';
import type { Dependency } from './dependency-graph.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import { CONDITION_WORDS, STOP_WORDS } from './graph-model.js';
import { checkEdges, checkStructure } from './graph-structure-check.js';
import type { GraphEdge } from './graph-structure.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import type { NameIndex } from './name-index.js';
import { kindsOf, type NodeKind } from './node-kinds.js';
import { findPatternProblem } from './pattern.js';
import { namesOf, type Placed, type WorkCheck } from './work-check.js';

/** Keys of nodes that say when they run, and what to write in a graph instead. */
const FLOW_KEYS: Readonly<Record<string, string>> = {
  needs: 'Write an edge under `graph.edges`: `{ from: <node>, to: <this node> }`.',
  if: 'Write the condition as `when` of the edges that lead to the node.',
  join: 'Write `activation_condition: any` at the edges that lead to the node, or nothing for `all`.',
  route: 'Make it a `compute` node, and write each route as an edge with `when`; all edges whose `when` holds fire.',
  loop: 'Write an edge that leads back, with `when`, and `max_turns` for the graph.',
  continue_on_error: 'Remove it: what can fail without harm belongs into a pipeline of its own, without `graph`.',
};

const NO_EXPRESSIONS = 'Write the whole condition as one `${{ }}`: `when: ${{ ... }}`.';

export class GraphCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #work: WorkCheck;
  readonly #inputs: NameIndex;
  readonly #nodes: NameIndex;
  readonly #nodeMap: JsonObject;
  /** Whether all names of edges and entries exist. */
  #sound = true;

  constructor(document: JsonObject, work: WorkCheck, issues: IssueList) {
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#work = work;
    this.#inputs = namesOf(document['inputs']);
    this.#nodes = namesOf(document['nodes']);
    this.#nodeMap = isJsonMap(document['nodes']) ? document['nodes'] : {};
  }

  /** Checks what is special about a node of a graph. */
  node(name: string, { value, path }: Placed, kind: NodeKind | undefined): void {
    if (name === USER) {
      const message = `no node of a graph can be called \`${USER}\`: so the messages of the user are signed`;
      this.#issues.report('BAD_NAME', path, message, { at: 'key', fix: 'Give the node another name.' });
    }
    for (const [key, fix] of Object.entries(FLOW_KEYS)) {
      if (!Object.hasOwn(value, key)) continue;
      const message = `\`${key}\` has no meaning in a graph, whose edges say when ${name} runs`;
      this.#issues.report('MIXED_FLOW', [...path, key], message, { at: 'key', fix });
    }
    this.#history(value['history'], [...path, 'history']);
    if (!Object.hasOwn(value, 'history') || kind === undefined || kind === 'agent') return;
    const fix = 'Remove it, or make this an agent node.';
    const message = '`history` belongs to `agent` nodes: nobody else hears messages';
    this.#issues.report('UNKNOWN_KEY', [...path, 'history'], message, { at: 'key', fix });
  }

  /** Checks `graph`; adds to what each node reads: the sources of its edges, and what their conditions name. */
  graph(graph: JsonObject, reads: ReadonlyMap<string, Dependency[]>): void {
    const entry = this.#entry(graph['entry']);
    this.#expressions.template(graph['task'], ['graph', 'task'], { inputs: this.#inputs });
    this.#stop(graph['stop_when'], ['graph', 'stop_when']);
    const edges = this.#edges(graph['edges'], reads);
    checkEdges(edges, this.#issues);
    const limited = ['max_turns', 'max_messages', 'stop_when'].some((key) => graph[key] !== undefined);
    if (this.#sound) checkStructure({ nodes: this.#nodes.names, edges, entry, limited }, this.#issues);
  }

  #entry(entry: Json | undefined): readonly string[] | undefined {
    if (entry === undefined) return undefined;
    const names = isJsonList(entry) ? entry : [entry];
    names.forEach((name, index) => {
      const path = ['graph', 'entry'];
      this.#sound &&= this.#known(name, isJsonList(entry) ? [...path, index] : path);
    });
    return names.filter((name) => typeof name === 'string');
  }

  #edges(written: Json | undefined, reads: ReadonlyMap<string, Dependency[]>): GraphEdge[] {
    if (!isJsonList(written)) {
      this.#sound = false;
      return [];
    }
    const edges: GraphEdge[] = [];
    const known = new Set<string>();
    written.forEach((edge, index) => {
      const path = ['graph', 'edges', index];
      const read = isJsonMap(edge) ? this.#edge({ value: edge, path }, index, reads) : undefined;
      if (!read) {
        this.#sound = false;
        return;
      }
      edges.push(read);
      const when = isJsonMap(edge) ? edge['when'] : undefined;
      const same = canonicalJson([read.from, read.to, read.group, when ?? null]);
      if (known.has(same))
        this.#issues.report('DUPLICATE_EDGE', path, `this edge ${read.from} -> ${read.to} stands here twice`);
      known.add(same);
    });
    return edges;
  }

  #edge({ value, path }: Placed, index: number, reads: ReadonlyMap<string, Dependency[]>): GraphEdge | undefined {
    const { from, to, when } = value;
    const group = value['activation_group'];
    const source = this.#known(from, [...path, 'from']);
    const target = this.#known(to, [...path, 'to']);
    const ownReads = typeof from === 'string' ? reads.get(from) : undefined;
    const onNode = (on: string, at: YamlPath): void => void ownReads?.push({ on, path: at });
    this.#when(when, { value, path: [...path, 'when'] }, { inputs: this.#inputs, nodes: this.#nodes, onNode });
    if (!source || !target || typeof from !== 'string' || typeof to !== 'string') return undefined;
    reads.get(to)?.push({ on: from, path: [...path, 'from'] });
    return {
      index,
      from,
      to,
      conditional: when !== undefined,
      group: typeof group === 'string' ? group : to,
      activation: value['activation_condition'] === 'any' ? 'any' : 'all',
    };
  }

  #when(when: Json | undefined, { value: edge, path }: Placed, scope: ExpressionScope): void {
    if (typeof when === 'string') {
      if (when.includes('${{')) this.#expressions.condition(when, path, scope);
      else {
        const fix = 'Write `{ contains: <text> }`, or an expression inside one `${{ }}`.';
        this.#issues.report('BAD_VALUE', path, '`when` is a text, but no expression', { fix });
      }
      return;
    }
    if (!isJsonMap(when)) return;
    this.#oneWord(when, path, CONDITION_WORDS);
    const { matches, handler, ...values } = when;
    for (const [word, value] of Object.entries({ matches, ...values })) this.#refuse(value, [...path, word]);
    const problem = typeof matches === 'string' && matches !== '' ? findPatternProblem(matches) : undefined;
    if (problem !== undefined) this.#issues.report('BAD_PATTERN', [...path, 'matches'], problem);
    if (typeof handler === 'string') this.#handler(handler, edge['from'], [...path, 'handler']);
  }

  #handler(handler: string, from: Json | undefined, path: YamlPath): void {
    this.#work.handler(handler, path);
    if (typeof from !== 'string' || !this.#nodes.has(from)) return;
    const node = this.#nodeMap[from];
    if (!isJsonMap(node)) return;
    const step = isJsonMap(node['reduce']) ? node['reduce'] : node;
    const kinds = kindsOf(step);
    if (kinds.length !== 1 || kinds[0] === 'agent' || kinds[0] === 'uses') return;
    const message = `\`handler\` is asked by the worker that ran the source, but the server runs ${from} itself`;
    const fix = 'Write another condition, or an expression, or lead the edge through a `uses` node.';
    this.#issues.report('BAD_VALUE', path, message, { fix });
  }

  #stop(stop: Json | undefined, path: YamlPath): void {
    if (!isJsonMap(stop)) return;
    this.#oneWord(stop, path, STOP_WORDS);
    this.#refuse(stop['text_mention'], [...path, 'text_mention']);
    if (isJsonList(stop['sources'])) {
      if (!Object.hasOwn(stop, 'text_mention')) {
        const message = '`sources` belongs to `text_mention`';
        const fix = 'Add `text_mention`, or remove `sources`.';
        this.#issues.report('UNKNOWN_KEY', [...path, 'sources'], message, { at: 'key', fix });
      }
      stop['sources'].forEach((source, index) => this.#known(source, [...path, 'sources', index]));
    }
    for (const word of ['any', 'all']) {
      const list = stop[word];
      if (isJsonList(list)) list.forEach((item, index) => this.#stop(item, [...path, word, index]));
    }
  }

  #history(history: Json | undefined, path: YamlPath): void {
    if (!isJsonList(history)) return;
    history.forEach((filter, index) => {
      if (!isJsonMap(filter)) return;
      if (filter['source'] !== USER) this.#known(filter['source'], [...path, index, 'source'], [USER]);
      this.#oneWord(filter, [...path, index], ['first', 'last']);
    });
  }

  #oneWord(map: JsonObject, path: YamlPath, words: readonly string[]): void {
    const given = words.filter((word) => Object.hasOwn(map, word));
    // Whoever mistyped the word is told so by the check of the shape.
    if (given.length === 1 || (given.length === 0 && Object.keys(map).some((key) => isStray(key, words)))) return;
    const what = path.findLast((part) => typeof part === 'string') ?? '';
    const fix = `Write one of ${words.join(', ')}.`;
    if (given.length === 0) this.#issues.report('MISSING_KEY', path, `\`${what}\` says nothing`, { fix });
    else {
      const both = given.map((word) => `\`${word}\``).join(' and ');
      this.#issues.report('BAD_VALUE', path, `\`${what}\` has ${both}, but only one can be meant`, { fix });
    }
  }

  #refuse(value: Json | undefined, path: YamlPath): void {
    if (typeof value === 'string') this.#expressions.refuse(value, path, NO_EXPRESSIONS);
    else if (isJsonList(value)) value.forEach((item, index) => this.#refuse(item, [...path, index]));
    else if (isJsonMap(value)) for (const [key, item] of Object.entries(value)) this.#refuse(item, [...path, key]);
  }

  #known(name: Json | undefined, path: YamlPath, also: readonly string[] = []): boolean {
    if (typeof name !== 'string') return false;
    if (this.#nodes.has(name)) return true;
    const details = { nearest: this.#nodes.nearest(name), accepted: [...this.#nodes.names, ...also] };
    this.#issues.report('UNKNOWN_NODE', path, `there is no node \`${name}\``, details);
    return false;
  }
}

/** Whether a key is no word of any list: `sources` and `source` stand beside words. */
function isStray(key: string, words: readonly string[]): boolean {
  return !words.includes(key) && key !== 'sources' && key !== 'source';
}
