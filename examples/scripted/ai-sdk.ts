/** A language model of the AI SDK that asks for the weather in two cities, one after the other. Put yours in its place. */
import { MockLanguageModelV3 } from 'ai/test';

type Reply = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

function call(city: string): Reply {
  const content = [
    { type: 'tool-call' as const, toolCallId: city, toolName: 'weather', input: JSON.stringify({ city }) },
  ];
  return { content, finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] };
}

const answer: Reply = {
  content: [{ type: 'text', text: 'Lima is warmer.' }],
  finishReason: { unified: 'stop', raw: undefined },
  usage,
  warnings: [],
};

export function scriptedModel(): MockLanguageModelV3 {
  return new MockLanguageModelV3({ doGenerate: [call('Oslo'), call('Lima'), answer] });
}
