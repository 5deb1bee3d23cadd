/**
 * Which provider, endpoint and key a name of a model means. Looks only at the name and the environment: nothing is
 * called, and nothing here picks a paid provider that nobody named.
 */
import { nexumError } from '../../errors.js';
import { OFFLINE_ENGINE } from '../../handlers/findings.js';
import { KEY_NAMES, PROVIDERS, type Provider } from './providers.js';

export interface Endpoint {
  /** `provider/model`. */
  readonly id: string;
  readonly model: string;
  readonly provider: Provider;
  readonly baseUrl: string;
  /** Sent with every request; from the base URL. */
  readonly query: Readonly<Record<string, string>>;
  readonly apiKey: string;
  /** The variable that the key was read from. */
  readonly keyName?: string;
  /** Everything in the environment that must not leave, keys of other providers included. */
  readonly secrets: readonly string[];
  readonly organization?: string;
}

export type ModelChoice =
  /** `unusedKeys`: names of keys that were found although nothing asked for a model. */
  | { readonly kind: 'offline'; readonly unusedKeys: readonly string[] }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint };

/**
 * Reads `provider/model`, or a bare name whose prefix tells the provider; absent = NEXUM_MODEL of `env`, else offline.
 * With NEXUM_BASE_URL set, a name of no known provider goes to that endpoint.
 * @throws NexumError MODEL_NOT_CONFIGURED when the provider is unknown, its key is missing or its base URL is unusable.
 */
export function chooseModel(name: string | undefined, env: NodeJS.ProcessEnv): ModelChoice {
  const wanted = (name ?? env['NEXUM_MODEL'] ?? '').trim();
  if (wanted === '') return { kind: 'offline', unusedKeys: foundKeys(env) };
  if (wanted === 'offline' || wanted === OFFLINE_ENGINE) return { kind: 'offline', unusedKeys: [] };
  const found = split(wanted, present(env['NEXUM_BASE_URL']) !== undefined);
  if (!found) throw unknown(wanted);
  return { kind: 'endpoint', endpoint: endpointOf(found.provider, found.model, env) };
}

/** Names of the keys that are set, never their values. */
export function foundKeys(env: NodeJS.ProcessEnv): readonly string[] {
  return KEY_NAMES.filter((key) => present(env[key]) !== undefined);
}

function split(name: string, hasEndpoint: boolean): { provider: Provider; model: string } | undefined {
  const slash = name.indexOf('/');
  const model = name.slice(slash + 1);
  const named = slash === -1 ? undefined : PROVIDERS.find((provider) => provider.name === name.slice(0, slash));
  if (named && model !== '') return { provider: named, model };
  const byPrefix = PROVIDERS.find(({ bareNames }) => bareNames?.test(name));
  if (byPrefix) return { provider: byPrefix, model: name };
  // OpenRouter and vLLM name models `owner/model`; nobody owns `offline`.
  const compatible = hasEndpoint && !name.startsWith('offline/') && PROVIDERS.find(({ name }) => name === 'compatible');
  return compatible ? { provider: compatible, model: name } : undefined;
}

function endpointOf(provider: Provider, model: string, env: NodeJS.ProcessEnv): Endpoint {
  const id = `${provider.name}/${model}`;
  const keyName = provider.keyEnv.find((key) => present(env[key]) !== undefined);
  if (provider.needsKey && keyName === undefined) throw missing(provider, model, provider.keyEnv.join(' or '), env);
  const { baseUrl, query } = baseUrlOf(provider, model, env);
  const organization = provider.organizationEnv === undefined ? undefined : present(env[provider.organizationEnv]);
  return {
    id,
    model,
    provider,
    baseUrl,
    query,
    // Local servers want no key, but the client wants a string.
    apiKey: (keyName === undefined ? undefined : present(env[keyName])) ?? 'none',
    ...(keyName === undefined ? {} : { keyName }),
    secrets: [...KEY_NAMES.flatMap((key) => present(env[key]) ?? []), ...secretsOf(query)],
    ...(organization === undefined ? {} : { organization }),
  };
}

/** The value of a base URL may hold secrets: errors name the variable only. */
function baseUrlOf(
  provider: Provider,
  model: string,
  env: NodeJS.ProcessEnv,
): { baseUrl: string; query: Readonly<Record<string, string>> } {
  const variable = provider.baseUrlEnv;
  const text = present(env[variable]) ?? provider.baseUrl;
  if (text === undefined) throw missing(provider, model, variable, env);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw nexumError('MODEL_NOT_CONFIGURED', `${variable} is not an http or https URL`, { variable });
  }
  if (url.username !== '' || url.password !== '') {
    const keys = provider.keyEnv.join(' or ');
    const cure = keys === '' ? 'leave them out' : `put the key into ${keys} instead`;
    throw nexumError('MODEL_NOT_CONFIGURED', `${variable} holds a user name or password: ${cure}`, { variable });
  }
  const query = Object.fromEntries(url.searchParams);
  const path = url.pathname === '/' ? (provider.basePath ?? '') : url.pathname.replace(/\/+$/, '');
  return { baseUrl: `${url.origin}${path}`, query };
}

function secretsOf(query: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(query).flatMap(([name, value]) =>
    /key|token|secret|sig|pass|auth/i.test(name) ? [value] : [],
  );
}

function missing(provider: Provider, model: string, variable: string, env: NodeJS.ProcessEnv): Error {
  const elsewhere =
    provider.name !== 'compatible' && present(env['NEXUM_BASE_URL']) !== undefined
      ? `; for the endpoint of NEXUM_BASE_URL write compatible/${model}`
      : '';
  return nexumError('MODEL_NOT_CONFIGURED', `the model ${provider.name}/${model} needs ${variable}${elsewhere}`, {
    model,
  });
}

function unknown(name: string): Error {
  const names = PROVIDERS.map((provider) => `${provider.name}/<model>`).join(', ');
  return nexumError(
    'MODEL_NOT_CONFIGURED',
    `unknown model ${JSON.stringify(name)}; use offline, ${names}; compatible/<model> is the one at NEXUM_BASE_URL`,
    { model: name },
  );
}

function present(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}
