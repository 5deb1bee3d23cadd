/**
 * The model calls of one agent, each a durable call.
 *
 * M1 A committed model call never runs again in its activation. Its key is the conversation (prompt and docs folder)
 *    and the number of the turn, so a replay finds the n-th reply whatever the program would ask today.
 * M2 The reply is committed together with the sha256 of what was asked. A replay compares: if this program asks
 *    something else (other instructions, tools or system prompt: a changed release), it fails with CALL_DIVERGED
 *    instead of mixing two conversations. With the hash as key a changed request would be just another key, and the
 *    divergence would stay unseen. A deterministic replay never diverges.
 * M3 The hash leaves out what tools answered. Their results are durable calls themselves; their failures are not
 *    committed, so a tool that failed before may succeed in the replay, and that is no reason to lose the execution.
 * M4 The model's name is part of the tool name: on a worker with another model the agent starts over with it.
 * M5 The budget is asked before a call that is not committed yet, and only then: a replay never waits. What a call has used
 *    is told either way (task-budget.ts, U1).
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { traceChat } from '../tracing/model-span.js';
import { providerOf } from '../core/usage.js';
import type { DurableSession, ModelBudget } from '../worker/handler.js';
import type { ChatMessage, Model, ModelReply, ModelRequest, Usage } from './models/chat.js';

/** Of English text and JSON, about; the true count corrects it after the call. Less would let through more than the rate. */
const CHARACTERS_PER_TOKEN = 4;

type RecordedReply = ModelReply & { readonly request: string };

export class ModelCalls {
  readonly #model: Model;
  readonly #session: DurableSession;
  readonly #conversation: string;
  readonly #budget: ModelBudget | undefined;
  #turn = 0;
  #usage: Usage = { inputTokens: 0, outputTokens: 0 };

  /** Without a budget nothing limits the calls, and nobody counts them. */
  constructor(options: { model: Model; session: DurableSession; prompt: string; docs: string; budget?: ModelBudget }) {
    this.#model = options.model;
    this.#session = options.session;
    this.#budget = options.budget;
    this.#conversation = sha256({ prompt: options.prompt, docs: options.docs });
  }

  /** Tokens of all turns so far, replayed ones included. */
  get usage(): Usage {
    return this.#usage;
  }

  /** @throws NexumError CALL_DIVERGED when the recorded turn answered another request. */
  async next(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
    const turn = (this.#turn += 1);
    const asked = fingerprint(this.#model.id, request);
    const provider = providerOf(this.#model.id);
    let replayed = true;
    const recorded = await this.#session.call<RecordedReply>(
      callName(this.#model.id),
      { conversation: this.#conversation, turn },
      async (call) => {
        const both = AbortSignal.any([signal, call.signal]);
        both.throwIfAborted();
        await this.#budget?.admit({ provider, estimatedTokens: estimateTokens(request) }, both);
        replayed = false;
        const { idempotencyKey } = call;
        const reply = await traceChat(this.#model.id, () =>
          this.#model.chat(request, { signal: both, idempotencyKey }),
        );
        return { request: asked, message: reply.message, usage: reply.usage };
      },
      { repeat: 'sequence' },
    );
    this.#budget?.used({ ...recorded.usage, provider, model: this.#model.id, replayed });
    if (recorded.request !== asked) {
      throw nexumError(
        'CALL_DIVERGED',
        `turn ${turn} of this agent was recorded with another request: its instructions, tools or release changed`,
        { turn, recorded: recorded.request, asked },
      );
    }
    this.#usage = {
      inputTokens: this.#usage.inputTokens + recorded.usage.inputTokens,
      outputTokens: this.#usage.outputTokens + recorded.usage.outputTokens,
    };
    return { message: recorded.message, usage: recorded.usage };
  }
}

function fingerprint(model: string, request: ModelRequest): string {
  const messages = request.messages.map((message): ChatMessage => {
    return message.role === 'tool' ? { ...message, content: '' } : message;
  });
  return sha256({ model, messages, tools: request.tools });
}

/** Of what is sent; how much comes back is not known before. */
function estimateTokens({ messages, tools }: ModelRequest): number {
  const characters = messages.reduce((sum, message) => {
    const calls = message.role === 'assistant' ? message.toolCalls : [];
    return calls.reduce(
      (length, call) => length + call.name.length + call.arguments.length,
      sum + message.content.length,
    );
  }, JSON.stringify(tools).length);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Names of durable calls allow fewer characters than names of models do; the hash still tells models apart. */
function callName(model: string): string {
  return `model:${model}`.replace(/[^\w.:/-]/g, '_').slice(0, 128);
}

function sha256(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
