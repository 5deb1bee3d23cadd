/** A provider over HTTP that gives the listed replies in order and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { JsonObject } from '../../../src/core/ir.js';
import { NexumError } from '../../../src/errors.js';
import { resolveModel, type ChatMessage, type Model, type ModelRequest } from '../../../src/agents/models/model.js';
import { providerEnv, type ProviderName } from './mock-provider.js';

export interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  /** Pieces of an event stream, each written by itself. */
  readonly events?: readonly (string | object)[];
  /** After the events: `end` (default), `break` the connection, or keep it open. */
  readonly then?: 'end' | 'break' | 'hang';
}

export interface ScriptedProvider {
  /** Ends with `/v1`. */
  readonly url: string;
  readonly seen: readonly Seen[];
  model(provider: ProviderName, env?: NodeJS.ProcessEnv): Model;
  stop(): Promise<void>;
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/** Stops after the test; replies beyond the list are the last one again. */
export async function scriptedProvider(replies: readonly Reply[]): Promise<ScriptedProvider> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const reply = replies[Math.min(seen.length, replies.length - 1)] ?? {};
      seen.push({ url: request.url ?? '', headers: request.headers, body });
      return answer(response, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  running.push(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    url,
    seen,
    stop,
    model: (provider, env = {}) => resolveModel(`${provider}/test-model`, { ...providerEnv(provider, url), ...env }),
  };
}

async function answer(response: ServerResponse, reply: Reply): Promise<void> {
  const { status = 200, headers = {}, events } = reply;
  if (!events) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(reply.text ?? JSON.stringify(reply.json ?? {}));
    return;
  }
  response.writeHead(status, { 'content-type': 'text/event-stream', ...headers });
  for (const event of events) {
    const text = typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`;
    await new Promise((resolve) => response.write(text, resolve));
  }
  if (reply.then === 'break') response.destroy();
  else if (reply.then !== 'hang') response.end();
}

async function read(request: IncomingMessage): Promise<JsonObject> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as JsonObject;
}

export const HELLO: readonly ChatMessage[] = [{ role: 'user', content: 'hello' }];
export const SEARCH = {
  name: 'search_documents',
  description: 'Searches.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};

export function ask(
  model: Model,
  request: Partial<ModelRequest> = {},
  options: { signal?: AbortSignal; onDelta?: (text: string) => void } = {},
) {
  const signal = options.signal ?? new AbortController().signal;
  return model.chat(
    { messages: HELLO, tools: [], ...request },
    { ...options, signal, idempotencyKey: 'exec-1/call-1' },
  );
}

/** A reply of the API that the provider speaks, with one call of a tool or with a text. */
export function replyOf(provider: ProviderName, what: { call?: string; text?: string; usage?: object }): object {
  const { call, text = null, usage } = what;
  const counted = usage === undefined ? {} : { usage };
  if (provider === 'openai') {
    const output =
      call === undefined
        ? [
            {
              type: 'message',
              role: 'assistant',
              id: 'msg_1',
              content: [{ type: 'output_text', text, annotations: [] }],
            },
          ]
        : [
            { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'opaque' },
            { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'search_documents', arguments: call, novelty: 1 },
          ];
    return { id: 'resp_1', status: 'completed', model: 'test-model-2026-01-01', output, ...counted };
  }
  const message =
    call === undefined
      ? { role: 'assistant', content: text }
      : {
          role: 'assistant',
          content: text,
          reasoning_content: 'hm',
          tool_calls: [
            {
              id: 'c1',
              type: 'function',
              function: { name: 'search_documents', arguments: call },
              extra_content: { google: { thought_signature: 'opaque' } },
            },
          ],
        };
  const choice = { index: 0, finish_reason: call === undefined ? 'stop' : 'tool_calls', message };
  return { id: 'chatcmpl_1', model: 'test-model-2026-01-01', choices: [choice], ...counted };
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: unknown) => error as Error,
  );
}

/** Everything that a log could print of an error. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = error instanceof NexumError ? JSON.stringify(error.details) : '';
  const own = Object.entries(error).map(([name, value]) => `${name}=${String(value)}`);
  return [error.message, error.stack, details, ...own, error.cause === undefined ? '' : textOf(error.cause)].join('\n');
}
