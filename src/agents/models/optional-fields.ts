/** Fields of a request that some servers refuse: each is sent until a server says no, and then left out for good. */
import { NexumError } from '../../errors.js';

export interface OptionalField {
  /** Equal keys are the same field. */
  readonly key: string;
  /** How the refusal of a server names it. */
  readonly refusedAs: RegExp;
}

/** OpenAI streams some models to verified organizations only. */
export const STREAM: OptionalField = { key: 'stream', refusedAs: /\bstream(?:ing)?\b/i };
/** Tokens in the last piece of a streamed chat completion. */
export const STREAM_USAGE: OptionalField = { key: 'stream_options', refusedAs: /stream_options|include_usage/i };

/** Statuses of servers that do not know or do not like a field. */
const REFUSALS: readonly unknown[] = [400, 404, 422, 501];

export class OptionalFields {
  readonly #refused = new Set<string>();

  /**
   * Sends with the fields that are not refused yet; when an error names one of them, again without it.
   * @param send gets the keys of the fields to send
   */
  async send<T>(wanted: readonly OptionalField[], send: (keys: ReadonlySet<string>) => Promise<T>): Promise<T> {
    for (;;) {
      const fields = wanted.filter(({ key }) => !this.#refused.has(key));
      try {
        return await send(new Set(fields.map(({ key }) => key)));
      } catch (error) {
        const refused = fields.find(({ refusedAs }) => isRefusal(error, refusedAs));
        if (!refused) throw error;
        this.#refused.add(refused.key);
      }
    }
  }
}

function isRefusal(error: unknown, named: RegExp): boolean {
  const failure = error instanceof Error && error.cause instanceof NexumError ? error.cause : undefined;
  return failure !== undefined && REFUSALS.includes(failure.details['status']) && named.test(failure.message);
}
