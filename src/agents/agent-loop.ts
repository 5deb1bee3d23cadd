/**
 * The agent loop: a model call, what the model wanted done, and again, until it answers. Every effect is a durable call
 * (model-calls.ts, tool-calls.ts, code-acting.ts, sub-agents.ts), so the loop itself keeps no state: killed anywhere, it
 * runs from the top, reads the committed calls back in milliseconds and goes on at the first missing one.
 *
 * L1 It ends: after `max_steps` steps one best effort, and after each answer that is not accepted one more turn, twice at
 *    most; a plan precedes steps only. Whatever a model does, there are no other turns.
 */
import type { Json } from '../core/ir.js';
import { openSandbox as openProcess } from '../sandbox/sandbox.js';
import type { AgentOutcome, AgentTask } from './agent-task.js';
import { answeredBy, refusalOf, type Acting, type Answered } from './acting.js';
import { AnswerJudge } from './answer-judge.js';
import { CodeActing } from './code-acting.js';
import { codeFunctions } from './code-functions.js';
import { openingMessages, questionIn } from './conversation.js';
import { answerSchema } from './final-answer.js';
import { addUsage, ModelCalls } from './model-calls.js';
import type { ChatMessage, Usage } from './models/chat.js';
import type { Asked, RecordedReply } from './recorded-reply.js';
import { modelStep, openingSteps, type AgentStep } from './steps.js';
import { SubAgents } from './sub-agents.js';
import { bestEffortRequest, planFollowUp, planRequest, repairRequest, systemPrompt } from './system-prompt.js';
import { ToolActing } from './tool-acting.js';
import { FINAL_ANSWER } from './tools/answer-tool.js';
import { ASK_HUMAN, askHuman } from './tools/ask-human.js';
import { ToolCalls } from './tools/tool-calls.js';

export type { AgentOutcome, AgentTask } from './agent-task.js';

/** The bounds of `max_steps`; a foreign IR may ask for more. */
const MAX_STEPS = 50;
/** Turns in which a model may mend its answer: the first often suffices, and more than the second rarely helps. */
const MAX_REPAIRS = 2;
const NOT_EXECUTED = 'not executed: no tool can be called here';

/**
 * Runs an agent to its final answer.
 * @throws NexumError INVALID_WORKFLOW when there is neither a prompt nor a message.
 * @throws NexumError UNKNOWN_TOOL when the agent lists a tool that does not exist.
 * @throws NexumError CALL_DIVERGED when the recorded conversation was another one, unless the agent goes on anew.
 * @throws NonRetryableError when the answer is not accepted after the repairs: a replay reads the same answers.
 */
export async function runAgent(task: AgentTask): Promise<AgentOutcome> {
  const run = new AgentRun(task);
  try {
    return await run.outcome();
  } finally {
    await run.close();
  }
}

/** A turn whose reply was an answer. */
interface LastTurn {
  readonly recorded: RecordedReply;
  readonly acted: Answered;
  readonly started: number;
}

class AgentRun {
  readonly #task: AgentTask;
  readonly #models: ModelCalls;
  readonly #acting: Acting;
  readonly #judge: AnswerJudge;
  readonly #messages: ChatMessage[];
  readonly #maxSteps: number;
  /** Turns in which the model could act. */
  #steps = 0;
  #repairs = 0;
  /** The last words to the model were that its answer is not accepted. */
  #mending = false;
  #state: AgentOutcome['state'] = 'completed';
  #usage: Usage = { inputTokens: 0, outputTokens: 0 };

