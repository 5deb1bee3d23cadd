#!/usr/bin/env node
/** The `nexum` process: everything it does is in program.ts and commands/. */
import { runCli } from './program.js';
import { endOnSignalAsInit, endWithParent } from './shutdown.js';

// A reader that had enough, as in `nexum events last | head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

endOnSignalAsInit();
endWithParent();
process.exitCode = await runCli(process.argv.slice(2));
