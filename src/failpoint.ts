/**
 * The crash windows, by name. A crash test sets NEXUM_FAILPOINT=<name> or <name>@<n>, and the process kills itself with
 * SIGKILL when it comes there for the n-th time (default: the first); with NEXUM_FAILPOINT=<name>@<absolute path>, for the
 * first time after this file exists. Without the variable a failpoint is one comparison with `undefined`. This file
 * imports nothing, so that every layer may name its windows.
 *
 * The variable is read once, when the thread loads this file; hits are counted per thread, and each name lives in one.
 */

/** Name -> the window that it opens: what has happened and what has not when the process dies there. */
export const FAILPOINTS = {
  // the server: `nexum server`
  'server.completion-received': 'a result has arrived; the engine has not seen it',
  'engine.before-begin': 'commands are queued; their transaction has not begun',
  'engine.before-commit': 'the changes are written; COMMIT has not run',
  'engine.after-commit': 'COMMIT has returned; no reply, task or event has left the engine',
  'server.start-committed': 'the start of an execution, or a claim, is committed; its client has not heard',
  // the worker: `nexum worker`
  'worker.task-received': 'the lease has arrived and is kept alive; the handler has not been called',
  'worker.handler-done': 'the handler has returned; its result has not left the process',
  'worker.result-sent': 'the result is written to the socket; the answer has not arrived',
  'worker.answer-received': 'the server has acknowledged the commit; the worker has told nobody',
  // durable calls, inside a worker or a program
  'call.claimed': 'the lease of the call has arrived; the call has not been executed',
  'call.executed': 'the call has been executed; its result has not left the process',
  'call.committed': 'the server has acknowledged the result of the call; the handler has not seen it',
  'call.forgotten': 'an expired result, or a failure, is forgotten; the call has not been started anew',
} as const;

export type Failpoint = keyof typeof FAILPOINTS;

let armed = parse(process.env['NEXUM_FAILPOINT']);

/**
 * The same as the variable, for this thread and for those that it starts from now on.
 * @throws Error when the text names no failpoint
 */
export function armFailpoint(text: string): void {
  armed = parse(text);
  process.env['NEXUM_FAILPOINT'] = text;
}

/** True when the process is to die at a later hit of this point: for windows that need a callback to be exact. */
export function isArmed(name: Failpoint): boolean {
  return armed?.name === name;
}

/** Dies here, at once and without any clean-up, if this is the hit that NEXUM_FAILPOINT names. */
export function failpoint(name: Failpoint): void {
  if (armed === undefined || armed.name !== name) return;
  if (armed.file !== undefined && !process.getBuiltinModule('node:fs').existsSync(armed.file)) return;
  armed.remaining -= 1;
  // SIGKILL to oneself does not return: the kernel ends every thread before the call comes back.
  if (armed.remaining === 0) process.kill(process.pid, 'SIGKILL');
}

interface Armed {
  readonly name: string;
  remaining: number;
  /** Hits count from the moment when it exists. */
  readonly file?: string;
}

/** A name that does not exist would make a crash test that never crashes: it ends the process instead. */
function parse(text: string | undefined): Armed | undefined {
  if (text === undefined || text === '') return undefined;
  const [, name = '', hit = '1'] = /^([^@]*)@?(.+)?$/.exec(text) ?? [];
  const known = Object.hasOwn(FAILPOINTS, name);
  if (known && /^(\/|[A-Za-z]:)/.test(hit)) return { name, remaining: 1, file: hit };
  const remaining = Number(hit);
  if (!known || !Number.isInteger(remaining) || remaining < 1) {
    throw new Error(
      `NEXUM_FAILPOINT must be <name>, <name>@<n> or <name>@<absolute path>, not ${text}; names: ${Object.keys(FAILPOINTS).join(', ')}`,
    );
  }
  return { name, remaining };
}
