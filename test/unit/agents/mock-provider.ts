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

export function mockEnv(provider: 'openai' | 'compatible', mock: LLMock): NodeJS.ProcessEnv {
  return provider === 'openai'
    ? { OPENAI_BASE_URL: `${mock.url}/v1`, OPENAI_API_KEY: KEY }
    : { NEXUM_BASE_URL: `${mock.url}/v1`, NEXUM_API_KEY: KEY };
}

export function mockModel(provider: 'openai' | 'compatible', mock: LLMock): Model {
  return resolveModel(`${provider}/gpt-test`, mockEnv(provider, mock));
}
