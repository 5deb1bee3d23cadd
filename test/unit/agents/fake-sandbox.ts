/** Runs code in this process, without any wall around it: for what the loop does with a sandbox. */
import vm from 'node:vm';
import type { OpenSandbox } from '../../../src/agents/code-acting.js';
import type { Json } from '../../../src/core/ir.js';
import { NexumError, nexumError } from '../../../src/errors.js';

export interface Opened {
  readonly seed: string;
  readonly nowMs: number;
  closed: boolean;
}

const LIMIT = 'the code took too much memory; its sandbox has ended, and what it had declared is gone';

/** @param opened every sandbox that was opened */
export function fakeSandboxes(opened: Opened[] = []): OpenSandbox {
  return ({ functions = {}, seed = '', nowMs = 0 }) => {
    const state: Opened = { seed, nowMs, closed: false };
    opened.push(state);
    const lines: string[] = [];
    let current = new AbortController().signal;
    let exhaust = (): void => undefined;
    // Results of functions reach code as JSON, and in the order of the calls.
    let delivered: Promise<unknown> = Promise.resolve();
    const call = (name: string, args: readonly Json[]): Promise<Json> => {
      // A real one is gone by now; code here that catches everything would go on for ever.
      if (current.aborted) return new Promise(() => undefined);
      const result = functions[name]!(JSON.parse(JSON.stringify(args)) as Json[], current);
      const mine = Promise.allSettled([delivered, result]).then(() => result);
      delivered = mine.catch(() => undefined);
      const answer = mine.then((value) => structuredClone(value));
      // Code need not await it.
      answer.catch(() => undefined);
      return answer;
    };
    const table = Object.fromEntries(
      Object.keys(functions).map((name) => [name, (...args: Json[]) => call(name, args)]),
    );
    const context = vm.createContext({
      ...table,
      print: (text: unknown) => lines.push(String(text)),
      /** Takes too much memory: nothing after it is done. */
      exhaust: () => {
        exhaust();
        return new Promise(() => undefined);
      },
      seed,
      nowMs,
    });
    return {
      async run(code, signal) {
        lines.length = 0;
        const calls = new AbortController();
        current = AbortSignal.any([signal, calls.signal]);
        const ended = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          exhaust = () => {
            const error = nexumError('SANDBOX_LIMIT', LIMIT, { output: lines.join('\n'), ended: true });
            reject(error);
            calls.abort(error);
          };
        });
        try {
          const running = vm.runInContext(`(async () => { ${code}\n })()`, context) as Promise<Json | undefined>;
          const value = await Promise.race([running, ended]);
          return { value: value ?? null, output: lines.join('\n') };
        } catch (error) {
          if (signal.aborted || (error instanceof NexumError && error.code === 'SANDBOX_LIMIT')) throw error;
          const { message } = error as Error;
          throw nexumError('SANDBOX_ERROR', message, { output: lines.join('\n') });
        }
      },
      close() {
        state.closed = true;
        return Promise.resolve();
      },
    };
  };
}
