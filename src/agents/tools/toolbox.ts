/**
 * All tools that an agent can have, put together for one agent: those of its documents, the web, the sandbox, files and the
 * shell as far as this worker allows them, and those of MCP servers.
 *
 * B1 Only what an agent lists is loaded, connected to or shown to its model.
 * B2 A name that means nothing, or that this worker does not allow, fails the node before its model is asked.
 * B3 An agent whose tools read the web, hold secrets and write together is refused, unless its author allows it: the
 *    compiler says so first, this holds for a workflow that another program made.
 * B4 Two tools never share a name: a model that calls one must not reach the other.
 */
import type { AgentSpec, ToolPower } from '../../core/ir.js';
import { MCP_PREFIX } from '../../core/mcp-name.js';
import { unsafePowers, type PoweredTool } from '../../core/tool-powers.js';
import { nexumError } from '../../errors.js';
import type { DocumentLibrary } from '../../handlers/document-library.js';
import { lazyServers } from '../../handlers/mcp/lazy-servers.js';
import type { McpServers } from '../../handlers/mcp/mcp-servers.js';
import { permissionsOf, type Permissions } from '../../handlers/permissions.js';
import type { DurableSession, HandlerLog, McpContext } from '../../worker/handler.js';
import type { AgentTool } from './agent-tool.js';
import { FINAL_ANSWER } from './answer-tool.js';
import { ASK_HUMAN } from './ask-human.js';
import { documentTools } from './document-tools.js';
import { AGENT_TOOL_NAMES } from './tool-names.js';

export interface ToolboxOptions {
  readonly library: DocumentLibrary;
  /** Where engines, keys and allowed hosts of the web are looked up. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: those of `env`. */
  readonly permissions?: Permissions;
  /** The MCP servers of the worker, which also stops them. Default: none is allowed. */
  readonly mcp?: () => Promise<McpServers>;
}

export interface ToolRequest {
  readonly spec: AgentSpec;
  /** The documents folder. */
  readonly docs: string;
  readonly session: DurableSession;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
  readonly mcp?: McpContext | undefined;
  /** The node declares secrets. */
  readonly holdsSecrets?: boolean | undefined;
}

export interface OpenedTools {
  /** By the names that models see; those of the agents that it asks are among them. */
  readonly tools: ReadonlyMap<string, AgentTool>;
  /** The agent with these names in the place of those that its author listed; the agents that it asks likewise. */
  readonly spec: AgentSpec;
}

/** The loop itself brings them. */
const LOOP_TOOLS: ReadonlySet<string> = new Set([ASK_HUMAN, FINAL_ANSWER]);
const WEB_TOOLS: ReadonlySet<string> = new Set(['web_search', 'wikipedia_search', 'visit_webpage', 'http_request']);
const SANDBOX_TOOLS: ReadonlySet<string> = new Set(['run_js', 'calculate']);
const MACHINE_TOOLS: ReadonlySet<string> = new Set(['read_file', 'write_file', 'run_shell']);

interface ListedTool extends AgentTool {
  /** Of a tool of a server, which may be listed twice: by its name, and with all of that server. */
  readonly origin?: string;
}

/** Tools by the name that an author listed; one name may stand for all tools of a server. */
type Listed = ReadonlyMap<string, readonly ListedTool[]>;

export class Toolbox {
  readonly #options: ToolboxOptions;
  readonly #permissions: Permissions;
  readonly #mcp: () => Promise<McpServers>;
  #sandboxTools: readonly AgentTool[] | undefined;

  constructor(options: ToolboxOptions) {
    this.#options = options;
    this.#permissions = options.permissions ?? permissionsOf(options.env);
    this.#mcp = options.mcp ?? lazyServers(this.#permissions).get;
  }

