/** Checks the MCP servers of a pipeline, and the names of their tools wherever they are used. */
import type { Json, JsonObject, ToolPower } from '../core/ir.js';
import { TOOL_POWERS } from '../core/ir.js';
import { EVERY_TOOL, MCP_PREFIX, parseMcpName } from '../core/mcp-name.js';
import { serverPowers } from '../core/tool-powers.js';
import { ExpressionCheck } from './expression-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { NameIndex } from './name-index.js';

/** Keys that only one of the two kinds of servers has. */
const OF_COMMAND = ['args', 'env', 'cwd'];
const OF_URL = ['headers'];

export class McpCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #servers: JsonObject;
  readonly #names: NameIndex;

  constructor(document: JsonObject, issues: IssueList) {
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
    this.#servers = isJsonMap(document['mcp']) ? document['mcp'] : {};
    this.#names = new NameIndex(Object.keys(this.#servers));
  }

  servers(): void {
    for (const [name, server] of Object.entries(this.#servers)) {
      if (isJsonMap(server)) this.#server(server, ['mcp', name]);
    }
  }

  /** Checks a name such as `mcp:fs/read_file`; `mcp:fs/*` where `every` tool may be meant. */
  tool(name: string, path: YamlPath, every: boolean): void {
    const parsed = parseMcpName(name);
    if (!parsed || (parsed.tool === EVERY_TOOL && !every)) {
      const all = every ? `, or \`${MCP_PREFIX}<server>/${EVERY_TOOL}\` for all of its tools` : '';
      const fix = `Write \`${MCP_PREFIX}<server>/<tool>\`${all}.`;
      this.#issues.report('BAD_VALUE', path, `\`${name}\` names no tool of an MCP server`, { fix });
      return;
    }
    const { server } = parsed;
    if (this.#names.has(server)) return;
    const details = { nearest: this.#names.nearest(server), accepted: this.#names.names };
    this.#issues.report('UNKNOWN_MCP_SERVER', path, `there is no MCP server \`${server}\` under \`mcp\``, details);
  }

  /** What the tool of a server can do, as far as it is declared. */
  powers(name: string): readonly ToolPower[] {
    const server = parseMcpName(name)?.server ?? '';
    const declared = Object.hasOwn(this.#servers, server) ? this.#servers[server] : undefined;
    if (!isJsonMap(declared)) return [];
    const words = declared['powers'];
    const powers = isJsonList(words) ? TOOL_POWERS.filter((power) => words.includes(power)) : undefined;
    const secrets = textsOf(declared['secrets']);
    return serverPowers({ secrets, ...(powers === undefined ? {} : { powers }) });
  }

  #server(server: JsonObject, path: YamlPath): void {
    const [hasCommand, hasUrl] = ['command', 'url'].map((key) => Object.hasOwn(server, key));
    const fix = 'Write `command` for a program that the worker starts, or `url` for a server that runs already.';
    if (hasCommand && hasUrl)
      this.#issues.report('BAD_VALUE', path, 'the server has both `command` and `url`', { at: 'key', fix });
    if (!hasCommand && !hasUrl)
      this.#issues.report('MISSING_KEY', path, 'the server has neither `command` nor `url`', { at: 'key', fix });
    if (hasCommand !== hasUrl)
      this.#misplaced(server, path, hasCommand ? OF_URL : OF_COMMAND, hasCommand ? 'url' : 'command');
    for (const key of ['command', 'args', 'cwd', 'url', 'secrets', 'powers']) this.#refuse(server[key], [...path, key]);
    const none = new NameIndex([]);
    const scope = { inputs: none, nodes: none, secrets: new NameIndex(textsOf(server['secrets'])) };
    for (const key of ['env', 'headers']) this.#expressions.template(server[key], [...path, key], scope);
  }

  #misplaced(server: JsonObject, path: YamlPath, keys: readonly string[], kind: string): void {
    for (const key of keys) {
      if (!Object.hasOwn(server, key)) continue;
      const message = `\`${key}\` belongs to servers with a \`${kind}\``;
      this.#issues.report('UNKNOWN_KEY', [...path, key], message, { at: 'key', fix: 'Remove it.' });
    }
  }

  #refuse(value: Json | undefined, path: YamlPath): void {
    if (isJsonList(value)) value.forEach((item, index) => this.#expressions.refuse(item, [...path, index]));
    else this.#expressions.refuse(value, path);
  }
}

function textsOf(list: Json | undefined): readonly string[] {
  return isJsonList(list) ? list.filter((item) => typeof item === 'string') : [];
}
