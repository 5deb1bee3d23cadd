/** openai, Responses API, a loop by hand: `answerFunctionCalls` runs what a reply asks for, durably. */
import { openSession } from 'nexum-pipelines';
import { answerFunctionCalls } from 'nexum-pipelines/openai';
import { zodResponsesFunction } from 'openai/helpers/zod';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { z } from 'zod';
import { scriptedOpenAI } from './scripted/openai.js';
import { readThermometer } from './scripted/thermometer.js';

const { openai, stop } = await scriptedOpenAI();
const session = await openSession({ id: process.env['SESSION_ID'] ?? 'openai-responses' });

const weather = zodResponsesFunction({
  name: 'weather',
  description: 'The temperature in a city',
  parameters: z.object({ city: z.string() }),
  function: ({ city }) => readThermometer(city),
});

const input: ResponseInput = [{ role: 'user', content: 'Which is warmer, Oslo or Lima?' }];
for (;;) {
  const response = await openai.responses.create({ model: 'gpt-5', tools: [weather], input });
  const answers = await answerFunctionCalls(response.output, [weather], session);
  if (answers.length === 0) {
    console.log(response.output_text, session.stats);
    break;
  }
  input.push(...(response.output as ResponseInput), ...answers);
}

await session.close();
await stop();
