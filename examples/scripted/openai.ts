/** A local server with the API of OpenAI that asks for the weather in two cities. `new OpenAI()` alone asks the real one. */
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';

export async function scriptedOpenAI(): Promise<{ openai: OpenAI; stop: () => Promise<unknown> }> {
  const mock = new LLMock({ port: 0, logLevel: 'silent' })
    .onToolResult('call_Lima', { content: 'Lima is warmer.' })
    .onToolResult('call_Oslo', call('Lima'))
    .onMessage(/warmer/, call('Oslo'));
  await mock.start();
  return { openai: new OpenAI({ baseURL: `${mock.url}/v1`, apiKey: 'none' }), stop: () => mock.stop() };
}

function call(city: string): { toolCalls: { id: string; name: string; arguments: string }[] } {
  return { toolCalls: [{ id: `call_${city}`, name: 'weather', arguments: JSON.stringify({ city }) }] };
}
