/** Plain functions: no framework, only a session. */
import { openSession } from 'nexum-pipelines';
import { readThermometer } from './scripted/thermometer.js';

const session = await openSession({ id: process.env['SESSION_ID'] ?? 'functions' });

// A function that is durable wherever it is called; its argument is the key.
const weather = session.tool('weather', ({ city }: { city: string }) => readThermometer(city));
const oslo = await weather({ city: 'Oslo' });

// Or one call. The service that it calls gets the same idempotency key in every attempt.
const lima = await session.call('weather', { city: 'Lima' }, ({ idempotencyKey }) => {
  console.log(`idempotency key ${idempotencyKey.slice(0, 18)}...`);
  return readThermometer('Lima');
});

console.log(`${oslo.celsius < lima.celsius ? lima.city : oslo.city} is warmer.`, session.stats);
await session.close();
