/** Which model a name means. Nothing here picks a paid provider that nobody named. */
import { nexumError } from '../../errors.js';
import { OFFLINE_ENGINE } from '../../handlers/findings.js';
import type { Model } from './chat.js';
import { offlineModel } from './offline-model.js';
import { openaiChatModel } from './openai-chat-model.js';
import { openaiResponsesModel } from './openai-responses-model.js';

export type { ChatMessage, Model, ModelReply, ModelRequest, ToolCall } from './chat.js';

const OPENAI_URL = 'https://api.openai.com/v1';
/** Providers with a compatible endpoint that have no entry of their own yet. */
const LATER: readonly string[] = ['anthropic', 'gemini', 'ollama'];
const KEYS: readonly string[] = [
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_API_KEY',
  'NEXUM_API_KEY',
];
const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|chatgpt-|ft:gpt-|o\d)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'gemini'],
];

/**
 * Returns the model that `name` means: `provider/model`, or a bare name whose prefix tells the provider; absent =
 * NEXUM_MODEL of `env`, else `offline`. With NEXUM_BASE_URL set, a name of no known provider goes to that endpoint.
 * `log` receives one line when the model is offline by default although a key was found.
 * @throws NexumError MODEL_NOT_CONFIGURED when the provider is unknown or its key is missing.
 */
export function resolveModel(name: string | undefined, env: NodeJS.ProcessEnv, log?: (line: string) => void): Model {
  const wanted = (name ?? env['NEXUM_MODEL'] ?? '').trim();
  if (wanted === '') {
    const unused = KEYS.filter((key) => present(env[key]) !== undefined);
    if (unused.length > 0) {
      log?.(`model: offline; ${unused.join(', ')} found but not used, set NEXUM_MODEL=provider/model to use it`);
    }
    return offlineModel;
  }
  const { provider, model } = split(wanted, present(env['NEXUM_BASE_URL']) !== undefined);
  switch (provider) {
    case 'offline':
      if (wanted !== 'offline' && wanted !== OFFLINE_ENGINE) throw unknown(wanted);
      return offlineModel;
    case 'openai':
      return openai(model, env);
    case 'compatible':
      return compatible(model, env);
    default:
      throw LATER.includes(provider)
        ? nexumError(
            'MODEL_NOT_CONFIGURED',
            `the provider ${provider} comes in a later release; until then set NEXUM_BASE_URL (and NEXUM_API_KEY) ` +
              `to its OpenAI-compatible endpoint and use the model compatible/${model}`,
            { model: wanted },
          )
        : unknown(wanted);
  }
}

function openai(model: string, env: NodeJS.ProcessEnv): Model {
  const apiKey = present(env['OPENAI_API_KEY']);
  if (apiKey === undefined) {
    throw nexumError('MODEL_NOT_CONFIGURED', `the model openai/${model} needs OPENAI_API_KEY`, { model });
  }
  const organization = present(env['OPENAI_ORG_ID']);
  return openaiResponsesModel({
    id: `openai/${model}`,
    model,
    apiKey,
    baseUrl: present(env['OPENAI_BASE_URL']) ?? OPENAI_URL,
    ...(organization === undefined ? {} : { organization }),
  });
}

function compatible(model: string, env: NodeJS.ProcessEnv): Model {
  const baseUrl = present(env['NEXUM_BASE_URL']);
  if (baseUrl === undefined) {
    throw nexumError('MODEL_NOT_CONFIGURED', `the model compatible/${model} needs NEXUM_BASE_URL`, { model });
  }
  // Local servers want no key, but the client wants a string.
  return openaiChatModel({
    id: `compatible/${model}`,
    model,
    baseUrl,
    apiKey: present(env['NEXUM_API_KEY']) ?? 'none',
  });
}

function split(name: string, hasEndpoint: boolean): { provider: string; model: string } {
  const slash = name.indexOf('/');
  const provider = slash === -1 ? '' : name.slice(0, slash);
  const model = name.slice(slash + 1);
  if (['offline', 'openai', 'compatible', ...LATER].includes(provider) && model !== '') return { provider, model };
  if (name === 'offline') return { provider: 'offline', model: '' };
  const byPrefix = PREFIXES.find(([prefix]) => prefix.test(name))?.[1];
  if (byPrefix !== undefined) return { provider: byPrefix, model: name };
  // OpenRouter and vLLM name models `owner/model`.
  return { provider: hasEndpoint ? 'compatible' : '', model: name };
}

function unknown(name: string): Error {
  return nexumError(
    'MODEL_NOT_CONFIGURED',
    `unknown model ${JSON.stringify(name)}; use offline, openai/<model>, or compatible/<model> with NEXUM_BASE_URL`,
    { model: name },
  );
}

function present(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}