  /**
   * The tools of an agent and of those that it asks.
   * @throws NexumError UNKNOWN_TOOL, TOOL_NOT_ALLOWED, UNSAFE_AGENT; UNKNOWN_MCP_SERVER, MCP_NOT_ALLOWED, MCP_UNAVAILABLE;
   *   INVALID_REQUEST when models could not tell two tools apart
   */
  async open(request: ToolRequest): Promise<OpenedTools> {
    const names = namesOf(request.spec).filter((name) => !LOOP_TOOLS.has(name));
    const listed = new Map(
      await Promise.all(names.map(async (name) => [name, await this.#toolsOf(name, request)] as const)),
    );
    checkPowers(request.spec, listed, request.holdsSecrets === true);
    return { tools: byName([...listed.values()].flat()), spec: renamed(request.spec, listed) };
  }

  async #toolsOf(name: string, request: ToolRequest): Promise<readonly ListedTool[]> {
    if (name.startsWith(MCP_PREFIX)) {
      const [{ mcpTools }, servers] = await Promise.all([import('./mcp-tools.js'), this.#mcp()]);
      return mcpTools(name, { ...request, servers, context: request.mcp });
    }
    if (MACHINE_TOOLS.has(name)) {
      const { machineTool } = await import('./machine-tools.js');
      return [machineTool(name, this.#permissions)];
    }
    if (SANDBOX_TOOLS.has(name)) {
      const { sandboxTools } = await import('./sandbox-tools.js');
      // Once: runs of code take turns, because each is a process.
      this.#sandboxTools ??= [...sandboxTools().values()];
      return pick(this.#sandboxTools, name);
    }
    if (WEB_TOOLS.has(name)) return pick(await this.#webTools(request.log), name);
    const { library } = this.#options;
    return pick([...documentTools(library, request.docs).values()], name);
  }

  /** Loaded with the first agent that has one: parsers of HTML are large. */
  async #webTools(log: HandlerLog): Promise<readonly AgentTool[]> {
    const [{ webTools }, { webClient }, { readPage }, { chooseEngine }] = await Promise.all([
      import('./web-tools.js'),
      import('../../handlers/web/web-handlers.js'),
      import('../../handlers/web/page-reader.js'),
      import('../../handlers/web/search-choice.js'),
    ]);
    const { env } = this.#options;
    const client = webClient(env);
    return webTools({ client, readPage, engine: () => chooseEngine(env, client, (line) => log.info(line)) });
  }
}

/** Of the agent and of those that it asks. */
function namesOf(spec: AgentSpec): readonly string[] {
  return [...new Set([...spec.tools, ...(spec.agents ?? []).flatMap(namesOf)])];
}

function pick(available: readonly AgentTool[], name: string): readonly AgentTool[] {
  const tool = available.find((candidate) => candidate.name === name);
  if (tool) return [tool];
  const known = AGENT_TOOL_NAMES.join(', ');
  throw nexumError('UNKNOWN_TOOL', `the agent lists the unknown tool ${name}; known: ${known}`, { tool: name });
}

function byName(tools: readonly ListedTool[]): ReadonlyMap<string, AgentTool> {
  const named = new Map<string, ListedTool>();
  for (const tool of tools) {
    const other = named.get(tool.name);
    if (other && other.origin !== tool.origin) {
      const both = `${other.origin ?? other.name} and ${tool.origin ?? tool.name}`;
      throw nexumError('INVALID_REQUEST', `${both} are both ${tool.name} for models: list one, or rename its server`);
    }
    named.set(tool.name, tool);
  }
  return named;
}

function renamed(spec: AgentSpec, listed: Listed): AgentSpec {
  const tools = spec.tools.flatMap((name) => listed.get(name)?.map((tool) => tool.name) ?? [name]);
  const agents = spec.agents?.map((asked) => renamed(asked, listed));
  return { ...spec, tools: [...new Set(tools)], ...(agents === undefined ? {} : { agents }) };
}

function checkPowers(spec: AgentSpec, listed: Listed, holdsSecrets: boolean): void {
  const own: PoweredTool = { name: 'secrets of the node', powers: holdsSecrets ? (['holds_secrets'] as const) : [] };
  const tools = namesOf(spec).flatMap((name) => (listed.get(name) ?? []).map((tool) => powered(name, tool.powers)));
  const unsafe = unsafePowers([own, ...tools], spec.allow);
  if (unsafe === undefined) return;
  const who = spec.name === undefined ? 'the agent' : `the agent ${spec.name}`;
  throw nexumError('UNSAFE_AGENT', `${who} has three powers that are dangerous together: ${unsafe}`);
}

function powered(name: string, powers: readonly ToolPower[] = []): PoweredTool {
  return { name, powers };
}
