import { LLMock } from '@copilotkit/aimock';
import { resolveModel, type Model } from '../../../src/agents/models/model.js';

/** Never a real one; tests look for it in every text that leaves the model. */
export const KEY = 'sk-test-4f9c2b7a';

/** A scripted provider: searches twice in parallel, reads, answers with findings. */
export async function researchProvider(): Promise<LLMock> {
  const mock = await LLMock.create({ port: 0 });
  const toolResults = (count: number) => (request: { messages: readonly { role: string }[] }) =>
    request.messages.filter((message) => message.role === 'tool').length === count;
  mock.on(
    { predicate: toolResults(0) },
    {
      toolCalls: [
        { name: 'search_documents', arguments: '{"query":"lease expires"}' },
        { name: 'search_documents', arguments: '{"queries":["worker crash"],"limit":3}' },
      ],
    },
  );
  mock.on(
    { predicate: toolResults(2) },
    {
      content: 'Reading.',
      toolCalls: [{ name: 'read_document', arguments: '{"path":"leases.md","start_line":10,"end_line":14}' }],
    },
  );
  mock.on({ predicate: toolResults(3) }, { content: JSON.stringify(ANSWER) });
  return mock;
}

export const ANSWER = {
  question: 'What happens to a lease?',
  status: 'answered',
  answer: 'It expires and the attempt goes to another worker.',
  quotations: [
    {
      text: 'When a worker crashes, its lease expires and the server gives the attempt to another worker.',
      path: 'leases.md',
      startLine: 10,
      endLine: 10,
    },
  ],
  uncovered: [],
};

/** Every provider of the table, with the path below which a server answers for it. */
export const PROVIDER_NAMES = ['openai', 'anthropic', 'gemini', 'ollama', 'compatible'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** @param url ends with `/v1` */
export function providerEnv(provider: ProviderName, url: string): NodeJS.ProcessEnv {
  const env = {
    openai: { OPENAI_BASE_URL: url, OPENAI_API_KEY: KEY },
    anthropic: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY },
    gemini: { GEMINI_BASE_URL: url, GEMINI_API_KEY: KEY },
    // No key, so none is sent; the key of another provider must not leave either.
    ollama: { OLLAMA_BASE_URL: url, OPENAI_API_KEY: KEY },
    compatible: { NEXUM_BASE_URL: url, NEXUM_API_KEY: KEY },
  };
  return env[provider];
}

export function mockEnv(provider: ProviderName, mock: LLMock): NodeJS.ProcessEnv {
  return providerEnv(provider, `${mock.url}/v1`);
}

export function mockModel(provider: ProviderName, mock: LLMock): Model {
  return resolveModel(`${provider}/gpt-test`, mockEnv(provider, mock));
}
