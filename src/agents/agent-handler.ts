/** The handler named `agent`: executes agent nodes. */
import type { JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { DocumentLibrary } from '../handlers/document-library.js';
import type { Handler } from '../worker/handler.js';
import { runAgent } from './agent-loop.js';
import type { Model } from './models/chat.js';
import { resolveModel } from './models/model.js';
import { documentTools } from './tools/document-tools.js';
import { sandboxTools } from './tools/sandbox-tools.js';

export interface AgentHandlerOptions {
  readonly library: DocumentLibrary;
  /** Where model, keys and endpoints are looked up; `process.env` by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Replaces `resolveModel`, for tests. */
  readonly models?: (name: string | undefined) => Model;
}

/**
 * Returns the handler of agent nodes. Documents come from the input `docs`, else from the current folder. The output is
 * the agent's final text, JSON by the node's output schema, or findings. A crash loses at most the calls in flight: the
 * next attempt reads the committed model and tool calls back from `context.session`.
 */
export function createAgentHandler(options: AgentHandlerOptions): Handler {
  const { library, models, env = process.env } = options;
  const computing = sandboxTools();
  return async (_input, context) => {
    const { agent, inputs, messages, session, log, signal } = context;
    if (!agent) throw nexumError('INVALID_WORKFLOW', `node ${context.node} has the handler agent, but no agent`);
    const name = agent.spec.model;
    const model = models?.(name) ?? resolveModel(name, env, (line) => log.info(line));
    const docs = folderOf(inputs);
    const outcome = await runAgent({
      spec: agent.spec,
      node: context.node,
      prompt: agent.prompt,
      ...(messages === undefined ? {} : { messages }),
      ...(agent.outputSchema === undefined ? {} : { outputSchema: agent.outputSchema }),
      model,
      tools: new Map([...documentTools(library, docs), ...computing]),
      docs,
      session,
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
