/**
 * Checks what the model cannot say about nodes: their kind, the names in them, their schemas and expressions. Works on
 * the untyped document, so that a wrong shape in one place hides no problem in another.
 */
import type { Json, JsonObject } from '../core/ir.js';
import type { Dependency } from './dependency-graph.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';
import { findSchemaProblem } from './output-schema.js';
import { LATER_KINDS } from './places.js';

/** The handler of agent nodes; `uses` must not name it. */
export const AGENT_HANDLER = 'agent';

/** What exists outside the file, as far as the caller knows it. */
export interface KnownNames {
  readonly handlers?: NameIndex | undefined;
  readonly tools?: NameIndex | undefined;
}

export class NodeCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #inputs: NameIndex;
  readonly #nodes: NameIndex;
  readonly #agents: NameIndex;
  readonly #known: KnownNames;

  constructor(document: JsonObject, known: KnownNames, issues: IssueList) {
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#inputs = namesOf(document['inputs']);
    this.#nodes = namesOf(document['nodes']);
    this.#agents = namesOf(document['agents']);
    this.#known = known;
  }

  /** Checks one node; returns its dependencies on existing nodes: `needs` as written, then those of expressions. */
  node(name: string, node: JsonObject): Dependency[] {
    const path = ['nodes', name];
    this.#kind(node, path);
    this.#agentNode(node, path);
    this.#usesNode(node, path);
    this.#schema(node['output'], [...path, 'output']);
    this.#expressions.refuse(node['model'], [...path, 'model']);
    const dependencies = this.#needs(node['needs'], [...path, 'needs']);
    this.#nodeExpressions(name, node, dependencies);
    return [...dependencies.values()];
  }

  /** Checks an agent, under `agents` or inside a node. */
  agent(agent: Json | undefined, path: YamlPath): void {
    if (!isJsonMap(agent)) return;
    this.#expressions.refuse(agent['instructions'], [...path, 'instructions']);
    this.#expressions.refuse(agent['model'], [...path, 'model']);
    const { tools } = this.#known;
    if (!tools || !isJsonList(agent['tools'])) return;
    agent['tools'].forEach((tool, index) => {
      if (typeof tool !== 'string' || tools.has(tool)) return;
      const details = { nearest: tools.nearest(tool), accepted: tools.names };
      this.#issues.report('UNKNOWN_TOOL', [...path, 'tools', index], `there is no tool \`${tool}\``, details);
    });
  }

  pipelineOutput(output: Json | undefined): void {
    this.#expressions.template(output, ['output'], { inputs: this.#inputs, nodes: this.#nodes });
  }

  #kind(node: JsonObject, path: YamlPath): void {
    const has = (key: string): boolean => Object.hasOwn(node, key);
    const later = Object.keys(node).some((key) => LATER_KINDS.has(key));
    const name = String(path.at(-1));
    if (has('agent') && has('uses')) {
      this.#issues.report('NODE_KIND', path, `the node ${name} has both \`agent\` and \`uses\``, { at: 'key' });
    } else if (!has('agent') && !has('uses') && !later) {
      this.#issues.report('NODE_KIND', path, `the node ${name} has neither \`agent\` nor \`uses\``, { at: 'key' });
    }
    for (const key of ['prompt', 'model']) if (has('uses') && !has('agent')) this.#misplaced(node, key, 'agent', path);
    if (has('agent') && !has('uses')) this.#misplaced(node, 'with', 'uses', path);
  }

  #misplaced(node: JsonObject, key: string, kind: string, path: YamlPath): void {
    if (!Object.hasOwn(node, key)) return;
    const fix = kind === 'uses' ? 'Put the values into `prompt`.' : 'Remove it, or make this an agent node.';
    this.#issues.report('UNKNOWN_KEY', [...path, key], `\`${key}\` belongs to \`${kind}\` nodes`, { at: 'key', fix });
  }

  #agentNode(node: JsonObject, path: YamlPath): void {
    if (!Object.hasOwn(node, 'agent')) return;
    const agent = node['agent'];
    if (!Object.hasOwn(node, 'prompt')) {
      this.#issues.report(
        'MISSING_KEY',
        [...path, 'prompt'],
        `the agent node ${String(path.at(-1))} has no \`prompt\``,
        { at: 'key' },
      );
    }
    if (typeof agent === 'string') {
      if (this.#agents.has(agent)) return;
      const details = { nearest: this.#agents.nearest(agent), accepted: this.#agents.names };
      this.#issues.report('UNKNOWN_AGENT', [...path, 'agent'], `there is no agent \`${agent}\``, details);
    } else {
      this.agent(agent, [...path, 'agent']);
    }
  }

  #usesNode(node: JsonObject, path: YamlPath): void {
    const uses = node['uses'];
    if (typeof uses !== 'string') return;
    const at = [...path, 'uses'];
    this.#expressions.refuse(uses, at);
    if (uses === AGENT_HANDLER) {
      const fix = 'Write `agent:` with the name of an agent.';
      this.#issues.report('BAD_VALUE', at, `\`uses: ${AGENT_HANDLER}\` is no handler`, { fix });
      return;
    }
    const { handlers } = this.#known;
    if (!handlers || handlers.has(uses)) return;
    const nearest = handlers.nearest(uses);
    const message = `no built-in handler is called \`${uses}\`; a worker must bring it`;
    this.#issues.report('UNKNOWN_HANDLER', at, message, { severity: 'warning', nearest });
  }

  #schema(schema: Json | undefined, path: YamlPath): void {
    const problem = isJsonMap(schema) ? findSchemaProblem(schema) : undefined;
    if (problem)
      this.#issues.report('BAD_SCHEMA', [...path, ...problem.path], `the schema is wrong: ${problem.message}`);
  }

  #needs(needs: Json | undefined, path: YamlPath): Map<string, Dependency> {
    const dependencies = new Map<string, Dependency>();
    const items: readonly (readonly [Json, YamlPath])[] = isJsonList(needs)
      ? needs.map((item, index) => [item, [...path, index]] as const)
      : [[needs ?? null, path]];
    for (const [name, at] of items) {
      if (typeof name !== 'string') continue;
      if (this.#nodes.has(name)) {
        if (!dependencies.has(name)) dependencies.set(name, { on: name, path: at });
        continue;
      }
      const details = { nearest: this.#nodes.nearest(name), accepted: this.#nodes.names };
      this.#issues.report('UNKNOWN_NODE', at, `there is no node \`${name}\``, details);
    }
    return dependencies;
  }

  #nodeExpressions(name: string, node: JsonObject, dependencies: Map<string, Dependency>): void {
    const onNode = (on: string, path: YamlPath, index: number): void => {
      if (dependencies.has(on)) return;
      dependencies.set(on, { on, path, index });
      // A node that reads itself is a cycle, and reported as one.
      if (on === name) return;
      const message = `the node ${name} reads \`${on}\` without it in \`needs\``;
      this.#issues.report('IMPLICIT_DEPENDENCY', path, message, { severity: 'warning', index });
    };
    const scope: ExpressionScope = { inputs: this.#inputs, nodes: this.#nodes, onNode };
    const withEnv: ExpressionScope = { ...scope, env: namesOf(node['env']) };
    const path = ['nodes', name];
    if (typeof node['if'] === 'string') this.#expressions.condition(node['if'], [...path, 'if'], scope);
    this.#expressions.template(node['with'], [...path, 'with'], withEnv);
    this.#expressions.template(node['prompt'], [...path, 'prompt'], withEnv);
    this.#expressions.template(node['env'], [...path, 'env'], scope);
  }
}

function namesOf(map: Json | undefined): NameIndex {
  return new NameIndex(isJsonMap(map) ? Object.keys(map) : []);
}
