/**
 * QuickJS with one context, as its thread sees it. Owns the engine, its memory, and the accounts of the current run.
 *
 * K1 Only strings, numbers and booleans cross the border; every string from code is bounded before it is copied.
 * K2 Memory cannot grow beyond the maximum of its WebAssembly.Memory. A growth that was refused ends the run, whether
 *    code catches the error of the engine or not.
 * K3 The deadline is looked at by the interrupt of the engine, and between batches of promise jobs.
 * K4 Answers are delivered in the order of their calls, whenever they came: equal code with equal answers does the same.
 * K5 A run ends when the code has ended, no promise job is left, and every call that it made is answered.
 */
import releaseSync from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSSyncVariant } from 'quickjs-emscripten-core';
import { errorMessage, nexumError } from '../errors.js';
import { cappedMemory } from './engine-memory.js';
import { prelude, type GuestSetup } from './guest.js';
import { ENGINE_STACK_BYTES, MAX_ARGUMENT_CHARS, MAX_ERROR_CHARS, type SandboxLimit } from './limits.js';
import type { GuestMessage, HostMessage } from './messages.js';
import { RunAccount } from './run-account.js';
import { BROKEN_BY_CODE, readEnd, STUCK } from './run-end.js';

type OpenMessage = Extract<HostMessage, { type: 'open' }>;
type AnswerMessage = Extract<HostMessage, { type: 'answer' }>;

/** Promise jobs between two looks at the deadline: a job of few operations never reaches the interrupt of the engine. */
const JOBS_PER_BATCH = 256;
/** JS_EVAL_FLAG_ASYNC of quickjs.h: `await` at the top; the value is a promise of `{ value }`. */
const EVAL_ASYNC = 1 << 7;
/** What QuickJS says of `return` in a script. */
const RETURN_OUTSIDE = /^return not in a function/;

export class CodeEngine {
  readonly #open: OpenMessage;
  readonly #post: (message: GuestMessage) => void;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #bridge: { readonly settle: QuickJSHandle; readonly watch: QuickJSHandle; readonly fail: QuickJSHandle };
  #run: RunAccount;
  readonly #refusals: { readonly count: number };
  #exceeded: SandboxLimit | undefined;

