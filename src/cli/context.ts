/** What every command shares: where the server and the data are, how output looks. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Output } from './output.js';

export const DEFAULT_ADDRESS = 'localhost:50051';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly server?: string;
  readonly dataDir?: string;
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

  /** `--server`, else NEXUM_SERVER, else localhost:50051. */
  get address(): string {
    return this.options.server ?? (this.env['NEXUM_SERVER'] || DEFAULT_ADDRESS);
  }

  get explicitServer(): boolean {
    return this.options.server !== undefined || Boolean(this.env['NEXUM_SERVER']);
  }

  /** `--data-dir`, else NEXUM_HOME, else ./.nexum; absolute. */
  get dataDir(): string {
    return resolve(this.options.dataDir ?? (this.env['NEXUM_HOME'] || '.nexum'));
  }

  get explicitDataDir(): boolean {
    return this.options.dataDir !== undefined || Boolean(this.env['NEXUM_HOME']);
  }
}
