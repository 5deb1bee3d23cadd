/** A model of the OpenAI Agents SDK that asks for the weather in two cities, one after the other. Put yours in its place. */
import { Usage, type Model, type ModelRequest, type ModelResponse } from '@openai/agents';

const CITIES = ['Oslo', 'Lima'];

export const model: Model = {
  getResponse: ({ input }: ModelRequest): Promise<ModelResponse> => {
    const items = typeof input === 'string' ? [] : input;
    const city = CITIES[items.filter(({ type }) => type === 'function_call_result').length];
    return Promise.resolve({ usage: new Usage(), output: [city === undefined ? answer() : call(city)] });
  },
  getStreamedResponse: () => {
    throw new Error('this model does not stream');
  },
};

function call(city: string): ModelResponse['output'][number] {
  return {
    type: 'function_call',
    callId: city,
    name: 'weather',
    status: 'completed',
    arguments: JSON.stringify({ city }),
  };
}

function answer(): ModelResponse['output'][number] {
  const content = [{ type: 'output_text' as const, text: 'Lima is warmer.' }];
  return { type: 'message', role: 'assistant', status: 'completed', content };
}
