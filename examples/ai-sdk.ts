/** Vercel AI SDK: `durableTools` around the tools makes each call of them durable. */
import { generateText, stepCountIs, tool } from 'ai';
import { openSession } from 'nexum-pipelines';
import { durableTools } from 'nexum-pipelines/ai-sdk';
import { z } from 'zod';
import { scriptedModel } from './scripted/ai-sdk.js';
import { readThermometer } from './scripted/thermometer.js';

const session = await openSession({ id: process.env['SESSION_ID'] ?? 'ai-sdk' });

const weather = tool({
  description: 'The temperature in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => readThermometer(city),
});

const { text } = await generateText({
  model: scriptedModel(),
  tools: durableTools({ weather }, session),
  prompt: 'Which is warmer, Oslo or Lima?',
  stopWhen: stepCountIs(5),
});

console.log(text, session.stats);
await session.close();
