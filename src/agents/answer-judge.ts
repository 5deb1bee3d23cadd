/** Whether a final answer is accepted, and what the output of the node is then. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { Json, JsonObject } from '../core/ir.js';
import { nexumError, type ErrorCode } from '../errors.js';
import type { AgentTask } from './agent-task.js';
import { checkAnswer } from './answer-checks.js';
import { completeFindings, isFindings, notAccepted, readAnswer } from './final-answer.js';
import type { ChatMessage } from './models/chat.js';
import { CITATIONS_CALL, inScope } from './recorded-reply.js';
import { READ_DOCUMENT } from './tools/document-tools.js';
import type { ToolCalls } from './tools/tool-calls.js';

export interface Verdict {
  readonly value: Json;
  /** Empty: the answer is accepted. */
  readonly problems: readonly string[];
  /** What the node fails with when no repair helps. */
  readonly code: ErrorCode;
}

export class AnswerJudge {
  readonly #task: AgentTask;
  readonly #tools: ToolCalls;
  /** Of the output, if it has one. */
  readonly schema: JsonObject | undefined;

  constructor(task: AgentTask, tools: ToolCalls, schema: JsonObject | undefined) {
    this.#task = task;
    this.#tools = tools;
    this.schema = schema;
  }

  async judge(given: Json): Promise<Verdict> {
    const { value, problems } = readAnswer(given, this.schema);
    const { finalAnswerChecks: checks } = this.#task.spec;
    if (problems.length > 0 || !checks) return { value, problems, code: 'OUTPUT_INVALID' };
    return { value, ...(await checkAnswer(value, checks, (answer) => this.#citationProblems(answer))) };
  }

  /**
   * The output of the node.
   * @throws NonRetryableError when the answer is not accepted
   */
  async output(
    { value, problems, code }: Verdict,
    question: string,
    messages: readonly ChatMessage[],
    repairs: number,
  ): Promise<Json> {
    if (problems.length === 0) return this.#completed(value, question, messages);
    // Malformed findings without a schema are still the model's text; cite.validate says what it misses in them.
    if (!this.schema && !this.#task.spec.finalAnswerChecks && value !== '') return value;
    throw notAccepted(problems, repairs, code);
  }

  async #completed(value: Json, prompt: string, messages: readonly ChatMessage[]): Promise<Json> {
    const { signal, model } = this.#task;
    if (!isFindings(value)) return value;
    const engine = model.id;
    // With a schema of its own the shape belongs to the author: nothing is added to it.
    if (this.schema && engine !== value['engine']) return value;
    return completeFindings(value, { engine, prompt, messages }, async (path, start, end) => {
      const read = await this.#tools.runOne(READ_DOCUMENT, { path, start_line: start, end_line: end }, signal);
      return typeof read?.['sha256'] === 'string' ? read['sha256'] : '';
    });
  }

  /** Durable: documents may change, and a replay that judged otherwise would go another way. */
  #citationProblems(answer: Json): Promise<readonly string[]> {
    const { citations, session, docs, signal, caller } = this.#task;
    if (!citations) throw nexumError('INVALID_WORKFLOW', 'citations cannot be checked here: nobody has the documents');
    const hash = createHash('sha256').update(canonicalJson(answer)).digest('hex');
    return session.call(CITATIONS_CALL, { ...inScope(caller?.scope), docs, answer: hash }, (call) =>
      citations(answer, AbortSignal.any([signal, call.signal])),
    );
  }
}
