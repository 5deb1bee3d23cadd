/** SIGTERM and SIGINT: the first signal drains, the second ends at once. */
import { ExitCode } from './exit-code.js';

/** How long running work may take to finish after the first signal, in milliseconds. */
export const GRACE_MS = 30_000;
/** 128 + 15: what shells report for a process that SIGTERM ended. */
const TERMINATED = 143;
/** Set by a parent that holds our stdin open: when that ends, the parent is gone, whatever killed it. */
export const PARENT_PIPE = 'NEXUM_PARENT_PIPE';

/**
 * Resolves at the first signal. A second signal ends the process without waiting for anything.
 * @param onForced runs just before that, for what must not stay behind
 */
export function untilInterrupt(onForced: () => void = () => undefined): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signalled) {
        onForced();
        process.exit(interruptCode(signal));
      }
      signalled = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** For services: the exit code after the first signal, 0 for SIGTERM (that is how services are stopped), 130 for SIGINT. */
export async function untilSignal(): Promise<number> {
  return (await untilInterrupt()) === 'SIGINT' ? ExitCode.INTERRUPTED : ExitCode.OK;
}

/** For commands that were waiting for something: 130 after SIGINT, 143 after SIGTERM. */
export function interruptCode(signal: NodeJS.Signals): number {
  return signal === 'SIGINT' ? ExitCode.INTERRUPTED : TERMINATED;
}

/**
 * As process 1, in a container: the kernel throws away a signal that nobody handles, so a command that only waits, such
 * as a worker without a server, could not be stopped. As soon as a command listens itself, this does nothing more.
 */
export function endOnSignalAsInit(): void {
  if (process.pid !== 1) return;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(interruptCode(signal));
    });
  }
}

/** Ends this process when the parent that asked for it is gone, from the first moment on. */
export function endWithParent(): void {
  if (process.env[PARENT_PIPE] === undefined) return;
  process.stdin.on('end', () => process.exit(ExitCode.UNEXPECTED));
  process.stdin.on('error', () => process.exit(ExitCode.UNEXPECTED));
  process.stdin.resume();
  // Listening must not keep a process alive that has nothing else to do.
  process.stdin.unref();
}
