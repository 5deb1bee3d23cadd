/** What every command shares: where the server and the data are, how output looks, how a process ends. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { NexumClient } from '../rpc/client.js';
import { Output } from './output.js';

export const DEFAULT_ADDRESS = 'localhost:50051';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly server?: string;
  readonly dataDir?: string;
}

export class CommandContext {
  readonly output: Output;

  constructor(private readonly options: GlobalOptions) {
    this.output = new Output(options.json ?? false);
  }

  static of(command: Command): CommandContext {
    return new CommandContext(command.optsWithGlobals<GlobalOptions>());
  }

  /** `--server`, else NEXUM_SERVER, else localhost:50051. */
  get address(): string {
    return this.options.server ?? process.env['NEXUM_SERVER'] ?? DEFAULT_ADDRESS;
  }

  get explicitServer(): boolean {
    return this.options.server !== undefined || process.env['NEXUM_SERVER'] !== undefined;
  }

  /** `--data-dir`, else NEXUM_HOME, else ./.nexum; absolute. */
  get dataDir(): string {
    return resolve(this.options.dataDir ?? process.env['NEXUM_HOME'] ?? '.nexum');
  }

  /** Runs `work` with a client that is closed afterwards, whatever happens. */
  async withClient<T>(work: (client: NexumClient) => Promise<T>): Promise<T> {
    const client = new NexumClient(this.address);
    try {
      return await work(client);
    } finally {
      client.close();
    }
  }
}
