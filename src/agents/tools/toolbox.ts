/**
 * All tools that an agent can have, put together for one agent: those of its documents, the web, the sandbox, files and the
 * shell as far as this worker allows them, and those of MCP servers.
 *
 * B1 Only what an agent lists is loaded, connected to or shown to its model.
 * B2 A name that means nothing, or that this worker does not allow, fails the node before its model is asked.
 */
import type { AgentSpec } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { DocumentLibrary } from '../../handlers/document-library.js';
import type { HandlerLog } from '../../worker/handler.js';
import type { AgentTool } from './agent-tool.js';
import { FINAL_ANSWER } from './answer-tool.js';
import { ASK_HUMAN } from './ask-human.js';
import { documentTools } from './document-tools.js';
import { AGENT_TOOL_NAMES } from './tool-names.js';

export interface ToolboxOptions {
  readonly library: DocumentLibrary;
  /** Where engines, keys and allowed hosts of the web are looked up. */
  readonly env: NodeJS.ProcessEnv;
}

export interface ToolRequest {
  readonly spec: AgentSpec;
  /** The documents folder. */
  readonly docs: string;
  readonly log: HandlerLog;
}

export interface OpenedTools {
  /** By the names that models see. */
  readonly tools: ReadonlyMap<string, AgentTool>;
  /** The agent with these names in the place of those that its author listed; the agents that it asks likewise. */
  readonly spec: AgentSpec;
}

/** The loop itself brings them. */
const LOOP_TOOLS: ReadonlySet<string> = new Set([ASK_HUMAN, FINAL_ANSWER]);
const WEB_TOOLS: ReadonlySet<string> = new Set(['web_search', 'wikipedia_search', 'visit_webpage', 'http_request']);

export class Toolbox {
  readonly #options: ToolboxOptions;

  constructor(options: ToolboxOptions) {
    this.#options = options;
  }

  /**
   * The tools of an agent.
   * @throws NexumError UNKNOWN_TOOL
   */
  async open(request: ToolRequest): Promise<OpenedTools> {
    const names = namesOf(request.spec).filter((name) => !LOOP_TOOLS.has(name));
    const available = new Map(documentTools(this.#options.library, request.docs));
    if (names.some((name) => WEB_TOOLS.has(name))) {
      for (const tool of await this.#webTools(request.log)) available.set(tool.name, tool);
    }
    const tools = new Map(names.map((name) => [name, pick(available, name)]));
    return { tools, spec: request.spec };
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

function pick(available: ReadonlyMap<string, AgentTool>, name: string): AgentTool {
  const tool = available.get(name);
  if (tool) return tool;
  const known = AGENT_TOOL_NAMES.join(', ');
  throw nexumError('UNKNOWN_TOOL', `the agent lists the unknown tool ${name}; known: ${known}`, { tool: name });
}
