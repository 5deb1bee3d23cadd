/**
 * Agents as tools of an agent.
 *
 * A1 The calls of an asked agent are durable calls of the same session, in a name space made of its name and its task: a
 *    crash inside it loses nothing of it, and no two conversations share a key.
 * A2 The same task is done once in a run: whoever asks it again, or at the same time, gets the same answer (as T1 says of
 *    tools). One that was stopped is done again: it reads its committed calls back (M1).
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { AgentSpec, Json, JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import type { AgentOutcome, AgentTask, Caller } from './agent-task.js';
import { isNotAccepted } from './final-answer.js';
import type { LoopTool } from './tools/loop-tool.js';
import { isRefusal } from './tools/tool-calls.js';

/** Characters of a task: as much as an observation may have. */
const MAX_TASK_CHARS = 40_000;
/** Hex characters of a hash in a name space: enough to tell the tasks of one activation apart. */
const HASH_CHARS = 16;

export class SubAgents {
  readonly #task: AgentTask;
  readonly #run: (task: AgentTask) => Promise<AgentOutcome>;
  readonly #count: Pick<Caller, 'spend' | 'counted'>;
  readonly #asked = new Map<string, Promise<Json>>();

  /**
   * @param run how an agent is run: the loop, which imports this file
   * @param count counts what their model calls use
   */
  constructor(
    task: AgentTask,
    run: (task: AgentTask) => Promise<AgentOutcome>,
    count: Pick<Caller, 'spend' | 'counted'>,
  ) {
    this.#task = task;
    this.#run = run;
    this.#count = count;
  }

  get tools(): readonly LoopTool[] {
    return (this.#task.spec.agents ?? []).map((spec) => ({
      name: spec.name ?? '',
      description: `An agent. ${spec.description ?? ''}`.trim(),
      parameters: {
        type: 'object',
        properties: {
          task: {
            type: 'string',
            minLength: 1,
            maxLength: MAX_TASK_CHARS,
            description: 'What the agent is to do, with everything that it must know: it sees nothing else.',
          },
        },
        required: ['task'],
        additionalProperties: false,
      },
      runInLoop: (args, signal) => this.#ask(spec, args, signal),
    }));
  }

  #ask(spec: AgentSpec, args: JsonObject, signal: AbortSignal): Promise<Json> {
    const prompt = typeof args['task'] === 'string' ? args['task'] : '';
    const hash = createHash('sha256').update(canonicalJson(args)).digest('hex').slice(0, HASH_CHARS);
    const own = `${spec.name ?? ''}:${hash}`;
    const known = this.#asked.get(own);
    if (known) return known;
    const running = this.#answer(spec, prompt, own, signal).catch((error: unknown) => {
      if (!isRefusal(error)) this.#asked.delete(own);
      throw error;
    });
    this.#asked.set(own, running);
    return running;
  }

  async #answer(spec: AgentSpec, prompt: string, own: string, signal: AbortSignal): Promise<Json> {
    const { messages: _heard, outputSchema: _schema, onDelta: _delta, ...task } = this.#task;
    const { models, model, caller } = task;
    try {
      const { output, state } = await this.#run({
        ...task,
        spec,
        prompt,
        model: spec.model === undefined ? model : (models?.(spec.model) ?? model),
        caller: { scope: caller === undefined ? own : `${caller.scope}/${own}`, ...this.#count },
        signal,
      });
      return { answer: output, ...(state === 'max_steps' ? { state } : {}) };
    } catch (error) {
      if (!isNotAccepted(error)) throw error;
      throw nexumError('TOOL_FAILED', `the agent ${spec.name ?? ''} gave no answer: ${error.message}`, {}, error);
    }
  }
}
