/** What every command shares: where the server and the data are, how output looks. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { nexumError } from '../errors.js';
import { parseAddresses, type Connection } from '../rpc/connection.js';
import {
  databaseLocation,
  folderLocation,
  locationText,
  meansPostgres,
  type StoreLocation,
} from '../server/store-location.js';
import { clientSecurity, serverSecurity, type ConnectionFlags, type ServerSecurity } from './connection-options.js';
import { Output } from './output.js';

export const DEFAULT_ADDRESS = 'localhost:50051';

export interface GlobalOptions extends ConnectionFlags {
  readonly json?: boolean;
  readonly server?: string;
  readonly dataDir?: string;
  readonly database?: string;
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

  /**
   * For commands with `--address`, which is `--server` under another name.
   * @throws NexumError USAGE when both are given
   */
  static withAddress(command: Command, address: string | undefined): CommandContext {
    const options = command.optsWithGlobals<GlobalOptions>();
    if (address === undefined) return new CommandContext(options);
    if (options.server === undefined) return new CommandContext({ ...options, server: address });
    throw nexumError('USAGE', '--address means the same as --server; give one of them');
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

  /**
   * Where a server of this process keeps its data: the PostgreSQL database of `--database`, or of DATABASE_URL unless
   * `--data-dir` names a folder; otherwise the data folder. A DATABASE_URL of another kind of database is not meant.
   *
   * @throws NexumError USAGE
   */
  get location(): StoreLocation {
    const { database, dataDir } = this.options;
    if (database !== undefined && dataDir !== undefined) {
      throw nexumError('USAGE', 'choose one of --database and --data-dir');
    }
    if (database !== undefined) return databaseLocation(database, '--database');
    const url = this.env['DATABASE_URL'];
    if (dataDir === undefined && url && meansPostgres(url)) return databaseLocation(url, 'DATABASE_URL');
    return folderLocation(this.dataDir);
  }

  /** True when a password stands in the arguments of this process. */
  get showsPassword(): boolean {
    const { database } = this.options;
    return database !== undefined && URL.canParse(database) && new URL(database).password !== '';
  }

  /** The same for people, without a password. */
  get locationText(): string {
    return locationText(this.location, this.dataDir);
  }

  get explicitDataDir(): boolean {
    return this.options.dataDir !== undefined || Boolean(this.env['NEXUM_HOME']);
  }
}
