/**
 * Code that nobody has read, run in a process of its own (QuickJS in WebAssembly, in a thread of that process). Owns the
 * process, the clock of the run, and the calls of host functions.
 *
 * S1 A run always ends: with a value, an error, a limit, the abort of its signal, or the loss of its process.
 * S2 A sandbox that exceeded its memory, time, depth or calls has ended, process and all, and says so in every later run.
 * S3 What comes out is JSON text that is parsed and checked here; no object is ever shared with the code.
 * S4 Nothing of a run goes on after it: the signal of its host functions is aborted, late answers go nowhere.
 * S5 The process is not trusted: a message that does not fit is treated as its loss.
 */
import type { Json } from '../core/ir.js';
import { assertNever, errorMessage, nexumError, type NexumError } from '../errors.js';
import { parseForeignJson } from './foreign-json.js';
import { answerCall, type HostFunction } from './host-call.js';
import { MAX_ARGUMENT_CHARS, MAX_ERROR_CHARS, resolveLimits, type SandboxLimit, type SandboxLimits } from './limits.js';
import type { GuestMessage } from './messages.js';
import { RunClock } from './run-clock.js';
import { endsSandbox, isSandboxLimit, limitError, lostError, thrownError } from './sandbox-error.js';
import { openMessage, type SandboxOptions } from './sandbox-options.js';
import { SandboxProcess, type SandboxProcessOptions } from './sandbox-process.js';

export type { HostFunction } from './host-call.js';
export type { SandboxOptions } from './sandbox-options.js';

export interface SandboxResult {
  /** What the last expression, or `return`, gave; undefined is null. */
  readonly value: Json;
  /** What the code printed, a line per call of `print` or `console.log`. */
  readonly output: string;
}

export interface Sandbox {
  /**
   * Runs JavaScript with `await` at its top level. What it declares is there in the next run. One run at a time.
   *
   * @throws NexumError SANDBOX_ERROR when the code threw; the sandbox goes on
   * @throws NexumError SANDBOX_LIMIT with `details.limit`; `details.ended` says whether the sandbox has ended with it
   * @throws NexumError SANDBOX_LOST when its process was killed or broke; another sandbox may do better
   * @throws the reason of `signal` when it is aborted; the sandbox has ended then
   */
  run(code: string, signal: AbortSignal): Promise<SandboxResult>;
  /** Ends the process; resolves when it has ended. Idempotent. */
  close(): Promise<void>;
  /** Of the process. */
  readonly pid: number | undefined;
}

/** Starts the process of a sandbox, in some 100 ms; runs wait for it. The process ends with `close`, or with this one. */
export function openSandbox(options: SandboxOptions = {}): Sandbox {
  return new ProcessSandbox(options);
}

interface Run {
  clock: RunClock;
  readonly calls: AbortController;
  readonly resolve: (result: SandboxResult) => void;
  readonly reject: (error: unknown) => void;
  output: string;
  /** Messages to the process that let it work and that it has not reported on. */
  unreported: number;
  made: number;
  pending: number;
}

type Report = Extract<GuestMessage, { type: 'waiting' | 'value' | 'error' | 'limit' }>;

type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'running'; readonly run: Run }
  | { readonly name: 'ended'; readonly error: NexumError };

/** Milliseconds that a process may take to start: fifty times what it takes, for machines that are busy with others. */
const START_MS = 30_000;
/** Room for the words that say that output was cut. */
const CUT_NOTE_CHARS = 200;

class ProcessSandbox implements Sandbox {
  readonly #limits: SandboxLimits;
  readonly #functions: ReadonlyMap<string, HostFunction>;
  readonly #process: SandboxProcess;
  #phase: Phase = { name: 'idle' };
  #isReady = false;
  #runs = 0;
  #calls = 0;

  constructor(options: SandboxOptions) {
    this.#limits = resolveLimits(options.limits);
    this.#functions = new Map(Object.entries(options.functions ?? {}));
    const open = openMessage(options, this.#limits);
    const { outputChars, valueChars } = this.#limits;
    this.#process = startProcess({
      // A character of output takes up to six bytes, one of JSON inside JSON up to four.
      maxLineBytes: 4 * Math.max(valueChars, MAX_ARGUMENT_CHARS) + 6 * outputChars + 65_536,
      onMessage: (message) => this.#take(message),
      onLost: (reason) => this.#lose(reason),
    });
    this.#process.send(open);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async run(code: string, signal: AbortSignal): Promise<SandboxResult> {
    signal.throwIfAborted();
    if (this.#phase.name === 'ended') throw this.#phase.error;
    if (this.#phase.name === 'running') throw nexumError('INVALID_REQUEST', 'a sandbox runs one code at a time');
    if (code.length > this.#limits.codeChars) throw this.#exceeded('code');
    const abort = (): void => this.#end(closedError(), signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<SandboxResult>((resolve, reject) => this.#start(code, resolve, reject));
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#end(closedError());
    await this.#process.kill();
  }

  #start(code: string, resolve: Run['resolve'], reject: Run['reject']): void {
    const clock = this.#isReady ? this.#runClock() : this.#startClock();
    const calls = new AbortController();
    this.#phase = {
      name: 'running',
      run: { clock, calls, resolve, reject, output: '', unreported: 1, made: 0, pending: 0 },
    };
    clock.enter('wall');
    this.#runs += 1;
    this.#process.send({ type: 'run', run: this.#runs, code });
  }

