/**
 * A PostgreSQL server of the tests' own, in a temporary folder on a free port of the loopback. It dies with the process
 * that started it, even when that is killed (postgres-watchdog.js).
 */
import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { appendFileSync, chownSync, cpSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { MINIMUM_MAJOR, type PostgresBinaries, type PostgresKind } from './postgres-binaries.js';
import { freePort, until } from './processes.js';

const WATCHDOG = fileURLToPath(new URL('postgres-watchdog.js', import.meta.url));
/** Of the error log, for messages. */
const LOG_CHARACTERS = 2000;

/** What a production server has by default stands; the rest keeps a test server small. */
const SETTINGS = [
  `listen_addresses = '127.0.0.1'`,
  'max_connections = 200',
  `shared_buffers = '32MB'`,
  'synchronous_commit = on',
  'logging_collector = off',
  // Half of its connections are cut by tests, and say so.
  'log_min_messages = fatal',
];

/** Whether a test may crash it; one that nobody crashes loses nothing without a sync. */
export type Durability = 'synced' | 'unsynced';

type Identity = Pick<SpawnOptions, 'uid' | 'gid'>;

export class PostgresServer {
  private postmaster: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();

  private constructor(
    readonly kind: PostgresKind,
    readonly port: number,
    private readonly folder: string,
    private readonly programs: string,
    private readonly identity: Identity,
    private readonly watchdog: ChildProcess,
  ) {}

  /** Makes a new cluster and starts it; resolves when it takes connections. */
  static async start(binaries: PostgresBinaries, durability: Durability = 'synced'): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'nexum-postgres-'));
    const watchdog = spawn(process.execPath, [WATCHDOG, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watchdog.stdin.on('error', () => undefined);
    // Neither keeps a process alive that has nothing else to do: its end is what the watchdog waits for.
    watchdog.unref();
    (watchdog.stdin as Writable & { unref(): void }).unref();
    try {
      const identity = ownerOf(folder);
      const programs = await readablePrograms(binaries, folder, identity);
      const port = await freePort();
      await initialise(programs, folder, identity, port, durability);
      const server = new PostgresServer(binaries.kind, port, folder, programs, identity, watchdog);
      await server.restart();
      return server;
    } catch (error) {
      watchdog.stdin.end();
      throw error;
    }
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  get pid(): number {
    return this.postmaster?.pid ?? 0;
  }

  /** Starts it again on the same port and data; resolves when its recovery has ended and it takes connections. */
  async restart(): Promise<void> {
    const log = openSync(join(this.folder, 'log'), 'a');
    const postmaster = spawn(join(this.programs, 'postgres'), ['-D', join(this.folder, 'data')], {
      ...this.identity,
      cwd: this.folder,
      stdio: ['ignore', log, log],
      // A signal of the terminal to the tests must not stop it before they have ended.
      detached: true,
    });
    closeSync(log);
    postmaster.unref();
    let gone: string | undefined;
    this.exited = new Promise((resolve) => {
      postmaster.once('error', (error) => {
        gone = error.message;
        resolve();
      });
      postmaster.once('exit', (code, signal) => {
        gone = `exit ${code ?? signal ?? ''}`;
        resolve();
      });
    });
    this.postmaster = postmaster;
    this.watchdog.stdin?.write(`${postmaster.pid ?? 0}\n`);
    await until(async () => {
      if (gone !== undefined) throw new Error(`PostgreSQL does not start: ${gone}\n${this.log()}`);
      return (await answers(this.url)) ? true : undefined;
    }, `PostgreSQL takes connections`);
  }

  /** As a power failure would: no checkpoint, no farewell to its clients. The data stays for `restart`. */
  async stopImmediate(): Promise<void> {
    this.postmaster?.kill('SIGQUIT');
    await this.exited;
  }

  /** Stops it for good and removes its data. Idempotent. */
  async stop(): Promise<void> {
    await this.stopImmediate();
    this.watchdog.stdin?.end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-LOG_CHARACTERS);
  }
}

/** `18.4`; the rest of the text names the packager. */
export async function versionOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const version = rows[0]?.server_version.split(' ')[0] ?? '';
    if (Number.parseInt(version) < MINIMUM_MAJOR)
      throw new Error(`PostgreSQL ${version} is too old: the store needs ${MINIMUM_MAJOR} or newer`);
    return version;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL refuses to run as root: then it runs as a user without rights, who owns the folder. */
function ownerOf(folder: string): Identity {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const found = ['postgres', 'nobody'].map((name) => users.find((line) => line.startsWith(`${name}:`))).find(Boolean);
  const [, , uid, gid] = found?.split(':').map(Number) ?? [];
  if (!uid || !gid) throw new Error('PostgreSQL does not run as root, and there is no user `postgres` or `nobody`');
  chownSync(folder, uid, gid);
  return { uid, gid };
}

/** The folder of the programs, or a copy of it when its place is closed to the user that runs them. */
async function readablePrograms(binaries: PostgresBinaries, folder: string, identity: Identity): Promise<string> {
  try {
    await run(join(binaries.folder, 'postgres'), ['--version'], folder, identity);
    return binaries.folder;
  } catch (error) {
    if (binaries.root === undefined) throw error;
    const copy = join(folder, 'native');
    cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  }
}

async function initialise(
  programs: string,
  folder: string,
  identity: Identity,
  port: number,
  durability: Durability,
): Promise<void> {
  const data = join(folder, 'data');
  // Without a sync: the cluster dies with the tests. What is committed in it later is synced when a test may crash it.
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(join(programs, 'initdb'), ['-D', data, ...options], folder, identity);
  const fsync = durability === 'synced' ? 'on' : 'off';
  const settings = [...SETTINGS, `fsync = ${fsync}`, `port = ${port}`, `unix_socket_directories = '${folder}'`];
  appendFileSync(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`);
}

async function run(program: string, args: readonly string[], cwd: string, identity: Identity): Promise<void> {
  await promisify(execFile)(program, args, { cwd, ...identity, env: { ...process.env, LC_ALL: 'C' } });
}
