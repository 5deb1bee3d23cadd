/** `nexum server`: the engine and its gRPC service, without workers. */
import type { Command } from 'commander';
import { nexumError } from '../../errors.js';
import { parseDuration as readDuration } from '../../pipeline/duration.js';
import { startServer, type NexumServer, type ServerOptions } from '../../server/server.js';
import { CommandContext, DEFAULT_ADDRESS } from '../context.js';
import { exitCodeOf } from '../exit-code.js';
import { GRACE_MS, untilSignal } from '../shutdown.js';
import type { Output } from '../output.js';

export function serverCommand(program: Command): void {
  program
    .command('server')
    .description('Run the durable engine; workers and clients connect to it')
    .option('--listen <host:port>', 'where to listen; localhost means both loopback families, port 0 a free one', DEFAULT_ADDRESS)
    .option('--lease <duration>', 'how long a lease lasts without a heartbeat', parseDuration)
    .action(async (options: { listen: string; lease?: number }, command: Command) => {
      const context = CommandContext.of(command);
      const server = await openServer(context, { listen: options.listen, reflection: false, ...leaseOf(options.lease) });
      announce(context.output, server);
      const code = await untilSignal();
      await server.stop({ graceMs: GRACE_MS });
      process.exitCode = code;
    });
}

/** Starts a server on the data folder of the command line; a broken store ends the process at once. */
export function openServer(context: CommandContext, options: Omit<ServerOptions, 'dataDir' | 'onFatal'>): Promise<NexumServer> {
  return startServer({
    ...options,
    dataDir: context.dataDir,
    onFatal: (error) => {
      context.output.error(error);
      process.exit(exitCodeOf(error));
    },
  });
}

export function announce(output: Output, server: NexumServer): void {
  if (output.json) output.data({ event: 'listening', address: server.address, store: server.store, pid: process.pid }, '');
  else output.note(`listening on ${server.address} (${server.store}), pid ${process.pid}`);
}

export function leaseOf(leaseMs: number | undefined): { leaseMs?: number } {
  return leaseMs === undefined ? {} : { leaseMs };
}

/** An option parser: `500ms`, `30s`, `5m`, `2h` -> milliseconds. */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  if (ms === undefined) throw nexumError('USAGE', `${JSON.stringify(text)} is not a duration such as 500ms, 30s or 5m`);
  return ms;
}
