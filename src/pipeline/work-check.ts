/** Checks what a step does, wherever it stands: in a node, in the body of a map, or in a reduce. */
import type { Json, JsonObject } from '../core/ir.js';
import { MCP_HANDLER, MCP_PREFIX } from '../core/mcp-name.js';
import { AgentCheck, type KnownTools } from './agent-check.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import type { IssueList } from './issue-list.js';
import { formatPath, type YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { isNodePath, nodeNameOf } from './loop-tree.js';
import { McpCheck } from './mcp-check.js';
import { NameIndex } from './name-index.js';
import { AGENT_HANDLER, kindsOf, misplacedRunKeyFix, RUN_KEYS, type NodeKind } from './node-kinds.js';
import { findSchemaProblem } from './output-schema.js';

/** What exists outside the file, as far as the caller knows it. */
export interface KnownNames extends KnownTools {
  readonly handlers?: NameIndex | undefined;
}

/** A map of the document with the place where it stands. */
export interface Placed {
  readonly value: JsonObject;
  readonly path: YamlPath;
}

export class WorkCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #agents: AgentCheck;
  readonly #mcp: McpCheck;
  readonly #known: KnownNames;
  readonly #inGraph: boolean;

  constructor(document: JsonObject, known: KnownNames, issues: IssueList) {
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#mcp = new McpCheck(document, issues);
    this.#agents = new AgentCheck(document, known, this.#mcp, issues);
    this.#known = known;
    this.#inGraph = Object.hasOwn(document, 'graph');
  }

  /** Checks that there is exactly one kind; returns it. */
  kind({ value, path }: Placed, accepted: readonly NodeKind[]): NodeKind | undefined {
    const kinds = kindsOf(value).filter((kind) => accepted.includes(kind));
    const what = isNodePath(path) ? `the node ${nodeNameOf(path)}` : formatPath(path).replace(/^nodes\./, '');
    if (kinds.length > 1) {
      const message = `${what} has ${kinds.map((kind) => `\`${kind}\``).join(' and ')}, but one thing is done at a time`;
      this.#issues.report('NODE_KIND', path, message, { at: 'key' });
    } else if (kinds.length === 0) {
      this.#issues.report('NODE_KIND', path, `${what} has no kind`, { at: 'key', accepted });
    }
    return kinds.length === 1 ? kinds[0] : undefined;
  }

  /** Checks the keys of one step; those that say how a worker runs it may stand in another map, `run`. */
  work(step: Placed, run: Placed, kind: NodeKind | undefined, scope: ExpressionScope): void {
    const { value, path } = step;
    this.#agentStep(step);
    this.#usesStep(step);
    this.#misplaced(step, kind);
    if (kind !== undefined && kind !== 'agent' && kind !== 'uses') this.noRunKeys(run, kind);
    if (kind === 'agent')
      this.#foreignKey(run, 'secrets', 'uses', 'An agent has no use for secrets: give them to a handler.');
    this.#schema(run.value['output'], [...run.path, 'output']);
    this.#expressions.refuse(value['model'], [...path, 'model']);
    this.#expressions.refuse(run.value['queue'], [...run.path, 'queue']);
    this.#expressions.template(value['compute'], [...path, 'compute'], scope);
    const secrets = kind === 'uses' ? { secrets: listedNames(run.value['secrets']) } : {};
    const withEnv: ExpressionScope = { ...scope, env: namesOf(run.value['env']) };
    this.#expressions.template(value['with'], [...path, 'with'], { ...withEnv, ...secrets });
    this.#expressions.template(value['prompt'], [...path, 'prompt'], withEnv);
    this.#expressions.template(run.value['env'], [...run.path, 'env'], { ...scope, ...secrets });
  }

  /** Refuses what only workers could follow. */
  noRunKeys({ value, path }: Placed, kind: NodeKind): void {
    for (const key of RUN_KEYS) {
      if (!Object.hasOwn(value, key)) continue;
      const message = `\`${key}\` belongs to what a worker runs, not to \`${kind}\``;
      this.#issues.report('UNKNOWN_KEY', [...path, key], message, { at: 'key', fix: misplacedRunKeyFix(kind, key) });
    }
  }

  /** Checks the name of a handler. */
  handler(name: string, path: YamlPath): void {
    this.#expressions.refuse(name, path);
    if (name === AGENT_HANDLER) {
      const fix = 'Name a handler; for an agent write `agent:` with its name.';
      this.#issues.report('BAD_VALUE', path, `\`${AGENT_HANDLER}\` is no handler`, { fix });
      return;
    }
    if (name.startsWith(MCP_PREFIX)) {
      this.#mcp.tool(name, path, false);
      return;
    }
    if (name === MCP_HANDLER) {
      const fix = 'Write `uses: mcp:<server>/<tool>`.';
      this.#issues.report('BAD_VALUE', path, `\`${MCP_HANDLER}\` calls the tool that \`uses\` names`, { fix });
      return;
    }
    const { handlers } = this.#known;
    // One that is named by its file is loaded with the pipeline.
    if (!handlers || handlers.has(name) || name.startsWith('.')) return;
    const nearest = handlers.nearest(name);
    const message = `no built-in handler is called \`${name}\`; a worker must bring it`;
    this.#issues.report('UNKNOWN_HANDLER', path, message, { severity: 'warning', nearest });
  }

  /** Checks the MCP servers of the document. */
  servers(): void {
    this.#mcp.servers();
  }

  /** Checks an agent, under `agents` or inside a step. */
  agent(agent: Json | undefined, path: YamlPath): void {
    this.#agents.agent(agent, path);
  }

  #misplaced(step: Placed, kind: NodeKind | undefined): void {
    if (kind === undefined) return;
    const fix = 'Remove it, or make this an agent node.';
    if (kind !== 'agent') for (const key of ['prompt', 'model']) this.#foreignKey(step, key, 'agent', fix);
    if (kind === 'agent') this.#foreignKey(step, 'with', 'uses', 'Put the values into `prompt`.');
    else if (kind === 'pipeline') this.#foreignKey(step, 'with', 'uses', 'Write it inside `pipeline`.');
    else if (kind !== 'uses') this.#foreignKey(step, 'with', 'uses', 'Remove it, or name a handler with `uses`.');
  }

  #foreignKey({ value, path }: Placed, key: string, kind: NodeKind, fix: string): void {
    if (!Object.hasOwn(value, key)) return;
    this.#issues.report('UNKNOWN_KEY', [...path, key], `\`${key}\` belongs to \`${kind}\` nodes`, { at: 'key', fix });
  }

  #agentStep({ value, path }: Placed): void {
    if (!Object.hasOwn(value, 'agent')) return;
    const agent = value['agent'];
    // An agent of a graph is asked by the messages that it hears.
    if (!Object.hasOwn(value, 'prompt') && !(this.#inGraph && isNodePath(path))) {
      const message = `the agent node ${nodeNameOf(path)} has no \`prompt\``;
      this.#issues.report('MISSING_KEY', [...path, 'prompt'], message, { at: 'key' });
    }
    if (typeof agent === 'string') this.#agents.named(agent, [...path, 'agent']);
    else this.agent(agent, [...path, 'agent']);
  }

  #usesStep({ value, path }: Placed): void {
    const uses = value['uses'];
    if (typeof uses === 'string') this.handler(uses, [...path, 'uses']);
  }

  #schema(schema: Json | undefined, path: YamlPath): void {
    const problem = isJsonMap(schema) ? findSchemaProblem(schema) : undefined;
    if (problem)
      this.#issues.report('BAD_SCHEMA', [...path, ...problem.path], `the schema is wrong: ${problem.message}`);
  }
}

export function namesOf(map: Json | undefined): NameIndex {
  return new NameIndex(isJsonMap(map) ? Object.keys(map) : []);
}

function listedNames(list: Json | undefined): NameIndex {
  return new NameIndex(isJsonList(list) ? list.filter((name) => typeof name === 'string') : []);
}
