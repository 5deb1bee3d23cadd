/** What a model call has used and what that costs. An unknown price is absent, never 0: a sum must not look complete. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../core/ir.js';
import { errorMessage, nexumError } from '../../errors.js';
import type { Usage } from './chat.js';
import { MODEL_PRICES, type Price } from './model-prices.js';
import type { Endpoint } from './model-choice.js';

export type Prices = ReadonlyMap<string, Price>;

const FREE: Price = { inputUsd: 0, outputUsd: 0 };
const PRICE_KEYS: readonly string[] = ['inputUsd', 'cachedInputUsd', 'outputUsd'];
/** The rounding noise of sums of floats is smaller, a single token of the cheapest model is larger. */
const DECIMALS = 10;

/**
 * Returns the prices of this release, replaced and added to by the JSON file that NEXUM_PRICES names:
 * `{"provider/model": {"inputUsd", "cachedInputUsd"?, "outputUsd"}}`, in dollars per million tokens.
 * @throws NexumError MODEL_NOT_CONFIGURED when the file cannot be read or an entry is no price.
 */
export function readPrices(env: NodeJS.ProcessEnv): Prices {
  const path = env['NEXUM_PRICES']?.trim() ?? '';
  const own = path === '' ? {} : readPriceFile(path);
  return new Map(Object.entries({ ...MODEL_PRICES, ...own }));
}

/** Adds the cost to what a provider counted, when a price is known. `answeredBy`: the model that the reply names. */
export function withCost(usage: Usage | undefined, endpoint: Endpoint, prices: Prices, answeredBy?: string): Usage {
  const { provider, model } = endpoint;
  const names = [answeredBy, model].flatMap((name) => (name === undefined ? [] : spellings(name)));
  const known = names.map((name) => prices.get(`${provider.name}/${name}`)).find((price) => price !== undefined);
  const price = known ?? (provider.free ? FREE : undefined);
  const counted = usage ?? { inputTokens: 0, outputTokens: 0 };
  // A provider that says nothing about tokens has not answered for nothing.
  if (price === undefined || (usage === undefined && price !== FREE)) return counted;
  return { ...counted, costUsd: costUsd(counted, price) };
}

function costUsd({ inputTokens, outputTokens, cachedInputTokens = 0 }: Usage, price: Price): number {
  const {
    inputUsd,
    cachedInputUsd = inputUsd,
    outputUsd,
  } = price.long && inputTokens > price.long.overInputTokens ? price.long : price;
  const millionths =
    (inputTokens - cachedInputTokens) * inputUsd + cachedInputTokens * cachedInputUsd + outputTokens * outputUsd;
  return Number((millionths / 1e6).toFixed(DECIMALS));
}

/** The name, and the name without what marks a release of it: a date, `-latest`. */
function spellings(name: string): readonly string[] {
  const plain = name.replace(/^models\//, '');
  return [plain, plain.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')];
}

function readPriceFile(path: string): Record<string, Price> {
  let file: Json;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    throw badPrices(path, errorMessage(error));
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file)) throw badPrices(path, 'not a JSON object');
  return Object.fromEntries(Object.entries(file).map(([model, value]) => [model, readPrice(path, model, value)]));
}

function readPrice(path: string, model: string, value: Json): Price {
  const entry = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const usable = Object.entries(entry).every(
    ([key, usd]) => PRICE_KEYS.includes(key) && typeof usd === 'number' && Number.isFinite(usd) && usd >= 0,
  );
  if (!usable || !('inputUsd' in entry) || !('outputUsd' in entry)) {
    throw badPrices(path, `${model} needs inputUsd and outputUsd, and may have cachedInputUsd: numbers from 0 on`);
  }
  return entry as unknown as Price;
}

function badPrices(path: string, what: string): Error {
  return nexumError('MODEL_NOT_CONFIGURED', `the prices of NEXUM_PRICES (${path}): ${what}`, { path });
}