  #startClock(): RunClock {
    const limits = { wallMs: START_MS, waitMs: START_MS };
    return new RunClock(limits, () => this.#lose(`its process did not start within ${START_MS} ms`));
  }

  #runClock(): RunClock {
    return new RunClock(this.#limits, (limit) => this.#end(this.#exceeded(limit)));
  }

  #take(message: GuestMessage): void {
    if (this.#phase.name === 'ended') return;
    if (message.type === 'broken') this.#lose(`its engine broke (${message.reason.slice(0, MAX_ERROR_CHARS)})`);
    else if (message.type === 'ready') this.#becomeReady();
    else if (this.#phase.name === 'idle') this.#takeUnasked(message);
    else if (message.type === 'call') this.#serve(this.#phase.run, message);
    else this.#takeReport(this.#phase.run, message);
  }

  /** Between runs there is one thing to say: the globals alone are too much. */
  #takeUnasked(message: GuestMessage): void {
    if (message.type === 'limit' && message.limit === 'memory') this.#end(this.#exceeded(message.limit));
    else this.#lose('its process spoke without being asked');
  }

  #takeReport(run: Run, message: Report): void {
    run.output = (run.output + message.output).slice(0, this.#limits.outputChars + CUT_NOTE_CHARS);
    run.unreported -= 1;
    switch (message.type) {
      case 'waiting':
        if (run.unreported === 0) run.clock.enter('wait');
        break;
      case 'value':
        this.#finish(run, () => this.#giveValue(run, message.value));
        break;
      case 'error':
        this.#finish(run, () => run.reject(thrownError(message.error, run.output)));
        break;
      case 'limit':
        this.#takeLimit(run, message.limit);
        break;
      default:
        assertNever(message);
    }
  }

  #giveValue(run: Run, text: string): void {
    const { output } = run;
    const parsed = parseForeignJson(text);
    if ('value' in parsed) run.resolve({ value: parsed.value, output });
    else run.reject(nexumError('SANDBOX_ERROR', `the value of the code: ${parsed.problem}`, { output }));
  }

  #takeLimit(run: Run, limit: string): void {
    if (!isSandboxLimit(limit)) this.#lose('its process named a limit that does not exist');
    else if (endsSandbox(limit)) this.#end(this.#exceeded(limit));
    else this.#finish(run, () => run.reject(this.#exceeded(limit)));
  }

  #becomeReady(): void {
    this.#isReady = true;
    if (this.#phase.name !== 'running') return;
    const { run } = this.#phase;
    run.clock.stop();
    run.clock = this.#runClock();
    run.clock.enter('wall');
  }

  #serve(run: Run, { id, name, args }: Extract<GuestMessage, { type: 'call' }>): void {
    const call = this.#functions.get(name);
    const fits = id === this.#calls && run.made < this.#limits.callsPerRun && run.pending < this.#limits.parallelCalls;
    if (!call || !fits) {
      this.#lose('its process made a call that it may not make');
      return;
    }
    this.#calls += 1;
    run.made += 1;
    run.pending += 1;
    void answerCall(name, call, args, run.calls.signal).then((answer) => {
      if (this.#phase.name !== 'running' || this.#phase.run !== run) return;
      run.pending -= 1;
      run.unreported += 1;
      run.clock.enter('wall');
      this.#process.send({ type: 'answer', id, ...answer });
    });
  }

  /** The run is over, the sandbox goes on. */
  #finish(run: Run, settle: () => void): void {
    // S5: who still owes an answer says that it is done too early.
    if (run.pending > 0) {
      this.#lose('its process ended a run before its calls');
      return;
    }
    settle();
    run.clock.stop();
    run.calls.abort();
    this.#phase = { name: 'idle' };
  }

  #lose(reason: string): void {
    this.#end(lostError(reason));
  }

  /** S2, S4. The first reason counts. */
  #end(error: NexumError, thrownByRun: unknown = error): void {
    if (this.#phase.name === 'ended') return;
    const before = this.#phase;
    this.#phase = { name: 'ended', error };
    void this.#process.kill();
    if (before.name !== 'running') return;
    before.run.clock.stop();
    before.run.reject(thrownByRun);
    before.run.calls.abort(thrownByRun);
  }

  #exceeded(limit: SandboxLimit): NexumError {
    const output = this.#phase.name === 'running' ? this.#phase.run.output : '';
    return limitError(limit, this.#limits, output);
  }
}

/** @throws NexumError SANDBOX_LOST when the system has no room for another process */
function startProcess(options: SandboxProcessOptions): SandboxProcess {
  try {
    return new SandboxProcess(options);
  } catch (error) {
    throw lostError(`its process could not start (${errorMessage(error)})`);
  }
}

function closedError(): NexumError {
  return nexumError('INVALID_REQUEST', 'the sandbox is closed: open another one');
}