  constructor(task: AgentTask) {
    const { spec, session, budget, docs, model, prompt, log, caller, onDelta } = task;
    const scope = caller?.scope;
    const spend = (usage: Usage): void => {
      this.#usage = addUsage(this.#usage, usage);
      caller?.spend(usage);
    };
    const counted = caller?.counted ?? new Set<string>();
    this.#task = task;
    const opening = openingMessages(task);
    this.#models = new ModelCalls({
      model,
      session,
      prompt,
      docs,
      budget,
      log,
      scope,
      onDivergence: spec.onDivergence,
      onDelta,
      spend,
      counted,
    });
    const { conversation } = this.#models;
    const subAgents = new SubAgents(task, runAgent, { spend, counted });
    const own = [...(spec.tools.includes(ASK_HUMAN) ? [askHuman(session)] : []), ...subAgents.tools];
    const names = spec.tools.filter((name) => name !== FINAL_ANSWER);
    const tools = new ToolCalls({ available: task.tools, names, own, session, docs, scope });
    this.#maxSteps = Math.min(MAX_STEPS, Math.max(1, Math.trunc(spec.maxSteps)));
    const schema = answerSchema(task.outputSchema, spec.finalAnswerChecks);
    this.#judge = new AnswerJudge(task, tools, schema);
    const functions = spec.kind === 'code' ? codeFunctions(tools.definitions, task.node) : undefined;
    const { openSandbox = openProcess } = task;
    this.#acting = functions
      ? new CodeActing({ tools, functions, openSandbox, session, scope, conversation })
      : new ToolActing(tools, spec.tools.includes(FINAL_ANSWER) ? { schema } : undefined);
    const system = systemPrompt(spec, this.#maxSteps, task.outputSchema, functions);
    this.#messages = [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), ...opening];
    if (system !== '') log.info('agent step', { kind: 'system_prompt', characters: system.length });
    const characters = opening.reduce((sum, { content }) => sum + content.length, 0);
    const heard = task.messages === undefined ? {} : { messages: task.messages.length };
    log.info('agent step', { kind: 'task', model: model.id, tools: spec.tools, characters, ...heard });
    for (const step of openingSteps(this.#messages, scope)) task.onStep?.(step);
  }

  async outcome(): Promise<AgentOutcome> {
    for (;;) {
      const last = await this.#untilAnswer();
      const verdict = await this.#judge.judge(last.acted.answer);
      if (verdict.problems.length > 0 && this.#repairs < MAX_REPAIRS) {
        this.#repairs += 1;
        this.#mending = true;
        this.#task.log.warn('agent answer needs a repair', { problems: verdict.problems });
        const heard = last.acted.refused(repairRequest(verdict.problems, this.#mayAct));
        this.#tell(last.recorded, heard, last, { state: this.#state });
        this.#messages.push(...heard);
        continue;
      }
      this.#tell(last.recorded, last.acted.heard, last, { state: this.#state });
      const output = await this.#judge.output(verdict, questionIn(this.#messages), this.#messages, MAX_REPAIRS);
      return { output, state: this.#state, steps: this.#models.turns, usage: this.#usage };
    }
  }

  close(): Promise<void> {
    return this.#acting.close();
  }

  /** A repair may act again where the author said what the answer must be, or how it is given, and while steps are left. */
  get #mayAct(): boolean {
    if (this.#steps >= this.#maxSteps) return false;
    const { kind, finalAnswerChecks, tools } = this.#task.spec;
    return this.#repairs === 0 || kind === 'code' || finalAnswerChecks !== undefined || tools.includes(FINAL_ANSWER);
  }

  get #isToPlan(): boolean {
    const { spec, model } = this.#task;
    if (spec.planningInterval === undefined || model.plans === false) return false;
    return this.#steps % spec.planningInterval === 0;
  }

  /** The first reply that is an answer; after `max_steps`, or for a repair, of one call that can only be answered. */
  async #untilAnswer(): Promise<LastTurn> {
    while (this.#mayAct) {
      if (this.#isToPlan) await this.#plan();
      this.#steps += 1;
      const started = performance.now();
      const recorded = await this.#ask(this.#acting.asked);
      const acted = await this.#acting.act(recorded, this.#task.signal);
      if (acted.kind === 'answered') return { recorded, acted, started };
      this.#mending = false;
      this.#messages.push(...acted.heard);
      this.#tell(recorded, acted.heard, { started }, { tools: acted.tools });
    }
    if (!this.#mending) this.#usedUp();
    const started = performance.now();
    const recorded = await this.#ask(this.#mending ? 'answer' : 'best_effort');
    // A reply that calls tools all the same counts with its text.
    return { recorded, acted: answeredBy(recorded.message), started };
  }

  #usedUp(): void {
    this.#state = 'max_steps';
    this.#task.log.warn('agent used all its steps; the answer is a best effort', { max_steps: this.#maxSteps });
    this.#messages.push({ role: 'user', content: bestEffortRequest(this.#maxSteps), purpose: 'best_effort' });
  }

  /** A turn without tools whose text becomes part of the conversation; it is no step. */
  async #plan(): Promise<void> {
    this.#messages.push({ role: 'user', content: planRequest(this.#steps, this.#maxSteps), purpose: 'plan' });
    const started = performance.now();
    const recorded = await this.#ask('plan');
    const heard: ChatMessage = { role: 'user', content: planFollowUp(), purpose: 'plan' };
    this.#messages.push(heard);
    this.#tell(recorded, [heard], { started }, {});
  }

  async #ask(asked: Asked): Promise<RecordedReply> {
    const { offered } = this.#acting;
    const tools = asked === 'act' ? { tools: offered } : { tools: [], withheld: offered };
    // Code and plans are no answers: a provider that knows the schema would force them into it.
    const schema = asked === 'code' || asked === 'plan' ? undefined : this.#judge.schema;
    const request = {
      messages: [...this.#messages],
      ...tools,
      ...(schema === undefined ? {} : { answerSchema: schema }),
    };
    const recorded = await this.#models.next(request, this.#task.signal, asked);
    const { message } = recorded;
    this.#messages.push(message);
    if (asked !== 'act') this.#messages.push(...message.toolCalls.map((call) => refusalOf(call, NOT_EXECUTED)));
    return recorded;
  }

  #tell(
    recorded: RecordedReply,
    heard: readonly ChatMessage[],
    turn: { readonly started: number; readonly acted?: Answered },
    fields: Readonly<Record<string, unknown>>,
  ): void {
    const { log, onStep, caller } = this.#task;
    const answer: Json | undefined = turn.acted?.answer;
    const step: AgentStep = modelStep({ agent: caller?.scope, step: this.#models.turns, recorded }, heard, {
      observation: () => undefined,
      ...(answer === undefined ? {} : { answer }),
    });
    const ms = Math.round(performance.now() - turn.started);
    log.info('agent step', { kind: step.kind, step: this.#models.turns, ...recorded.usage, ms, ...fields });
    onStep?.(step);
  }
}
