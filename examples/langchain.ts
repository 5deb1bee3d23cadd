/** LangChain and LangGraph: `durable` around a tool makes each call of it durable. */
import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { openSession } from 'nexum-pipelines';
import { durable } from 'nexum-pipelines/langchain';
import { z } from 'zod';
import { model } from './scripted/langchain.js';
import { readThermometer } from './scripted/thermometer.js';

const session = await openSession({ id: process.env['SESSION_ID'] ?? 'langchain' });

const weather = tool(({ city }) => readThermometer(city), {
  name: 'weather',
  description: 'The temperature in a city',
  schema: z.object({ city: z.string() }),
});

const agent = new StateGraph(MessagesAnnotation)
  .addNode('model', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
  .addNode('tools', new ToolNode([durable(session, weather)]))
  .addEdge('__start__', 'model')
  .addConditionalEdges('model', toolsCondition)
  .addEdge('tools', 'model')
  .compile();

const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Which is warmer, Oslo or Lima?' }] });

console.log(messages.at(-1)?.text, session.stats);
await session.close();
