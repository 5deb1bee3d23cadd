/**
 * Agents of the kind `code`: the model writes JavaScript, which runs in a sandbox and calls tools as functions.
 *
 * K1 Each function is a tool call with the key of any other one, so code that runs again after a crash makes the same
 *    calls and reads their results back. Its variables are made anew by running it again from the first step on.
 * K2 What code could decide by is the same in each run: clock and randomness of the sandbox come from the session, and the
 *    sandbox delivers results in the order in which the calls were made, however fast each of them was.
 * K3 What fails the attempt (T3) is never seen by the code, which could catch it: it ends the run from outside. A call that the
 *    end of the sandbox has aborted fails nothing: that end is an error of the code.
 * K4 No call outlives its step: one that the code did not await is waited for.
 */
import { createHash } from 'node:crypto';
import type { Json } from '../core/ir.js';
import { NexumError, nexumError } from '../errors.js';
import type { HostFunction, Sandbox, SandboxOptions } from '../sandbox/sandbox.js';
import type { DurableSession } from '../worker/handler.js';
import { answeredBy, type Acted, type Acting } from './acting.js';
import { codeIn } from './code-block.js';
import type { CodeFunction } from './code-functions.js';
import type { ChatMessage } from './models/chat.js';
import { ANSWER_CALL, CLOCK_CALL, inScope, type RecordedReply } from './recorded-reply.js';
import { FINAL_ANSWER } from './tools/answer-tool.js';
import { renderResult } from './tools/observation.js';
import { isRefusal, MAX_ARGUMENT_BYTES, type ToolCalls } from './tools/tool-calls.js';

/** Calls of one step: code may go through a list, but not without an end. */
export const MAX_CALLS_PER_CODE = 64;
/** Agents and people take as long as they take: what ends a wait is the timeout of the node. The longest of a timer of Node. */
const WAIT_MS = 2 ** 31 - 1;
const ENDS_HERE = 'the final answer was given: the code ends here';

export type OpenSandbox = (options: SandboxOptions) => Pick<Sandbox, 'run' | 'close'>;

export interface CodeActingOptions {
  readonly tools: ToolCalls;
  readonly functions: readonly CodeFunction[];
  readonly openSandbox: OpenSandbox;
  readonly session: DurableSession;
  readonly scope: string | undefined;
  /** Its hash. */
  readonly conversation: string;
}

/** One run of code, from the first call to the last. */
interface CodeRun {
  /** Hash of the request that the code answers. */
  readonly request: string;
  readonly stop: AbortController;
  readonly running: Promise<unknown>[];
  /** Names of the tools that it called, in order. */
  readonly calls: string[];
  /** What fails the attempt. */
  fatal?: { readonly error: unknown };
  answer?: { readonly value: Json };
}

export class CodeActing implements Acting {
  readonly asked = 'code';
  readonly offered = [];
  readonly #options: CodeActingOptions;
  #sandbox: ReturnType<OpenSandbox> | undefined;
  #run: CodeRun | undefined;

  constructor(options: CodeActingOptions) {
    this.#options = options;
  }

  async act({ message: reply, request }: RecordedReply, signal: AbortSignal): Promise<Acted> {
    const code = codeIn(reply.content);
    if (code === undefined) return answeredBy(reply);
    const run: CodeRun = { request, stop: new AbortController(), running: [], calls: [] };
    this.#run = run;
    const observation = await this.#observe(code, run, signal);
    if (run.answer) {
      return { ...answeredBy(reply), answer: run.answer.value };
    }
    const heard: ChatMessage[] = [{ role: 'user', content: renderResult('code', observation), purpose: 'observation' }];
    return { kind: 'acted', heard, tools: run.calls };
  }

  async close(): Promise<void> {
    await this.#sandbox?.close();
    this.#sandbox = undefined;
  }

