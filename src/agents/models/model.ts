/** The model that a name means, ready to be asked. */
import { redactor } from './redaction.js';
import { readPrices } from './cost.js';
import type { Model } from './chat.js';
import { chooseModel, type Endpoint } from './model-choice.js';
import { offlineModel } from './offline-model.js';
import type { ClientOptions } from './openai-client.js';

export type { ChatMessage, Model, ModelReply, ModelRequest, ToolCall } from './chat.js';

/**
 * Returns the model that `name` means (chooseModel says how). `log` receives one line: which key is used, or that the
 * model is offline by default although a key was found.
 * @throws NexumError MODEL_NOT_CONFIGURED when the provider is unknown or its key is missing.
 */
export function resolveModel(name: string | undefined, env: NodeJS.ProcessEnv, log?: (line: string) => void): Model {
  const choice = chooseModel(name, env);
  if (choice.kind === 'offline') {
    if (choice.unusedKeys.length > 0) {
      const keys = choice.unusedKeys.join(', ');
      log?.(`model: offline; ${keys} found but not used, set NEXUM_MODEL=provider/model to use it`);
    }
    return offlineModel;
  }
  const { endpoint } = choice;
  const prices = readPrices(env);
  log?.(`model: ${endpoint.id}; ${endpoint.keyName === undefined ? 'without a key' : `with ${endpoint.keyName}`}`);
  return providerModel(endpoint, { prices, redactor: redactor(endpoint.secrets) });
}

/** The `openai` package is loaded with the first question: it is large, and offline nobody needs it. */
function providerModel(endpoint: Endpoint, options: ClientOptions): Model {
  const load = async (): Promise<Model> =>
    endpoint.provider.api === 'responses'
      ? (await import('./openai-responses-model.js')).openaiResponsesModel(endpoint, options)
      : (await import('./openai-chat-model.js')).openaiChatModel(endpoint, options);
  let loading: Promise<Model> | undefined;
  return { id: endpoint.id, chat: async (ask, chat) => (await (loading ??= load())).chat(ask, chat) };
}

/**
 * Returns `resolveModel` over one environment, which opens each model once: what a model has learned of its server (the
 * fields that it refuses) holds for all agents of the process.
 */
export function modelSource(env: NodeJS.ProcessEnv): (name: string | undefined, log?: (line: string) => void) => Model {
  const opened = new Map<string | undefined, Model>();
  return (name, log) => {
    const known = opened.get(name);
    if (known) return known;
    const model = resolveModel(name, env, log);
    opened.set(name, model);
    return model;
  };
}
