/** The handler named `agent`: executes agent nodes. */
import type { JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { DocumentLibrary } from '../handlers/document-library.js';
import type { Handler } from '../worker/handler.js';
import { runAgent } from './agent-loop.js';
import { citationProblems } from './citation-check.js';
import type { OpenSandbox } from './code-acting.js';
import type { Model } from './models/chat.js';
import { modelSource } from './models/model.js';
import { Toolbox } from './tools/toolbox.js';

export interface AgentHandlerOptions {
  readonly library: DocumentLibrary;
  /** Where model, keys and endpoints are looked up; `process.env` by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: one of its own, without MCP servers. */
  readonly toolbox?: Toolbox;
  /** Replaces `resolveModel`, for tests. */
  readonly models?: (name: string | undefined) => Model;
  /** Replaces the sandbox of agents that write code, for tests. */
  readonly openSandbox?: OpenSandbox;
}

/**
 * Returns the handler of agent nodes. Documents come from the input `docs`, else from the current folder. The output is
 * the agent's final text, JSON by the node's output schema, or findings. A crash loses at most the calls in flight: the
 * next attempt reads the committed model and tool calls back from `context.session`.
 */
export function createAgentHandler(options: AgentHandlerOptions): Handler {
  const { library, models, env = process.env, openSandbox } = options;
  const toolbox = options.toolbox ?? new Toolbox({ library, env });
  const resolve = modelSource(env);
  return async (_input, context) => {
    const { agent, inputs, messages, session, budget, log, signal, mcp } = context;
    if (!agent) throw nexumError('INVALID_WORKFLOW', `node ${context.node} has the handler agent, but no agent`);
    const modelOf = (name: string | undefined): Model => models?.(name) ?? resolve(name, (line) => log.info(line));
    const model = modelOf(agent.spec.model);
    const docs = folderOf(inputs);
    const { spec, tools } = await toolbox.open({
      spec: agent.spec,
      docs,
      session,
      log,
      signal,
      mcp,
      holdsSecrets: agent.holdsSecrets,
    });
    const outcome = await runAgent({
      spec,
      node: context.node,
      prompt: agent.prompt,
      ...(messages === undefined ? {} : { messages }),
      ...(agent.outputSchema === undefined ? {} : { outputSchema: agent.outputSchema }),
      model,
      models: modelOf,
      tools,
      docs,
      citations: (answer, stop) => citationProblems(library, docs, answer, stop),
      ...(openSandbox ? { openSandbox } : {}),
      session,
      budget,
      log,
      signal,
    });
    const { state, steps, usage } = outcome;
    log.info('agent finished', { model: model.id, state, steps, ...usage, ...session.stats });
    return outcome.output;
  };
}

function folderOf(inputs: JsonObject): string {
  const docs = inputs['docs'];
  return typeof docs === 'string' && docs.trim() !== '' ? docs : '.';
}