  async #observe(code: string, run: CodeRun, signal: AbortSignal): Promise<Record<string, Json>> {
    const stop = AbortSignal.any([signal, run.stop.signal]);
    try {
      const sandbox = (this.#sandbox ??= await this.#open());
      const { value, output } = await sandbox.run(code, stop);
      await settled(run);
      if (run.fatal) throw run.fatal.error;
      return { ...(output === '' ? {} : { output }), value };
    } catch (error) {
      await settled(run);
      signal.throwIfAborted();
      if (run.fatal) throw run.fatal.error;
      if (!isCodeError(error)) throw error;
      return await this.#failed(error);
    }
  }

  async #failed(error: NexumError): Promise<Record<string, Json>> {
    const { output, ended } = error.details;
    const shown = typeof output === 'string' && output !== '' ? { output } : {};
    if (ended === true) await this.close();
    return { ...shown, error: error.message };
  }

  async #open(): Promise<ReturnType<OpenSandbox>> {
    const { session, scope, functions, openSandbox } = this.#options;
    const clock = await session.call<{ nowMs: number }>(CLOCK_CALL, inScope(scope), () => ({ nowMs: Date.now() }));
    const seed = createHash('sha256')
      .update(`${session.id} ${scope ?? ''}`)
      .digest('hex');
    const table: Record<string, HostFunction> = {
      [FINAL_ANSWER]: (args, signal) => this.#call((run) => this.#answer(args[0] ?? null, run), signal),
    };
    for (const { name, tool } of functions) {
      table[name] = (args, signal) =>
        this.#call((run) => {
          run.calls.push(tool);
          if (run.calls.length > MAX_CALLS_PER_CODE) throw tooMany();
          return this.#tool(tool, args, AbortSignal.any([signal, run.stop.signal]));
        }, signal);
    }
    return openSandbox({ functions: table, seed, nowMs: clock.nowMs, limits: { waitMs: WAIT_MS } });
  }

  /** K3 */
  #call(execute: (run: CodeRun) => Promise<Json>, signal: AbortSignal): Promise<Json> {
    const run = this.#run;
    if (!run) return Promise.reject(nexumError('INTERNAL', 'code called a function outside of its step'));
    const result = started(() => execute(run)).catch((error: unknown) => {
      if (!signal.aborted && !isRefusal(error)) fail(run, error);
      throw error;
    });
    run.running.push(result);
    return result;
  }

  async #tool(tool: string, args: readonly Json[], signal: AbortSignal): Promise<Json> {
    if (args.length > 1) throw nexumError('TOOL_FAILED', 'invalid arguments: pass one object', { tool });
    const [given = {}] = args;
    const bytes = Buffer.byteLength(JSON.stringify(given));
    if (bytes > MAX_ARGUMENT_BYTES)
      throw nexumError('TOOL_FAILED', `invalid arguments: longer than ${MAX_ARGUMENT_BYTES} bytes`, { tool });
    return this.#options.tools.run(tool, given, signal);
  }

  /** Committed, so that a replay answers the same, and because it stands nowhere else. */
  async #answer(given: Json, run: CodeRun): Promise<never> {
    const { session, scope, conversation } = this.#options;
    const args = { ...inScope(scope), conversation, request: run.request };
    const value = await session.call<Json>(ANSWER_CALL, args, () => given);
    run.answer ??= { value };
    throw nexumError('TOOL_FAILED', ENDS_HERE, { tool: FINAL_ANSWER });
  }
}

/** What it throws at once is a rejection, too. */
async function started<T>(execute: () => Promise<T>): Promise<T> {
  return execute();
}

function fail(run: CodeRun, error: unknown): void {
  run.fatal ??= { error };
  run.stop.abort(error);
}

async function settled({ running }: CodeRun): Promise<void> {
  // Calls may be made while others are waited for.
  for (let seen = -1; seen !== running.length;) {
    seen = running.length;
    await Promise.allSettled(running);
  }
}

function tooMany(): NexumError {
  return nexumError('TOOL_FAILED', `not executed: at most ${MAX_CALLS_PER_CODE} calls in one step`);
}

function isCodeError(error: unknown): error is NexumError {
  return error instanceof NexumError && (error.code === 'SANDBOX_ERROR' || error.code === 'SANDBOX_LIMIT');
}
