/** SIGTERM and SIGINT: the first signal drains, the second ends at once. */
import { ExitCode } from './exit-code.js';

/** How long running work may take to finish after the first signal, in milliseconds. */
export const GRACE_MS = 30_000;

/**
 * Resolves with the exit code at the first signal: 0 after SIGTERM (that is how services are stopped), 130 after SIGINT.
 * A second signal ends the process without waiting for anything.
 */
export function untilSignal(): Promise<number> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signalled) process.exit(signal === 'SIGINT' ? ExitCode.INTERRUPTED : 128 + 15);
      signalled = true;
      resolve(signal === 'SIGINT' ? ExitCode.INTERRUPTED : ExitCode.OK);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