  /**
   * A new engine with nothing in it but what `open` says.
   * @throws NexumError SANDBOX_LIMIT when its memory does not hold that
   */
  static async start(open: OpenMessage, post: (message: GuestMessage) => void): Promise<CodeEngine> {
    const refusals = { count: 0 };
    const memory = cappedMemory(open.limits.memoryMb, () => (refusals.count += 1));
    // The engine takes the time from the clock of its thread. This one moves by a millisecond with every look.
    let nowMs = open.nowMs - 1;
    Date.now = () => (nowMs += 1);
    // Its types describe the CommonJS build, where the variant is one `default` deeper.
    const variant = releaseSync as unknown as QuickJSSyncVariant;
    const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: memory }));
    try {
      const engine = new CodeEngine(open, post, module.newRuntime({ maxStackSizeBytes: ENGINE_STACK_BYTES }), refusals);
      engine.#rehearse();
      return engine;
    } catch (error) {
      // Of the globals: nothing else is there yet.
      if (refusals.count > 0) throw nexumError('SANDBOX_LIMIT', 'the globals need too much memory', {}, error);
      throw error;
    }
  }

  private constructor(
    open: OpenMessage,
    post: (message: GuestMessage) => void,
    runtime: QuickJSRuntime,
    refusals: { readonly count: number },
  ) {
    this.#open = open;
    this.#post = post;
    this.#run = new RunAccount(open.limits, 0);
    this.#runtime = runtime;
    this.#refusals = refusals;
    runtime.setInterruptHandler(() => this.#isOver());
    this.#context = runtime.newContext();
    this.#bridge = this.#makeBridge();
  }

  run(run: number, code: string): void {
    this.#run = new RunAccount(this.#open.limits, this.#run.nextId);
    this.#work(() => this.#begin(code, `run-${run}.js`));
  }

  answer(answer: AnswerMessage): void {
    this.#run.arrive(answer);
    this.#work(() => {
      for (let next = this.#run.takeAnswer(); next; next = this.#run.takeAnswer()) {
        const { id, ok, text } = next;
        const handles = [this.#context.newNumber(id), ok ? this.#context.true : this.#context.false];
        this.#callBridge(this.#bridge.settle, ...handles, this.#context.newString(text));
        this.#doJobs();
      }
    });
  }

  /** WebAssembly is compiled when it first runs: whatever a run needs is compiled here, before that counts as its time. */
  #rehearse(): void {
    this.#begin('', 'rehearsal.js');
    this.#doJobs();
  }

  #begin(code: string, name: string): void {
    const promise = this.#evaluate(code, name);
    if (!promise) return;
    const wrapped = promise.wrapped ? this.#context.true : this.#context.false;
    this.#callBridge(this.#bridge.watch, promise.handle, wrapped);
    promise.handle.dispose();
  }

  /** Code is a script, so that the next run has what it declares; with a `return` in it, it is the body of a function. */
  #evaluate(code: string, name: string): { readonly handle: QuickJSHandle; readonly wrapped: boolean } | undefined {
    const script = this.#context.evalCode(code, name, EVAL_ASYNC);
    if (!script.error) return { handle: script.value, wrapped: true };
    const { error } = script;
    const message = this.#context.getProp(error, 'message').consume((text) => this.#context.getString(text));
    if (!RETURN_OUTSIDE.test(message)) {
      this.#fail(error);
      return undefined;
    }
    error.dispose();
    const body = this.#context.evalCode(`(async () => {${code}\n})()`, name);
    if (!body.error) return { handle: body.value, wrapped: false };
    this.#fail(body.error);
    return undefined;
  }

  #fail(error: QuickJSHandle): void {
    this.#callBridge(this.#bridge.fail, error);
    error.dispose();
  }

  /** Everything that lets code run goes through here. */
  #work(work: () => void): void {
    this.#run.enter();
    try {
      work();
      this.#doJobs();
    } catch (error) {
      // Of the thread's own stack: what the engine was doing is lost with it.
      if (error instanceof RangeError) this.#exceed('stack');
      if (!this.#isOver()) this.#post({ type: 'broken', reason: errorMessage(error) });
      return;
    } finally {
      this.#run.leave();
    }
    this.#report();
  }

  #doJobs(): void {
    while (!this.#isOver() && this.#runtime.hasPendingJob()) this.#runtime.executePendingJobs(JOBS_PER_BATCH).dispose();
  }

  /** K2, K3: looked at by the engine every few thousand operations; true ends what it runs. */
  #isOver(): boolean {
    if (this.#refusals.count > 0) this.#exceed('memory');
    if (this.#run.cpuMs > this.#open.limits.cpuMs) this.#exceed('cpu');
    return this.#exceeded !== undefined;
  }

  /**
   * Said at once, and the host ends the process: code can swallow the interrupt of the engine (a promise catches what its
   * executor throws, `finally` may `continue`) and keep it busy.
   */
  #exceed(limit: SandboxLimit): void {
    if (this.#exceeded !== undefined) return;
    this.#exceeded = limit;
    this.#post({ type: 'limit', limit, output: this.#run.takeOutput() });
  }

  #report(): void {
    const run = this.#run;
    if (this.#isOver()) return;
    const output = run.takeOutput();
    for (const call of run.takeCalls()) this.#post({ type: 'call', ...call });
    if (run.isWaiting) this.#post({ type: 'waiting', output });
    else this.#post({ ...(run.end ?? STUCK), output });
  }

  /** K1: code reaches these three through the closures of the prelude alone. */
  #makeBridge(): { settle: QuickJSHandle; watch: QuickJSHandle; fail: QuickJSHandle } {
    const context = this.#context;
    const send = context.newFunction('send', (name, args) => {
      if (this.#run.calls >= this.#open.limits.callsPerRun) {
        this.#exceed('calls');
        return { error: context.newError('too many calls of host functions') };
      }
      const id = this.#run.call(context.getString(name), context.getString(args));
      return context.newNumber(id);
    });
    const write = context.newFunction('write', (text) => {
      if (this.#run.hasRoom) this.#run.print(JSON.parse(context.getString(text)) as string);
    });
    const end = context.newFunction('end', (kind, ...texts) => {
      const told = texts.map((text) => context.getString(text));
      this.#run.end ??= readEnd(context.getString(kind), told);
    });
    const make = context.unwrapResult(context.evalCode(`(${prelude.toString()})`, 'prelude.js'));
    const setup = context.newString(this.#setupText());
    const bridge = context.unwrapResult(context.callFunction(make, context.undefined, send, write, end, setup));
    const member = (name: string): QuickJSHandle => context.getProp(bridge, name);
    return { settle: member('settle'), watch: member('watch'), fail: member('fail') };
  }

  #setupText(): string {
    const { functions, seed, limits, globals } = this.#open;
    const setup: Omit<GuestSetup, 'globals'> = {
      functions,
      seed,
      maxOutput: limits.outputChars,
      maxArguments: MAX_ARGUMENT_CHARS,
      maxValue: limits.valueChars,
      maxError: MAX_ERROR_CHARS,
    };
    return `${JSON.stringify(setup).slice(0, -1)},"globals":${globals}}`;
  }

  #callBridge(member: QuickJSHandle, ...args: QuickJSHandle[]): void {
    const result = this.#context.callFunction(member, this.#context.undefined, args);
    if (result.error) this.#run.end ??= BROKEN_BY_CODE;
    result.dispose();
  }
}
