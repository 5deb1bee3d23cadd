/**
 * The model calls of one agent, each a durable call.
 *
 * M1 A committed model call never runs again in its activation. Its key is the conversation (prompt and docs folder)
 *    and the number of the turn, so a replay finds the n-th reply whatever the program would ask today.
 * M2 The reply is committed together with the sha256 of what was asked. A replay compares: if this program asks
 *    something else (other instructions, tools or system prompt: a changed release), it fails with CALL_DIVERGED
 *    instead of mixing two conversations. With the hash as key a changed request would be just another key, and the
 *    divergence would stay unseen. A deterministic replay never diverges. An agent may ask to go on instead: then the
 *    replies from that turn on are forgotten, and the turn runs anew; what tools did stays committed.
 * M3 The hash leaves out what tools and code answered. Their results are durable calls themselves; their failures are
 *    not committed, so a tool that failed before may succeed in the replay, and that is no reason to lose the execution.
 * M4 The model's name is part of the tool name: on a worker with another model the agent starts over with it.
 * M5 The budget is asked before a call that is not committed yet, and only then: a replay never waits. What a call has used
 *    is told either way (task-budget.ts, U1).
 * M6 What the model heard since its reply before is committed with the reply: the records alone are the transcript.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json } from '../core/ir.js';
import { providerOf } from '../core/usage.js';
import { nexumError } from '../errors.js';
import { traceChat } from '../tracing/model-span.js';
import type { DurableSession, HandlerLog, ModelBudget } from '../worker/handler.js';
import type { ChatMessage, Model, ModelRequest, Usage } from './models/chat.js';
import { inScope, type Asked, type RecordedReply } from './recorded-reply.js';

/** Of English text and JSON, about; the true count corrects it after the call. Less would let through more than the rate. */
const CHARACTERS_PER_TOKEN = 4;

export interface ModelCallsOptions {
  readonly model: Model;
  readonly session: DurableSession;
  readonly prompt: string;
  readonly docs: string;
  /** Without a budget nothing limits the calls, and nobody counts them for the execution. */
  readonly budget?: ModelBudget | undefined;
  readonly log?: HandlerLog;
  /** The name space of an agent that another one has asked. */
  readonly scope?: string | undefined;
  readonly onDivergence?: 'fail' | 'truncate' | undefined;
  /** Told of each call, replayed ones included. */
  readonly spend?: (usage: Usage) => void;
  readonly onDelta?: ((text: string) => void) | undefined;
}

export class ModelCalls {
  readonly #options: ModelCallsOptions;
  readonly #conversation: string;
  #turn = 0;

  constructor(options: ModelCallsOptions) {
    this.#options = options;
    this.#conversation = sha256({ prompt: options.prompt, docs: options.docs });
  }

  /** Calls so far. */
  get turns(): number {
    return this.#turn;
  }

  /** @throws NexumError CALL_DIVERGED when the recorded turn answered another request. */
  async next(request: ModelRequest, signal: AbortSignal, asked: Asked = 'act'): Promise<RecordedReply> {
    this.#turn += 1;
    const wanted = fingerprint(this.#options.model.id, request);
    let recorded = await this.#call(request, wanted, asked, signal);
    if (recorded.request !== wanted) {
      await this.#diverged(recorded.request, wanted);
      recorded = await this.#call(request, wanted, asked, signal);
    }
    this.#options.spend?.(recorded.usage);
    return recorded;
  }

  async #call(request: ModelRequest, wanted: string, asked: Asked, signal: AbortSignal): Promise<RecordedReply> {
    const { model, session, budget, onDelta } = this.#options;
    const provider = providerOf(model.id);
    let replayed = true;
    const recorded = await session.call<RecordedReply>(
      callName(model.id),
      this.#args(this.#turn),
      async (call) => {
        const both = AbortSignal.any([signal, call.signal]);
        both.throwIfAborted();
        await budget?.admit({ provider, estimatedTokens: estimateTokens(request) }, both);
        replayed = false;
        const { idempotencyKey } = call;
        const started = performance.now();
        const reply = await traceChat(model.id, () =>
          model.chat(request, { signal: both, idempotencyKey, ...(onDelta ? { onDelta } : {}) }),
        );
        const ms = Math.round(performance.now() - started);
        return { request: wanted, asked, heard: heardSince(request.messages), ...reply, ms };
      },
      { repeat: 'sequence' },
    );
    budget?.used({ ...recorded.usage, provider, model: model.id, replayed });
    return recorded;
  }

  async #diverged(recorded: string, wanted: string): Promise<void> {
    const { model, session, log, onDivergence } = this.#options;
    const turn = this.#turn;
    if (onDivergence !== 'truncate') {
      throw nexumError(
        'CALL_DIVERGED',
        `turn ${turn} of this agent was recorded with another request: its instructions, tools or release changed`,
        { turn, recorded, asked: wanted },
      );
    }
    log?.warn('agent goes on anew: what was recorded answers another request', { turn });
    // From the first on: whoever dies in between finds the next recorded turn to be another one, too.
    for (let last = turn; ; last += 1) {
      const was = await session.forget(callName(model.id), this.#args(last), { repeat: 'sequence', ordinal: 1 });
      if (!was) return;
    }
  }

  #args(turn: number): Json {
    return { ...inScope(this.#options.scope), conversation: this.#conversation, turn };
  }
}

export function addUsage(a: Usage, b: Usage): Usage {
  const cached = addKnown(a.cachedInputTokens, b.cachedInputTokens);
  const costUsd = addKnown(a.costUsd, b.costUsd);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function addKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function heardSince(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
}

function fingerprint(model: string, request: ModelRequest): string {
  const messages = request.messages.map((message): ChatMessage => {
    if (message.role === 'tool') return { ...message, content: '' };
    if (message.role !== 'user' || message.purpose === undefined) return message;
    const { purpose, ...said } = message;
    return purpose === 'observation' ? { ...said, content: '' } : said;
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
