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

/** @param opened every sandbox that was opened */
export function fakeSandboxes(opened: Opened[] = []): OpenSandbox {
  return ({ functions = {}, seed = '', nowMs = 0 }) => {
    const state: Opened = { seed, nowMs, closed: false };
    opened.push(state);
    const lines: string[] = [];
    let current = new AbortController().signal;
    // Results of functions reach code as JSON, and in the order of the calls.
    let delivered: Promise<unknown> = Promise.resolve();
    const call = (name: string, args: readonly Json[]): Promise<Json> => {
      // A real one is gone by now; code here that catches everything would go on for ever.
      if (current.aborted) return new Promise(() => undefined);
      const result = functions[name]!(args, current);
      const mine = Promise.allSettled([delivered, result]).then(() => result);
      delivered = mine.catch(() => undefined);
      return mine.then((value) => structuredClone(value));
    };
    const table = Object.fromEntries(
      Object.keys(functions).map((name) => [name, (...args: Json[]) => call(name, args)]),
    );
    const context = vm.createContext({ ...table, print: (text: unknown) => lines.push(String(text)), seed, nowMs });
    return {
      async run(code, signal) {
        lines.length = 0;
        current = signal;
        try {
          if (code.includes('BOMB'))
            throw nexumError('SANDBOX_LIMIT', 'the code took too much memory', { output: '', ended: true });
          const value = await Promise.race<Json | undefined>([
            vm.runInContext(`(async () => { ${code}\n })()`, context) as Promise<Json | undefined>,
            new Promise<never>((_, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
            ),
          ]);
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
