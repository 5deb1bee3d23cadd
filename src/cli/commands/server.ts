/** `nexum server`: the engine and its gRPC service, without workers. */
import type { Command } from 'commander';
import type { ServerOptions } from '../../server/server.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { TOKENS_FILE_OPTION } from '../connection-options.js';
import { CommandContext, DEFAULT_ADDRESS } from '../context.js';
import { httpOption, httpServer } from '../http-option.js';
import { maxQueueOption, queueLimit } from '../max-queue-option.js';
import { parseDuration } from '../option-parsers.js';
import { rateLimits, rateOption } from '../rate-option.js';
import { GRACE_MS, untilSignal } from '../shutdown.js';

interface ServerFlags {
  readonly listen: string;
  readonly lease?: number;
  readonly reflection?: boolean;
  readonly http?: string;
  readonly maxQueue?: number;
  readonly rate?: ServerOptions['rates'];
}

export const serverCommand: CliCommand = {
  name: 'server',
  summary: 'Run the durable engine; workers and clients connect to it',
  define(command) {
    command
      .option('--listen <host:port>', 'localhost means both loopback families, port 0 a free one', DEFAULT_ADDRESS)
      .option('--lease <duration>', 'default lease of workers that name none (default: 30s)', parseDuration)
      .option('--reflection', 'serve gRPC reflection')
      .option('--tokens-file <file>', TOKENS_FILE_OPTION)
      .addOption(httpOption())
      .addOption(maxQueueOption())
      .addOption(rateOption())
      .action(async (flags: ServerFlags, self: Command) => {
        const context = CommandContext.of(self);
        const { openServer } = await import('../embedded-server.js');
        const server = await openServer(context, {
          listen: flags.listen,
          reflection: flags.reflection ?? false,
          ...context.serverSecurity,
          ...httpServer(flags.http),
          ...queueLimit(flags.maxQueue),
          ...rateLimits(flags.rate),
          ...(flags.lease === undefined ? {} : { leaseMs: flags.lease }),
        });
        // Before it says where it listens: whoever reads that may stop it at once.
        const signalled = untilSignal();
        const { address, store, http } = server;
        const { output, locationText: data } = context;
        const dataDir = context.location.kind === 'sqlite' ? data : null;
        if (output.json) output.data({ event: 'listening', address, store, dataDir, pid: process.pid, http }, '');
        else output.note(`listening on ${address} (${store}), data in ${data}, pid ${process.pid}`);
        if (http !== undefined && !output.json)
          output.note(`metrics and health on ${context.serverSecurity.tls ? 'https' : 'http'}://${http}`);
        const code = await signalled;
        output.note(output.json ? '' : 'stopping; a second signal ends at once');
        await server.stop({ graceMs: GRACE_MS });
        process.exitCode = code;
      });
    addExamples(command, [
      ['nexum server', 'on localhost:50051, data in ./.nexum'],
      ['nexum server --http 127.0.0.1:9464', 'with /metrics, /healthz and /readyz'],
      ['nexum server --listen 127.0.0.1:0 --json', 'prints {"event":"listening","address":...} on stdout'],
      ['nexum server --rate openai=60rpm,100000tpm', 'what all its workers share of a provider'],
      ['nexum server --database postgres://localhost/nexum', 'one of many servers on a PostgreSQL database'],
      ['nexum server --listen 0.0.0.0:50051 --tls-cert c.pem --tls-key k.pem --tokens-file t', 'for other machines'],
    ]);
    command.addHelpText(
      'after',
      `
Beyond localhost a server needs TLS (--tls-cert, --tls-key) and tokens (--tokens-file), or --insecure. With --tls-ca
clients must show a certificate of that CA.
SIGTERM or Ctrl-C drains (exit 0 or 130); a second signal ends at once.`,
    );
  },
};
