/**
 * The `openai` package as transport to one endpoint.
 *
 * P1 A call is tried again inside, at most SDK_RETRIES times and never later than MAX_WAIT_MS after a failure; longer
 *    waits and outages are for the node's retry policy, which is durable.
 * P2 Nothing that leaves holds a key: error texts and replies are redacted here, at the one place they pass.
 * P3 An abort ends the call at once, also while it waits or reads a stream; the error is the reason of the abort.
 */
import OpenAI from 'openai';
import type { Json } from '../../core/ir.js';
import { abortable } from '../abortable.js';
import { answerField, answerFormat, type AnswerFormat } from './answer-format.js';
import type { AssistantMessage, ChatOptions, ModelReply, ModelRequest, Usage } from './chat.js';
import { withCost, type Prices } from './cost.js';
import type { Endpoint } from './model-choice.js';
import { OptionalFields, STREAM, STREAM_USAGE } from './optional-fields.js';
import { isOutOfCredit, isTransient, providerFailure } from './provider-failure.js';
import type { Redactor } from './redaction.js';
import { retryAfterMs } from './retry-after.js';

/** Enough for a hiccup. */
const SDK_RETRIES = 2;
/**
 * Until the reply begins; reasoning models take minutes. Too low kills good answers, too high hides a dead connection.
 * The fetch of Node waits no longer either, and as long between two pieces of a body.
 */
const REQUEST_TIMEOUT_MS = 5 * 60_000;
/** Longest Retry-After to sit out inside a call. */
const MAX_WAIT_MS = 30_000;

export interface ClientOptions {
  readonly prices: Prices;
  readonly redactor: Redactor;
}

/** How one API is spoken. `format`: the schema of the answer, where the provider takes it. */
export interface Speech<T> {
  whole(format: AnswerFormat | undefined): Promise<T>;
  /** `push` gets the text as it arrives; returns what `whole` does. */
  stream(format: AnswerFormat | undefined, to: { usage: boolean; push: (text: string) => void }): Promise<T>;
  /** @throws NexumError MODEL_FAILED for a reply that is no answer, MODEL_CUT_OFF, MODEL_REFUSED */
  read(reply: T): Answer;
}

export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly headers: Record<string, string>;
}

/** What both APIs have in common of an answer. */
export interface Answer {
  readonly message: AssistantMessage;
  /** undefined: the provider did not say. */
  readonly usage: Usage | undefined;
  readonly model: unknown;
}

export class ProviderClient {
  readonly api: OpenAI;
  readonly #endpoint: Endpoint;
  readonly #options: ClientOptions;
  readonly #optional = new OptionalFields();

  constructor(endpoint: Endpoint, options: ClientOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.api = new OpenAI({
      apiKey: endpoint.apiKey,
      baseURL: endpoint.baseUrl,
      defaultQuery: endpoint.query,
      // Explicit, because the package fills what is absent from OPENAI_* variables, which must not reach another provider.
      defaultHeaders: { ...withoutCustomHeaders(), authorization: `Bearer ${endpoint.apiKey}` },
      organization: endpoint.organization ?? null,
      project: null,
      adminAPIKey: null,
      maxRetries: SDK_RETRIES,
      timeout: REQUEST_TIMEOUT_MS,
      fetch: boundedFetch,
      // Its debug log prints headers.
      logLevel: 'off',
    });
  }

  /**
   * Asks once, with what the provider takes of the optional fields. `onDelta` gets the text as it arrives; of a reply
   * that cannot be streamed it gets the whole text at once.
   */
  async chat<T>(ask: ModelRequest, chat: ChatOptions, speech: Speech<T>): Promise<ModelReply> {
    const { provider } = this.#endpoint;
    const format = answerFormat(ask, provider);
    const answer = format && answerField(format);
    const streams = chat.onDelta !== undefined && (provider.streamsTools || ask.tools.length === 0);
    const wanted = [...(streams ? [STREAM_USAGE, STREAM] : []), ...(answer ? [answer] : [])];
    const watcher = this.#watcher(chat);
    const { answered, streamed } = await this.#optional.send(wanted, async (fields) => {
      const schema = answer && fields.has(answer.key) ? format : undefined;
      const streamed = fields.has(STREAM.key);
      const send = async (): Promise<Answer> =>
        speech.read(
          streamed
            ? await speech.stream(schema, {
                usage: fields.has(STREAM_USAGE.key),
                push: (text) => watcher.push(text),
              })
            : await speech.whole(schema),
        );
      return { answered: await this.#request(chat.signal, send), streamed };
    });
    if (!streamed) watcher.push(answered.message.content);
    watcher.end();
    return this.#reply(answered);
  }

  /** Runs one request until its reply is read, and maps what it throws. */
  async #request<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      // The package sleeps between its retries without looking at the signal, and ends an aborted stream without an error.
      return await abortable(send(), signal);
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : providerFailure(this.#endpoint, this.#options.redactor, error);
    }
  }

  #reply({ message, usage, model }: Answer): ModelReply {
    const name = typeof model === 'string' && model !== '' ? { model } : {};
    const counted = withCost(usage, this.#endpoint, this.#options.prices, name.model);
    return this.#options.redactor.reply({ message, usage: counted, ...name });
  }

  /** A watcher that throws is told nothing more; the call itself goes on. */
  #watcher({ onDelta, signal }: ChatOptions): { push(piece: string): void; end(): void } {
    let broken = false;
    return this.#options.redactor.pieces((text) => {
      if (broken || signal.aborted) return;
      try {
        onDelta?.(text);
      } catch {
        broken = true;
      }
    });
  }
}

/** What came over the wire, without the methods and getters that a class of the package may add. */
export function verbatim(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

export function requestOptions({ signal, idempotencyKey }: ChatOptions): RequestOptions {
  return { signal, headers: { 'idempotency-key': idempotencyKey } };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}

/** The headers of OPENAI_CUSTOM_HEADERS, taken back: null removes a header. */
function withoutCustomHeaders(): Record<string, null> {
  const lines = (process.env['OPENAI_CUSTOM_HEADERS'] ?? '').split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), null]));
}

/** Says the package when to try again, and makes errors of every provider look like OpenAI's. */
async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.ok) return response;
  const text = await response.text();
  const headers = new Headers(response.headers);
  // The text is decoded and may be rewritten.
  for (const name of ['content-encoding', 'content-length', 'retry-after', 'retry-after-ms']) headers.delete(name);
  const wait = retryAfterMs(response.headers, text, Date.now());
  if (wait !== undefined) headers.set('retry-after-ms', String(wait));
  const hopeless = !isTransient(response.status) || isOutOfCredit(text);
  if (hopeless || (wait ?? 0) > MAX_WAIT_MS) headers.set('x-should-retry', 'false');
  return new Response(errorBody(text), { status: response.status, statusText: response.statusText, headers });
}

/** Google sends a list of one error, some servers a bare text; the package reads `{error: {message}}` only. */
function errorBody(text: string): string {
  try {
    const body = JSON.parse(text) as unknown;
    const first: unknown = Array.isArray(body) ? body[0] : body;
    if (typeof first !== 'object' || first === null) return text;
    if (!('error' in first)) return JSON.stringify({ error: first });
    return JSON.stringify(typeof first.error === 'string' ? { error: { ...first, message: first.error } } : first);
  } catch {
    return text;
  }
}
