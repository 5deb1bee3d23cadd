/** The graph of a team: AutoGen's DiGraph becomes edges and entries. */
import type { YamlPath } from '../issue.js';
import { GroupNames, type NodeNames } from './node-names.js';
import type { Place } from './place.js';

export interface ImportedEdge {
  /** As AutoGen names them. */
  readonly from: string;
  readonly to: string;
  readonly condition: string | undefined;
  readonly path: YamlPath;
  readonly place: Place;
  /** As the pipeline names it; undefined: the group of the target. */
  readonly group: string | undefined;
  readonly activation: 'all' | 'any';
}

export interface ImportedGraph {
  /** Names of AutoGen, in the order of the file. */
  readonly nodes: readonly string[];
  readonly entry: readonly string[];
  readonly edges: readonly ImportedEdge[];
}

const NO_FUNCTION =
  'Write the condition as a text, in AutoGen or in this file; other conditions can be written in the pipeline by hand.';

export class GraphImport {
  readonly #place: Place;
  readonly #names: NodeNames;
  readonly #groups = new Map<string, GroupNames>();
  /** Old dumps have no `activation_condition` at edges; there `activation` of the target decides. */
  readonly #oldActivation: ReadonlyMap<string, Place>;

  constructor(place: Place, names: NodeNames) {
    this.#place = place;
    this.#names = names;
    this.#oldActivation = this.#findOldActivation();
  }

  import(): ImportedGraph {
    const place = this.#place;
    place.only(['nodes', 'default_start_node']);
    const nodes = place.at('nodes').entries();
    const edges = nodes.flatMap(([name, node]) => this.#node(name, node));
    return { nodes: nodes.map(([name]) => name), entry: this.#entry(nodes, edges), edges };
  }

  #node(name: string, node: Place): ImportedEdge[] {
    if (!node.map()) return [];
    node.only(['name', 'edges', 'activation']);
    node.at('activation').choice(['all', 'any']);
    const inner = node.at('name').text();
    if (inner !== undefined && inner !== name) {
      const message = `the node ${JSON.stringify(name)} calls itself ${JSON.stringify(inner)}`;
      node.at('name').refuse(message, 'Give both the name of the agent.', 'BAD_VALUE');
    }
    return node
      .at('edges')
      .items()
      .flatMap((edge) => this.#edge(name, edge) ?? []);
  }

  #edge(from: string, edge: Place): ImportedEdge | undefined {
    if (!edge.map()) return undefined;
    edge.only(['target', 'condition', 'condition_function', 'activation_group', 'activation_condition']);
    const to = edge.at('target').text();
    const condition = this.#condition(edge);
    if (to === undefined) return undefined;
    if (!this.#names.has(to)) {
      edge.at('target').unknownNode(`no node is called ${JSON.stringify(to)}`, this.#names, to);
      return undefined;
    }
    const group = this.#groupsOf(to).of(edge.at('activation_group').optionalText() ?? '');
    return { from, to, condition, path: edge.path, place: edge, group, activation: this.#activation(to, edge) };
  }

  #condition(edge: Place): string | undefined {
    const lost = edge.at('condition_function');
    if (!lost.absent) lost.refuse('the condition is a Python function, which does not run here', NO_FUNCTION);
    const condition = edge.at('condition');
    if (condition.absent) return undefined;
    if (typeof condition.value !== 'string') {
      condition.refuse('the condition is no text', NO_FUNCTION);
      return undefined;
    }
    if (condition.value === '') {
      const message = 'every message has the empty text in it, so this condition always holds';
      condition.refuse(message, 'Write a text, or null at all edges of the node.', 'BAD_VALUE');
    }
    return condition.value;
  }

  #activation(to: string, edge: Place): 'all' | 'any' {
    const written = edge.at('activation_condition');
    return written.absent && this.#oldActivation.has(to) ? 'any' : written.choice(['all', 'any']);
  }

  #groupsOf(target: string): GroupNames {
    const known = this.#groups.get(target);
    if (known) return known;
    const groups = new GroupNames(target, this.#names.of(target));
    this.#groups.set(target, groups);
    return groups;
  }

  #entry(nodes: readonly [string, Place][], edges: readonly ImportedEdge[]): string[] {
    const start = this.#place.at('default_start_node');
    const written = start.optionalText();
    if (written === undefined || written === '') {
      const targets = new Set(edges.map(({ to }) => to));
      return nodes.map(([name]) => name).filter((name) => !targets.has(name));
    }
    if (this.#names.has(written)) return [written];
    start.unknownNode(`no node is called ${JSON.stringify(written)}`, this.#names, written);
    return [];
  }

  /** Nodes with `activation: any`, when edges do not say it; otherwise GraphFlow never reads it, and neither do we. */
  #findOldActivation(): ReadonlyMap<string, Place> {
    const nodes = this.#place.at('nodes').entries();
    const any = nodes.filter(([, node]) => node.at('activation').value === 'any');
    if (any.length === 0) return new Map();
    const told = nodes.some(([, node]) => {
      const { value } = node.at('edges');
      return (
        Array.isArray(value) &&
        node
          .at('edges')
          .items()
          .some((edge) => !edge.at('activation_condition').absent)
      );
    });
    if (!told) return new Map(any.map(([name, node]) => [name, node.at('activation')]));
    for (const [name, node] of any) {
      const message = `\`activation\` of ${name} is not taken over: GraphFlow reads \`activation_condition\` of the edges`;
      node.at('activation').warn(message, 'Check that the edges to it say what you mean.');
    }
    return new Map();
  }
}

/** Nodes that may run more than once: those on cycles, and between two of them. O(nodes + edges) */
export function repeatedNodes(nodes: readonly string[], edges: readonly { from: string; to: string }[]): Set<string> {
  const forward = withoutEnds(nodes, edges);
  const reversed = edges.map(({ from, to }) => ({ from: to, to: from }));
  const backward = withoutEnds(nodes, reversed);
  return new Set([...forward].filter((node) => backward.has(node)));
}

/** Takes away nodes whose edges all lead to nodes that are away, until none is left. */
export function withoutEnds(nodes: readonly string[], edges: readonly { from: string; to: string }[]): Set<string> {
  const left = new Map(nodes.map((node) => [node, 0]));
  const sources = new Map<string, string[]>(nodes.map((node) => [node, []]));
  for (const { from, to } of edges) {
    left.set(from, (left.get(from) ?? 0) + 1);
    sources.get(to)?.push(from);
  }
  const kept = new Set(nodes);
  const ends = nodes.filter((node) => left.get(node) === 0);
  for (let node = ends.pop(); node !== undefined; node = ends.pop()) {
    kept.delete(node);
    for (const from of sources.get(node) ?? []) {
      const count = (left.get(from) ?? 0) - 1;
      left.set(from, count);
      if (count === 0) ends.push(from);
    }
  }
  return kept;
}
