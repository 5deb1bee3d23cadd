/** Checks agents, under `agents` or inside a step: their tools, the agents that they ask, the checks of their answers. */
import { MAX_AGENT_DEPTH } from '../core/agent-spec.js';
import type { Json, JsonObject, ToolPower } from '../core/ir.js';
import { MCP_PREFIX } from '../core/mcp-name.js';
import { unsafePowers } from '../core/tool-powers.js';
import { ExpressionCheck } from './expression-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import type { McpCheck } from './mcp-check.js';
import { NameIndex } from './name-index.js';
import { findSchemaProblem } from './output-schema.js';
import { findPatternProblem } from './pattern.js';
import { CHECK_WORDS } from './work-model.js';

/** No name of an agent: how an agent is called that is written at its node. */
const INLINE = '(this agent)';

/** Longer circles are reported as what is too deep. */
const MAX_CIRCLE = 100;

export type ToolPowers = Readonly<Record<string, readonly ToolPower[]>>;

/** The tools that exist, as far as the caller knows them. */
export interface KnownTools {
  readonly tools?: NameIndex | undefined;
  readonly toolPowers?: ToolPowers | undefined;
}

export class AgentCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #agents: JsonObject;
  readonly #names: NameIndex;
  readonly #tools: NameIndex | undefined;
  /** Agents without a description that was asked for already. */
  readonly #undescribed = new Set<string>();
  readonly #circles = new Set<string>();
  readonly #mcp: McpCheck;
  readonly #powers: ToolPowers;

  constructor(document: JsonObject, known: KnownTools, mcp: McpCheck, issues: IssueList) {
    this.#mcp = mcp;
    this.#powers = known.toolPowers ?? {};
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#agents = isJsonMap(document['agents']) ? document['agents'] : {};
    this.#names = new NameIndex(Object.keys(this.#agents));
    this.#tools = known.tools;
  }

  /** Checks that there is an agent of this name. */
  named(name: string, path: YamlPath): boolean {
    if (this.#names.has(name)) return true;
    const details = { nearest: this.#names.nearest(name), accepted: this.#names.names };
    this.#issues.report('UNKNOWN_AGENT', path, `there is no agent \`${name}\``, details);
    return false;
  }

  /** Checks one agent. */
  agent(agent: Json | undefined, path: YamlPath): void {
    if (!isJsonMap(agent)) return;
    for (const key of ['instructions', 'model', 'description']) this.#expressions.refuse(agent[key], [...path, key]);
    this.#toolNames(agent['tools'], [...path, 'tools']);
    this.#asked(agent, path);
    this.#powersTogether(agent, path);
    const checks = agent['final_answer_checks'];
    if (!isJsonList(checks)) return;
    checks.forEach((check, index) => this.#answerCheck(check, [...path, 'final_answer_checks', index]));
  }

  #toolNames(listed: Json | undefined, path: YamlPath): void {
    const tools = this.#tools;
    if (!isJsonList(listed)) return;
    listed.forEach((tool, index) => {
      if (typeof tool !== 'string') return;
      if (tool.startsWith(MCP_PREFIX)) this.#mcp.tool(tool, [...path, index], true);
      if (!tools || tools.has(tool) || tool.startsWith(MCP_PREFIX)) return;
      const details = { nearest: tools.nearest(tool), accepted: tools.names };
      this.#issues.report('UNKNOWN_TOOL', [...path, index], `there is no tool \`${tool}\``, details);
    });
  }

  /** Whoever talks to an agent talks to those that it asks. */
  #powersTogether(agent: JsonObject, path: YamlPath): void {
    const names = new Set(toolsOf(agent));
    for (const asked of this.#reachable(agent)) for (const tool of toolsOf(this.#agents[asked])) names.add(tool);
    const tools = [...names].map((name) => ({ name, powers: this.#powersOf(name) }));
    const allow = isJsonList(agent['allow']) ? agent['allow'].filter((word) => typeof word === 'string') : [];
    const unsafe = unsafePowers(tools, allow);
    if (unsafe === undefined) return;
    const message = `the agent has three powers that are dangerous together: ${unsafe}`;
    this.#issues.report('UNSAFE_AGENT', path, message, { at: 'key' });
  }

  #powersOf(name: string): readonly ToolPower[] {
    if (name.startsWith(MCP_PREFIX)) return this.#mcp.powers(name);
    return Object.hasOwn(this.#powers, name) ? (this.#powers[name] ?? []) : [];
  }

  #reachable(agent: JsonObject): ReadonlySet<string> {
    const found = new Set<string>();
    const open = isJsonList(agent['agents']) ? [...agent['agents']] : [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (typeof next !== 'string' || found.has(next)) continue;
      found.add(next);
      open.push(...this.#askedBy(next));
    }
    return found;
  }

  /** The agents that this one may ask. */
  #asked(agent: JsonObject, path: YamlPath): void {
    const list = agent['agents'];
    if (!isJsonList(list)) return;
    const own = new Set(isJsonList(agent['tools']) ? agent['tools'] : []);
    list.forEach((name, index) => {
      const at = [...path, 'agents', index];
      if (typeof name !== 'string' || !this.named(name, at)) return;
      if (own.has(name) || this.#tools?.has(name) === true) {
        const fix = 'Give the agent another name: a model tells tools and agents apart by their names only.';
        this.#issues.report('BAD_NAME', at, `\`${name}\` is the name of a tool, too`, { fix });
      }
      this.#described(name, path);
      // An agent that is written at its node has no name by which another one could ask it.
      const chain = path[0] === 'agents' ? [String(path[1]), name] : [INLINE, name];
      this.#follow(chain, at);
    });
  }

  #described(name: string, path: YamlPath): void {
    const asked = this.#agents[name];
    if (!isJsonMap(asked) || Object.hasOwn(asked, 'description') || this.#undescribed.has(name)) return;
    this.#undescribed.add(name);
    const by = path[0] === 'agents' ? String(path[1]) : `the node ${String(path[1])}`;
    const fix = 'Say in a sentence what the agent is good for: `description: ...`; who asks it reads that.';
    const message = `the agent ${name}, which ${by} may ask, has no \`description\``;
    this.#issues.report('MISSING_KEY', ['agents', name, 'description'], message, { at: 'key', fix });
  }

  /** Follows who asks whom, until something is wrong. Circles that do not come back to the first agent are its own matter. */
  #follow(chain: readonly string[], at: YamlPath): boolean {
    const last = chain.at(-1) ?? '';
    if (chain.indexOf(last) < chain.length - 1) {
      if (chain[0] === last) this.#circle(chain, at);
      return true;
    }
    if (chain.length > MAX_AGENT_DEPTH) {
      // What is wrong then is the circle, which is reported at an agent on it.
      if (this.#circlesFrom(last, new Set(chain), new Set(), 0)) return true;
      const message = `${chain.join(' -> ')} is more than ${MAX_AGENT_DEPTH} agents deep`;
      this.#issues.report('BAD_VALUE', at, message, { fix: 'Let an agent further up ask the last of them.' });
      return true;
    }
    return this.#askedBy(last).some((name) => this.#follow([...chain, name], at));
  }

  /** Whether who asks whom comes back to one of these. */
  #circlesFrom(name: string, above: ReadonlySet<string>, seen: Set<string>, depth: number): boolean {
    if (depth > MAX_CIRCLE) return false;
    return this.#askedBy(name).some((next) => {
      if (above.has(next)) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return this.#circlesFrom(next, above, seen, depth + 1);
    });
  }

  #askedBy(name: string): readonly string[] {
    const agent = this.#agents[name];
    const list = isJsonMap(agent) ? agent['agents'] : undefined;
    return isJsonList(list) ? list.filter((asked) => typeof asked === 'string') : [];
  }

  /** Each circle is reported once, at the first agent on it. */
  #circle(chain: readonly string[], at: YamlPath): void {
    const members = [...new Set(chain)].sort().join(' ');
    if (this.#circles.has(members)) return;
    this.#circles.add(members);
    const fix = 'Remove one of these names from `agents` of the agent that lists it.';
    this.#issues.report('CYCLE', at, `agents ask each other in a circle: ${chain.join(' -> ')}`, { fix });
  }

  #answerCheck(check: Json, path: YamlPath): void {
    if (!isJsonMap(check)) return;
    const given = CHECK_WORDS.filter((word) => Object.hasOwn(check, word));
    const fix = `Write one of ${CHECK_WORDS.join(', ')}; for several checks write several items.`;
    if (given.length > 1) {
      const both = given.map((word) => `\`${word}\``).join(' and ');
      this.#issues.report('BAD_VALUE', path, `one check has ${both}, but only one can be meant`, { fix });
    } else if (Object.keys(check).length === 0) {
      this.#issues.report('MISSING_KEY', path, 'the check says nothing', { fix });
    }
    const { regex, json_schema: schema } = check;
    const pattern = typeof regex === 'string' && regex !== '' ? findPatternProblem(regex) : undefined;
    if (pattern !== undefined) this.#issues.report('BAD_PATTERN', [...path, 'regex'], pattern);
    const problem = isJsonMap(schema) ? findSchemaProblem(schema) : undefined;
    if (problem) {
      const message = `the schema is wrong: ${problem.message}`;
      this.#issues.report('BAD_SCHEMA', [...path, 'json_schema', ...problem.path], message);
    }
  }
}

function toolsOf(agent: Json | undefined): readonly string[] {
  const tools = isJsonMap(agent) ? agent['tools'] : undefined;
  return isJsonList(tools) ? tools.filter((tool) => typeof tool === 'string') : [];
}
