/** OpenAI Agents SDK: `durable` around the options of a tool makes each call of it durable. */
import { Agent, run, setTracingDisabled, tool } from '@openai/agents';
import { openSession } from 'nexum-pipelines';
import { durable } from 'nexum-pipelines/openai-agents';
import { z } from 'zod';
import { model } from './scripted/openai-agents.js';
import { readThermometer } from './scripted/thermometer.js';

setTracingDisabled(true);
const session = await openSession({ id: process.env['SESSION_ID'] ?? 'openai-agents' });

const weather = tool(
  durable(session, {
    name: 'weather',
    description: 'The temperature in a city',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => readThermometer(city),
  }),
);

const agent = new Agent({ name: 'Meteorologist', model, tools: [weather] });
const { finalOutput } = await run(agent, 'Which is warmer, Oslo or Lima?');

console.log(finalOutput, session.stats);
await session.close();
