/** What every command shares: where the server and the data are, how output looks. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseAddresses, type Connection } from '../rpc/connection.js';
import { clientSecurity, serverSecurity, type ConnectionFlags, type ServerSecurity } from './connection-options.js';
import { Output } from './output.js';

export const DEFAULT_ADDRESS = 'localhost:50051';

export interface GlobalOptions extends ConnectionFlags {
  readonly json?: boolean;
  readonly server?: string;
  readonly dataDir?: string;
  /** Of `nexum server` and `nexum dev` only. */
  readonly tokensFile?: string;
}

export class CommandContext {
  readonly output: Output;

  constructor(
    private readonly options: GlobalOptions,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    this.output = new Output(options.json ?? false);
  }

  static of(command: Command): CommandContext {
    return new CommandContext(command.optsWithGlobals<GlobalOptions>());
  }

  /** `--server`, else NEXUM_SERVER, else localhost:50051; several are separated by commas. */
  get address(): string {
    return this.options.server ?? (this.env['NEXUM_SERVER'] || DEFAULT_ADDRESS);
  }

  get explicitServer(): boolean {
    return this.options.server !== undefined || Boolean(this.env['NEXUM_SERVER']);
  }

  /** How to reach the server of the command line. @throws NexumError USAGE, TLS_INVALID, FILE_NOT_FOUND */
  get connection(): Connection {
    return this.connectionTo(this.address);
  }

  /** The same, to a server that was found elsewhere. */
  connectionTo(address: string): Connection {
    return { addresses: parseAddresses(address), ...clientSecurity(this.options, this.env) };
  }

  /** What a server of this process takes. @throws NexumError USAGE, TLS_INVALID */
  get serverSecurity(): ServerSecurity {
    return serverSecurity(this.options, this.env);
  }

  /** `--data-dir`, else NEXUM_HOME, else ./.nexum; absolute. */
  get dataDir(): string {
    return resolve(this.options.dataDir ?? (this.env['NEXUM_HOME'] || '.nexum'));
  }

  get explicitDataDir(): boolean {
    return this.options.dataDir !== undefined || Boolean(this.env['NEXUM_HOME']);
  }
}
