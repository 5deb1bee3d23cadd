/**
 * A provider of models that follows a script: an HTTP server with the Responses API of OpenAI. Its replies depend on the
 * request alone, ids included, so two runs of one conversation get the same ones; and it counts what was asked.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the model says when so many tool results are in the conversation, and these tools are offered. */
export type Script = Readonly<Record<number, Turn>> | ((results: number, offered: readonly string[]) => Turn);

export type Turn =
  | { readonly calls: readonly (readonly [tool: string, args: Readonly<Record<string, unknown>> | string])[] }
  | { readonly text: string };

/** One request as it arrived. */
export interface Asked {
  /** Of the durable call: the same over all its attempts. */
  readonly idempotencyKey: string;
  readonly authorization: string;
  readonly body: string;
}

/** Instead of the script: what the n-th request, from 1, is refused with. */
export type Refusal = (asked: Asked, nth: number) => { readonly status: number; readonly body: string } | undefined;

export class ScriptedProvider {
  readonly asked: Asked[] = [];
  readonly #server: Server;

  private constructor(script: Script, refuse: Refusal) {
    this.#server = createServer((request, response) => {
      void read(request).then((body) => {
        const { headers } = request;
        const asked = {
          idempotencyKey: String(headers['idempotency-key']),
          authorization: headers.authorization ?? '',
          body,
        };
        this.asked.push(asked);
        const refusal = refuse(asked, this.asked.length);
        if (refusal) {
          response.writeHead(refusal.status, { 'content-type': 'application/json' });
          response.end(refusal.body);
          return;
        }
        const { input, tools = [] } = JSON.parse(body) as Request;
        const results = input.filter(({ type }) => type === 'function_call_output').length;
        const offered = tools.map(({ name }) => name);
        const turn = typeof script === 'function' ? script(results, offered) : script[results];
        response.writeHead(turn ? 200 : 400, { 'content-type': 'application/json' });
        response.end(JSON.stringify(turn ? reply(turn, results) : { error: { message: `no turn ${results}` } }));
      });
    });
  }

  static async start(script: Script, refuse: Refusal = () => undefined): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(script, refuse);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  /** What a worker needs to ask it. */
  env(key = 'sk-scripted'): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    return { NEXUM_MODEL: 'openai/gpt-test', OPENAI_API_KEY: key, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Request {
  readonly input: readonly { readonly type?: string; readonly output?: string }[];
  readonly tools?: readonly { readonly name: string }[];
}

function reply(turn: Turn, results: number): unknown {
  // Fields that nobody knows must come back verbatim.
  const reasoning = { type: 'reasoning', id: `rs_${results}`, summary: [], encrypted_content: `opaque ${results}` };
  const output =
    'text' in turn
      ? [
          {
            type: 'message',
            id: `msg_${results}`,
            role: 'assistant',
            content: [{ type: 'output_text', text: turn.text }],
          },
        ]
      : turn.calls.map(([name, args], index) => ({
          type: 'function_call',
          id: `fc_${results}_${index}`,
          call_id: `call_${results}_${index}`,
          name,
          arguments: typeof args === 'string' ? args : JSON.stringify(args),
        }));
  return {
    id: `resp_${results}`,
    object: 'response',
    status: 'completed',
    model: 'gpt-test-2026',
    output: [reasoning, ...output],
    usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += String(chunk);
  return body;
}
