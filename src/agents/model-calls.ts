/**
 * The model calls of one agent, each a durable call.
 *
 * M1 A committed model call never runs again in its activation. Its key is the conversation (prompt and docs folder)
 *    and the number of the turn, so a replay finds the n-th reply whatever the program would ask today. The number makes
 *    each key of a run another one, so the calls are no sequence; and who is run again in an attempt reads them back.
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
 * M7 What forgotten replies have used is committed with the reply in their place, and told in every attempt: what an attempt
 *    tells is taken for its total. The model is asked before anything is forgotten, and the later turns are forgotten after
 *    the commit: a crash while they are counts them twice, and only one between two messages to the server loses anything,
 *    what the first forgotten reply has used.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json } from '../core/ir.js';
import { providerOf } from '../core/usage.js';
import { nexumError } from '../errors.js';
import { traceChat } from '../tracing/model-span.js';
import type { DurableCallContext, DurableSession, HandlerLog, ModelBudget } from '../worker/handler.js';
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
  readonly log: HandlerLog;
  /** The name space of an agent that another one has asked. */
  readonly scope?: string | undefined;
  readonly onDivergence?: 'fail' | 'truncate' | undefined;
  /** Told of each call, replayed and forgotten ones included. */
  readonly spend: (usage: Usage) => void;
  /** The calls of this attempt that are counted, of all its agents. */
  readonly counted: Set<string>;
  readonly onDelta?: ((text: string) => void) | undefined;
}

interface Question {
  readonly request: ModelRequest;
  /** Its hash. */
  readonly wanted: string;
  readonly asked: Asked;
}

/** Thrown where nothing is recorded, so that nothing is committed. */
class NothingRecorded extends Error {}

export class ModelCalls {
  readonly #options: ModelCallsOptions;
  /** Hex sha256 of prompt and docs folder: part of every key. */
  readonly conversation: string;
  #turn = 0;

  constructor(options: ModelCallsOptions) {
    this.#options = options;
    this.conversation = sha256({ prompt: options.prompt, docs: options.docs });
  }

  /** Calls so far. */
  get turns(): number {
    return this.#turn;
  }

  /** @throws NexumError CALL_DIVERGED when the recorded turn answered another request. */
  async next(request: ModelRequest, signal: AbortSignal, asked: Asked = 'act'): Promise<RecordedReply> {
    this.#turn += 1;
    const question = { request, wanted: fingerprint(this.#options.model.id, request), asked };
    let replayed = true;
    const recorded = await this.#call(this.#turn, (call) => {
      replayed = false;
      return this.#ask(question, AbortSignal.any([signal, call.signal]), call.idempotencyKey);
    });
    this.#count(this.#turn, recorded, replayed);
    return recorded.request === question.wanted ? recorded : this.#anew(recorded, question, signal);
  }

  #call(turn: number, execute: (call: DurableCallContext) => Promise<RecordedReply>): Promise<RecordedReply> {
    const { model, session } = this.#options;
    return session.call<RecordedReply>(callName(model.id), this.#args(turn), execute);
  }

  async #ask(
    { request, wanted, asked }: Question,
    signal: AbortSignal,
    idempotencyKey: string,
  ): Promise<RecordedReply> {
    const { model, budget, onDelta } = this.#options;
    signal.throwIfAborted();
    await budget?.admit({ provider: providerOf(model.id), estimatedTokens: estimateTokens(request) }, signal);
    const started = performance.now();
    const reply = await traceChat(model.id, () =>
      model.chat(request, { signal, idempotencyKey, ...(onDelta ? { onDelta } : {}) }),
    );
    const ms = Math.round(performance.now() - started);
    return { request: wanted, asked, heard: heardSince(request.messages), ...reply, ms };
  }

  /** M2, M7 */
  async #anew(recorded: RecordedReply, question: Question, signal: AbortSignal): Promise<RecordedReply> {
    const { model, session, log, onDivergence } = this.#options;
    const turn = this.#turn;
    const { wanted } = question;
    if (onDivergence !== 'truncate') {
      throw nexumError(
        'CALL_DIVERGED',
        `turn ${turn} of this agent was recorded with another request: its instructions, tools or release changed`,
        { turn, recorded: recorded.request, asked: wanted },
      );
    }
    log.warn('agent goes on anew: what was recorded answers another request', { turn });
    const later = await this.#countAfter(turn);
    const forgotten = [recorded, ...later].flatMap(({ forgotten: before = [], usage }) => [...before, usage]);
    const reply = await this.#ask(question, signal, `${session.id}/${wanted}`);
    await session.forget(callName(model.id), this.#args(turn));
    const anew = await this.#call(turn, () => Promise.resolve({ ...reply, forgotten }));
    this.#count(turn, reply, false);
    // From the first on: whoever dies in between finds the next recorded turn to be another one, too. The last is the one
    // that was looked for in vain, whose failure is recorded.
    for (let next = turn + 1; next <= turn + later.length + 1; next += 1)
      await session.forget(callName(model.id), this.#args(next));
    return anew;
  }

  /** Counts the recorded turns after one, and returns them. */
  async #countAfter(turn: number): Promise<readonly RecordedReply[]> {
    const later: RecordedReply[] = [];
    try {
      for (;;) {
        const next = turn + later.length + 1;
        const recorded = await this.#call(next, () => Promise.reject(new NothingRecorded()));
        this.#count(next, recorded, true);
        later.push(recorded);
      }
    } catch (error) {
      if (error instanceof NothingRecorded) return later;
      throw error;
    }
  }

  /** Once in an attempt, although an agent that was stopped and is asked again reads its calls again. */
  #count(turn: number, { request, usage, forgotten = [] }: RecordedReply, replayed: boolean): void {
    const { model, budget, counted, spend } = this.#options;
    const call = canonicalJson([model.id, this.#args(turn), request]);
    if (counted.has(call)) return;
    counted.add(call);
    for (const each of [...forgotten, usage]) {
      budget?.used({ ...each, provider: providerOf(model.id), model: model.id, replayed });
      spend(each);
    }
  }

  #args(turn: number): Json {
    return { ...inScope(this.#options.scope), conversation: this.conversation, turn };
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
