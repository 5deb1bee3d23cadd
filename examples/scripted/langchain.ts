/** A chat model of LangChain that asks for the weather in two cities, one after the other. Put yours in its place. */
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import type { ChatResult } from '@langchain/core/outputs';

const CITIES = ['Oslo', 'Lima'];

class ScriptedModel extends FakeListChatModel {
  override bindTools(): this {
    return this;
  }

  override _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const city = CITIES[messages.filter((message) => message.type === 'tool').length];
    const message =
      city === undefined
        ? new AIMessage('Lima is warmer.')
        : new AIMessage({ content: '', tool_calls: [{ id: city, name: 'weather', args: { city } }] });
    return Promise.resolve({ generations: [{ text: message.text, message }] });
  }
}

export const model = new ScriptedModel({ responses: [] });
