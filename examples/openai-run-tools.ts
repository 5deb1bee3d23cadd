/** openai, chat completions: `durableTools` around the tools of `runTools()` makes each call of them durable. */
import { openSession } from 'nexum-pipelines';
import { durableTools } from 'nexum-pipelines/openai';
import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { scriptedOpenAI } from './scripted/openai.js';
import { readThermometer } from './scripted/thermometer.js';

const { openai, stop } = await scriptedOpenAI();
const session = await openSession({ id: process.env['SESSION_ID'] ?? 'openai-run-tools' });

const weather = zodFunction({
  name: 'weather',
  description: 'The temperature in a city',
  parameters: z.object({ city: z.string() }),
  function: ({ city }) => readThermometer(city),
});

const runner = openai.chat.completions.runTools({
  model: 'gpt-5',
  tools: durableTools([weather], session),
  messages: [{ role: 'user', content: 'Which is warmer, Oslo or Lima?' }],
});

console.log(await runner.finalContent(), session.stats);
await session.close();
await stop();
