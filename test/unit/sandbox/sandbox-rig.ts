/** What the tests of sandboxes share: real processes, closed when their test or file ends. */
import { readFileSync } from 'node:fs';
import { afterAll, onTestFinished } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { NexumError } from '../../../src/errors.js';
import { openSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/sandbox.js';

/** Nobody aborts it. */
export const never = new AbortController().signal;

/** For one test. */
export function sandboxFor(options: SandboxOptions = {}): Sandbox {
  const sandbox = openSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** For the tests of one file that leave it as they found it: starting a process is what takes time here. */
export function sharedSandbox(options: SandboxOptions = {}): (code: string) => Promise<Json> {
  let sandbox: Sandbox | undefined;
  afterAll(() => sandbox?.close());
  return async (code) => {
    sandbox ??= openSandbox(options);
    return (await sandbox.run(code, never)).value;
  };
}

/** The error of a promise that has to fail with one of ours. */
export async function failure(promise: Promise<unknown>): Promise<NexumError> {
  const error: unknown = await promise.then(
    (value) => new Error(`it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof NexumError) return error;
  throw error instanceof Error ? error : new Error(String(error));
}

/** A process that has ended and was not yet waited for by anybody is not alive. */
export function isAlive(pid: number): boolean {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

/** Highest resident memory of a process so far, in MiB; undefined when it is gone. */
export function peakMemoryMb(pid: number): number | undefined {
  try {
    const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}
