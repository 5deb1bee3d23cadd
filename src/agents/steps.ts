/**
 * The steps of an agent, as people look at them, read back from the recorded calls of its session. Nothing else is
 * stored: each model call is committed with what the model heard since its reply before, so all of them together are
 * the transcript, as large as what was said and not its square.
 */
import { canonicalJson } from '../core/canonical-json.js';
import type { Json } from '../core/ir.js';
import { codeIn } from './code-block.js';
import type { AssistantMessage, ChatMessage, ToolCall, Usage, UserMessage } from './models/chat.js';
import { ANSWER_CALL, type RecordedReply } from './recorded-reply.js';
import { answerIn, FINAL_ANSWER } from './tools/answer-tool.js';
import { isFailure, isJsonObject, parseResult, renderResult } from './tools/observation.js';

/** A durable call; a list of them is in the order in which they were made. */
export interface RecordedCall {
  /** Such as `model:openai/gpt-5` or `tool:search_documents`. */
  readonly tool: string;
  readonly args: Json;
  /** Absent while it is under way, and when it has failed. */
  readonly result?: Json;
}

/** `agent`: the name space of an agent that another one has asked, such as `writer:0f3c`; absent: the agent itself. */
interface OfAgent {
  readonly agent?: string;
}

interface ModelStep extends OfAgent {
  /** Number of the model call of this agent, from 1. */
  readonly step: number;
  /** What the model heard since its reply before; of its first call what comes after the task. */
  readonly input: readonly ChatMessage[];
  readonly text: string;
  readonly usage: Usage;
  /** Milliseconds of the model call, when it ran. */
  readonly ms: number;
}

interface ActingStep extends ModelStep {
  readonly calls: readonly StepCall[];
  /** Of an agent that writes code: what it ran. */
  readonly code?: string;
}

export interface StepCall {
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
  /** As the model heard it; absent when nothing is recorded of it. */
  readonly observation?: string;
  /** The observation says what went wrong. */
  readonly failed?: true;
}

export interface ActionStep extends ActingStep {
  readonly kind: 'action';
  /** What the model heard of its code. */
  readonly observation?: string;
  /** Why its code ended. */
  readonly error?: string;
}

export interface FinalStep extends ActingStep {
  readonly kind: 'final_answer';
  readonly answer: Json;
  /** The steps were used up. */
  readonly bestEffort?: true;
  /** Why the answer was not accepted, as the model heard it. */
  readonly refused?: string;
}

export type AgentStep =
  | (OfAgent & { readonly kind: 'system_prompt'; readonly text: string })
  | (OfAgent & { readonly kind: 'task'; readonly messages: readonly UserMessage[] })
  | (ModelStep & { readonly kind: 'planning' })
  | ActionStep
  | FinalStep;

/** Returns the steps of all agents of a session, in the order of their model calls. */
export function stepsOf(calls: readonly RecordedCall[]): readonly AgentStep[] {
  const turns = calls.flatMap((call) => readTurn(call) ?? []);
  const results = resultsByKey(calls);
  return turns.flatMap((turn, index) => {
    const { agent, conversation, recorded } = turn;
    const following = turns
      .slice(index + 1)
      .find((other) => other.agent === agent && other.conversation === conversation);
    const answer = results.get(keyOf(agent, ANSWER_CALL, { conversation, request: recorded.request }));
    return [
      ...(turn.step === 1 ? openingSteps(recorded.heard ?? [], agent) : []),
      modelStep(turn, following?.recorded.heard ?? [], {
        observation: (call) => {
          const result = results.get(keyOf(agent, `tool:${call.name}`, argumentsOf(call)));
          return result === undefined ? undefined : renderResult(call.name, result);
        },
        ...(answer === undefined ? {} : { answer }),
      }),
    ];
  });
}

export interface Turn {
  readonly agent: string | undefined;
  readonly step: number;
  readonly recorded: RecordedReply;
}

interface RecordedTurn extends Turn {
  readonly conversation: string;
}

/** What is known of a turn besides what the model heard of it, for turns after which it heard nothing any more. */
interface Known {
  observation(call: ToolCall): string | undefined;
  /** What code gave as final answer. */
  readonly answer?: Json;
}

/** The steps before the first turn. */
export function openingSteps(heard: readonly ChatMessage[], agent: string | undefined): readonly AgentStep[] {
  const steps: AgentStep[] = [];
  for (const { role, content } of heard)
    if (role === 'system') steps.push({ ...of(agent), kind: 'system_prompt', text: content });
  const messages = heard.filter((message) => message.role === 'user').filter(({ purpose }) => purpose === undefined);
  if (messages.length > 0) steps.push({ ...of(agent), kind: 'task', messages });
  return steps;
}

