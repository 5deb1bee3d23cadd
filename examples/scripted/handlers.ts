/** The handlers of warmest.yaml. Their durable calls are those of `context.session`. */
import type { Handler } from 'nexum-pipelines';
import { readThermometer } from './thermometer.js';

interface Reading {
  readonly city: string;
  readonly celsius: number;
}

const handlers: Record<string, Handler> = {
  weather: ({ city }) => readThermometer(city as string),
  warmest: ({ readings }) => {
    const [first] = (readings as unknown as Reading[]).toSorted((a, b) => b.celsius - a.celsius);
    return `${first?.city ?? 'Nowhere'} is warmer.`;
  },
};

export default handlers;
