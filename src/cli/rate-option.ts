/** `--rate`, of the commands that run a server for others. */
import { Option } from 'commander';
import type { RateSpec } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { ServerOptions } from '../server/server.js';

const RATE_ENV = 'NEXUM_RATE';
const KEYS = { rpm: 'requestsPerMinute', tpm: 'tokensPerMinute' } as const;

type Rates = NonNullable<ServerOptions['rates']>;

export function rateOption(): Option {
  return new Option('--rate <provider=rates>', 'openai=60rpm,100000tpm: what all workers share of it (repeatable)')
    .env(RATE_ENV)
    .argParser((text: string, before: Rates | undefined) => ({ ...before, ...parseRates(text) }));
}

export function rateLimits(rates: ServerOptions['rates']): Pick<ServerOptions, 'rates'> {
  return rates === undefined ? {} : { rates };
}

/** `openai=60rpm,100000tpm`; several with spaces between them, as the variable holds them. */
export function parseRates(text: string): Rates {
  return Object.fromEntries(text.split(/\s+/).filter(Boolean).map(parseRate));
}

function parseRate(text: string): [string, RateSpec] {
  const [, provider, list = ''] = /^([A-Za-z][\w-]*)=(.+)$/.exec(text) ?? [];
  const parts = list.split(',').map((part) => /^([1-9]\d{0,11})(rpm|tpm)$/.exec(part));
  if (provider === undefined || parts.some((part) => part === null)) {
    throw nexumError('USAGE', `${JSON.stringify(text)} is no rate: write provider=60rpm,100000tpm, or one of the two`);
  }
  const rates = parts.map((part) => [KEYS[part?.[2] as keyof typeof KEYS], Number(part?.[1])] as const);
  return [provider, Object.fromEntries(rates)];
}
