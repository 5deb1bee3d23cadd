/**
 * The agent loop: model call, tool calls in parallel, and again, until the model answers without a tool call. Every
 * effect is a durable call (model-calls.ts, tool-calls.ts), so the loop itself keeps no state: killed anywhere, it runs
 * from the top, reads the committed calls back in milliseconds and goes on at the first missing one.
 */
import type { AgentSpec, Json, JsonObject } from '../core/ir.js';
import { nexumError, NonRetryableError } from '../errors.js';
import type { DurableSession, HandlerLog, HandlerMessage, ModelBudget } from '../worker/handler.js';
import type { ChatMessage, Model, ModelReply, ToolDefinition, Usage } from './models/chat.js';
import { openingMessages, questionIn } from './conversation.js';
import { completeFindings, isFindings, readAnswer, type Answer } from './final-answer.js';
import { ModelCalls } from './model-calls.js';
import { bestEffortRequest, repairRequest, systemPrompt } from './system-prompt.js';
import { ToolCalls } from './tools/tool-calls.js';
import type { AgentTool } from './tools/agent-tool.js';
import { READ_DOCUMENT } from './tools/document-tools.js';

/** The bounds of `max_steps`; a foreign IR may ask for more. */
const MAX_STEPS = 50;

export interface AgentTask {
  readonly spec: AgentSpec;
  /** The name of the node, for errors. */
  readonly node: string;
  /** May be empty in a free graph: then the messages are the question. */
  readonly prompt: string;
  /** In a free graph: what others have said. */
  readonly messages?: readonly HandlerMessage[];
  readonly outputSchema?: JsonObject;
  readonly model: Model;
  /** Every tool that exists; the agent gets those that `spec.tools` names. */
  readonly tools: ReadonlyMap<string, AgentTool>;
  /** The documents folder: part of the keys of the calls. */
  readonly docs: string;
  readonly session: DurableSession;
  readonly budget?: ModelBudget;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
}

export interface AgentOutcome {
  readonly output: Json;
  /** `max_steps`: the steps were used up, the output is a best effort. */
  readonly state: 'completed' | 'max_steps';
  /** Model calls, the best-effort and the repair call included. */
  readonly steps: number;
  readonly usage: Usage;
}

/**
 * Runs an agent to its final answer: its text, or JSON that satisfies the output schema, or findings (an object).
 * @throws NexumError INVALID_WORKFLOW when there is neither a prompt nor a message.
 * @throws NexumError UNKNOWN_TOOL when the agent lists a tool that does not exist.
 * @throws NexumError CALL_DIVERGED when the recorded conversation was another one.
 * @throws NonRetryableError when the answer still breaks the schema after one repair: a replay reads the same answer.
 */
export async function runAgent(task: AgentTask): Promise<AgentOutcome> {
  const run = new AgentRun(task);
  const content = await run.untilAnswer();
  return run.finish(content);
}

class AgentRun {
  readonly #task: AgentTask;
  readonly #models: ModelCalls;
  readonly #tools: ToolCalls;
  readonly #messages: ChatMessage[];
  readonly #maxSteps: number;
  #step = 0;
  #state: AgentOutcome['state'] = 'completed';

  constructor(task: AgentTask) {
    const { spec, session, docs, model, prompt, budget } = task;
    this.#task = task;
    const opening = openingMessages(task);
    this.#models = new ModelCalls({ model, session, prompt, docs, ...(budget ? { budget } : {}) });
    this.#tools = new ToolCalls({ available: task.tools, names: spec.tools, session, docs });
    this.#maxSteps = Math.min(MAX_STEPS, Math.max(1, Math.trunc(spec.maxSteps)));
    const system = systemPrompt(spec, this.#maxSteps, task.outputSchema);
    this.#messages = [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), ...opening];
    if (system !== '') task.log.info('agent step', { kind: 'system_prompt', characters: system.length });
    const characters = opening.reduce((sum, { content }) => sum + content.length, 0);
    const heard = task.messages === undefined ? {} : { messages: task.messages.length };
    task.log.info('agent step', { kind: 'task', model: model.id, tools: spec.tools, characters, ...heard });
  }

  /** The text of the first reply without tool calls; after `max_steps`, of one last call that offers no tools. */
  async untilAnswer(): Promise<string> {
    while (this.#step < this.#maxSteps) {
      const started = performance.now();
      const reply = await this.#ask(this.#tools.definitions);
      const calls = reply.message.toolCalls;
      if (calls.length === 0) {
        this.#logStep('final_answer', started, reply, {});
        return reply.message.content;
      }
      const observations = await this.#tools.runAll(calls, this.#task.signal);
      this.#messages.push(...observations);
      this.#logStep('action', started, reply, { tools: calls.map((call) => call.name) });
    }
    this.#state = 'max_steps';
    this.#task.log.warn('agent used all its steps; the answer is a best effort', { max_steps: this.#maxSteps });
    return this.#answerTo(bestEffortRequest(this.#maxSteps));
  }

  async finish(content: string): Promise<AgentOutcome> {
    const { model, outputSchema, signal } = this.#task;
    let answer = readAnswer(content, outputSchema);
    if (answer.problems.length > 0) {
      this.#task.log.warn('agent answer needs a repair', { problems: answer.problems });
      answer = readAnswer(await this.#answerTo(repairRequest(answer.problems)), outputSchema);
    }
    const output = await this.#completed(answer, model.id, questionIn(this.#messages), signal);
    if (answer.problems.length > 0) refuse(answer, outputSchema);
    return { output, state: this.#state, steps: this.#step, usage: this.#models.usage };
  }

  async #completed(answer: Answer, engine: string, prompt: string, signal: AbortSignal): Promise<Json> {
    if (answer.problems.length > 0 || !isFindings(answer.value)) return answer.value;
    // With a schema of its own the shape belongs to the author: nothing is added to it.
    if (this.#task.outputSchema && engine !== answer.value['engine']) return answer.value;
    return completeFindings(answer.value, { engine, prompt, messages: this.#messages }, async (path, start, end) => {
      const read = await this.#tools.runOne(READ_DOCUMENT, { path, start_line: start, end_line: end }, signal);
      return typeof read?.['sha256'] === 'string' ? read['sha256'] : '';
    });
  }

  /** One more turn without tools. A reply that calls tools all the same counts with its text. */
  async #answerTo(request: string): Promise<string> {
    this.#messages.push({ role: 'user', content: request });
    const started = performance.now();
    const reply = await this.#ask([]);
    this.#logStep('final_answer', started, reply, { state: this.#state });
    return reply.message.content;
  }

  async #ask(tools: readonly ToolDefinition[]): Promise<ModelReply> {
    this.#step += 1;
    const reply = await this.#models.next({ messages: [...this.#messages], tools }, this.#task.signal);
    this.#messages.push(reply.message);
    return reply;
  }

  #logStep(kind: string, started: number, reply: ModelReply, fields: Readonly<Record<string, unknown>>): void {
    const ms = Math.round(performance.now() - started);
    this.#task.log.info('agent step', { kind, step: this.#step, ...reply.usage, ms, ...fields });
  }
}

function refuse(answer: Answer, outputSchema: JsonObject | undefined): void {
  const what = answer.problems.join('; ');
  // Malformed findings without a schema are still the model's text; cite.validate says what it misses in them.
  if (!outputSchema && answer.value !== '') return;
  throw new NonRetryableError(`OUTPUT_INVALID: the final answer is not accepted after one repair: ${what}`, {
    cause: nexumError('OUTPUT_INVALID', what),
  });
}