/** @param next what the model heard of this turn, in the one after it */
export function modelStep({ agent, step, recorded }: Turn, next: readonly ChatMessage[], known: Known): AgentStep {
  const { message, usage, asked = 'act', heard = [], ms = 0 } = recorded;
  const text = message.content;
  const input = step === 1 ? heard.filter((each) => each.role === 'user' && each.purpose !== undefined) : heard;
  const base = { ...of(agent), step, input, text, usage, ms };
  if (asked === 'plan') return { ...base, kind: 'planning' };
  if (asked === 'code') return codeStep(base, next, known.answer);
  const calls = asked === 'act' ? stepCalls(message, next, known) : [];
  const wanted = message.toolCalls.find(({ name }) => name === FINAL_ANSWER);
  if (asked === 'act' && message.toolCalls.length > 0 && !wanted) return { ...base, kind: 'action', calls };
  const refused = refusal(next) ?? next.find((each) => each.role === 'tool' && each.callId === wanted?.id)?.content;
  return {
    ...base,
    kind: 'final_answer',
    answer: wanted ? (answerIn(wanted.arguments) ?? wanted.arguments) : text,
    calls,
    ...(asked === 'best_effort' ? { bestEffort: true } : {}),
    ...(refused === undefined ? {} : { refused }),
  };
}

function codeStep(base: ModelStep, next: readonly ChatMessage[], answer: Json | undefined): ActionStep | FinalStep {
  const code = codeIn(base.text);
  const refused = refusal(next);
  if (code === undefined || answer !== undefined) {
    const given = { kind: 'final_answer' as const, answer: answer ?? base.text, calls: [] };
    return {
      ...base,
      ...given,
      ...(code === undefined ? {} : { code }),
      ...(refused === undefined ? {} : { refused }),
    };
  }
  const observation = next.find((each) => each.role === 'user' && each.purpose === 'observation')?.content;
  if (observation === undefined) return { ...base, kind: 'action', calls: [], code };
  const error = parseResult(observation)?.['error'];
  return { ...base, kind: 'action', calls: [], code, observation, ...(typeof error === 'string' ? { error } : {}) };
}

function stepCalls(message: AssistantMessage, next: readonly ChatMessage[], known: Known): StepCall[] {
  return message.toolCalls
    .filter(({ name }) => name !== FINAL_ANSWER)
    .map((call) => {
      const heard = next.find((each) => each.role === 'tool' && each.callId === call.id)?.content;
      const observation = heard ?? known.observation(call);
      return {
        name: call.name,
        arguments: call.arguments,
        ...(observation === undefined ? {} : { observation }),
        ...(observation !== undefined && isFailure(observation) ? { failed: true as const } : {}),
      };
    });
}

function refusal(next: readonly ChatMessage[]): string | undefined {
  return next.find((each) => each.role === 'user' && each.purpose === 'repair')?.content;
}

function readTurn({ tool, args, result }: RecordedCall): RecordedTurn | undefined {
  if (!tool.startsWith('model:') || !isJsonObject(args) || !isJsonObject(result)) return undefined;
  const { turn, agent, conversation } = args;
  if (typeof turn !== 'number' || typeof conversation !== 'string' || !isJsonObject(result['message']))
    return undefined;
  return { agent: scopeOf(agent), conversation, step: turn, recorded: result as unknown as RecordedReply };
}

function resultsByKey(calls: readonly RecordedCall[]): ReadonlyMap<string, Json> {
  const results = new Map<string, Json>();
  for (const { tool, args, result } of calls) {
    if (result === undefined || !isJsonObject(args)) continue;
    const { agent, ...rest } = args;
    const about = tool === ANSWER_CALL ? rest : (rest['arguments'] ?? null);
    results.set(keyOf(scopeOf(agent), tool, about), result);
  }
  return results;
}

function keyOf(agent: string | undefined, tool: string, about: Json): string {
  return `${agent ?? ''} ${tool} ${canonicalJson(about)}`;
}

function argumentsOf(call: ToolCall): Json {
  try {
    return (call.arguments.trim() === '' ? {} : JSON.parse(call.arguments)) as Json;
  } catch {
    return null;
  }
}

function scopeOf(agent: Json | undefined): string | undefined {
  return typeof agent === 'string' ? agent : undefined;
}

function of(agent: string | undefined): OfAgent {
  return agent === undefined ? {} : { agent };
}
