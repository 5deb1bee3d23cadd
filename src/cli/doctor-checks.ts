/** The checks of `nexum doctor`. Each looks at one thing and changes nothing that stays. */
import { existsSync } from 'node:fs';
import { access, constants, mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPrices } from '../agents/models/cost.js';
import { chooseModel, foundKeys } from '../agents/models/model-choice.js';
import { errorMessage, NexumError } from '../errors.js';
import { openDatabase, sqliteVersion } from '../store/sqlite/connection.js';
import type { CommandContext } from './context.js';
import { findHolder } from '../server/holder-file.js';
import { probe } from './server-access.js';
import { formatDuration } from './text-format.js';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly detail: string;
  readonly fix: string | null;
}

const MINIMUM_NODE = [20, 19] as const;
const FSYNC_SAMPLES = 21;
/** Every commit waits for one fsync: above this a four-node execution takes longer than a tenth of a second. */
const SLOW_FSYNC_MS = 20;
const LOW_DISK_BYTES = 1024 ** 3;

export async function runChecks(context: CommandContext): Promise<Check[]> {
  const { location } = context;
  const store =
    location.kind === 'postgres' ? [await checkDatabase(location.url)] : await folderChecks(context.dataDir);
  return [checkNode(process.versions.node), ...store, await checkServer(context), checkModel(process.env)];
}

async function folderChecks(dataDir: string): Promise<Check[]> {
  const folder = nearestFolder(dataDir);
  return [
    checkSqlite(),
    await checkFolder(dataDir, folder),
    await checkLock(dataDir),
    await checkFsync(folder),
    await checkDisk(folder),
  ];
}

/** Settings without which a commit that was acknowledged can be lost. */
async function checkDatabase(url: string): Promise<Check> {
  try {
    const { inspectDatabase } = await import('../store/postgres/inspect.js');
    const { version, roundTripMs, settings, migrations } = await inspectDatabase(url);
    const schema = migrations === 0 ? 'no schema yet' : `schema ${migrations}`;
    const detail = `PostgreSQL ${version} answers in ${roundTripMs.toFixed(1)} ms, ${schema}`;
    const off = [...settings].filter(([, value]) => value === 'off').map(([name]) => name);
    if (off.length === 0) return ok('Database', detail);
    return warn(
      'Database',
      `${detail}; off: ${off.join(', ')}`,
      `Switch ${off.join(' and ')} on: commits can be lost.`,
    );
  } catch (error) {
    if (error instanceof NexumError) return fail('Database', error.message, error.fix);
    return fail('Database', errorMessage(error), 'Check the URL of the database.');
  }
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor, needMinor] = MINIMUM_NODE;
  const enough = major > needMajor || (major === needMajor && minor >= needMinor);
  if (!enough)
    return fail('Node.js', `${version} is too old`, `Install Node.js ${needMajor}.${needMinor} or newer (22 or 24).`);
  return ok('Node.js', version);
}

/** Names only: a key must never appear on a screen or in a log. Nothing is called: a call may cost money. */
export function checkModel(env: NodeJS.ProcessEnv): Check {
  const found = foundKeys(env);
  const keys = found.length === 0 ? 'no key found' : `found ${found.join(', ')}`;
  try {
    readPrices(env);
    const choice = chooseModel(undefined, env);
    if (choice.kind === 'offline') return ok('Models', `offline, unless a pipeline names another; ${keys}`);
    const { id, baseUrl, keyName } = choice.endpoint;
    const key = keyName === undefined ? 'without a key' : `with ${keyName}`;
    return ok('Models', `${id} at ${new URL(baseUrl).host} ${key} (not called); ${keys}`);
  } catch (error) {
    if (!(error instanceof NexumError)) throw error;
    return warn('Models', `${error.message}; ${keys}`, error.fix);
  }
}

function checkSqlite(): Check {
  try {
    const database = openDatabase(':memory:');
    const version = sqliteVersion(database);
    database.close();
    return ok('SQLite', `${version} (better-sqlite3 loads)`);
  } catch (error) {
    return fail(
      'SQLite',
      errorMessage(error),
      'Run `npm rebuild better-sqlite3`, or reinstall with the same Node.js version.',
    );
  }
}

async function checkFolder(dataDir: string, folder: string): Promise<Check> {
  try {
    await access(folder, constants.W_OK);
    return ok(
      'Data folder',
      existsSync(dataDir) ? `${dataDir} is writable` : `${dataDir} does not exist yet; it can be created`,
    );
  } catch (error) {
    return fail('Data folder', errorMessage(error), 'Choose another folder with --data-dir or NEXUM_HOME.');
  }
}

async function checkLock(dataDir: string): Promise<Check> {
  const file = join(dataDir, 'nexum.db');
  if (!existsSync(file)) return ok('Database', 'none yet');
  try {
    openDatabase(file).close();
    return ok('Database', 'opens; no server holds it');
  } catch (error) {
    if (!(error instanceof NexumError)) return fail('Database', errorMessage(error), 'Check the rights of the files.');
    if (error.code !== 'STORE_LOCKED') return fail('Database', error.message, error.fix);
    const holder = await findHolder(dataDir);
    return ok('Database', holder ? `held by the server at ${holder.address} (pid ${holder.pid})` : 'held by a server');
  }
}

async function checkFsync(folder: string): Promise<Check> {
  try {
    const scratch = await mkdtemp(join(folder, '.nexum-doctor-'));
    try {
      const medianMs = await measureFsync(join(scratch, 'fsync'));
      const detail = `median ${medianMs.toFixed(2)} ms`;
      if (medianMs <= SLOW_FSYNC_MS) return ok('fsync', detail);
      return warn('fsync', detail, 'Put the data folder on a faster disk: each commit waits for one fsync.');
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } catch (error) {
    return warn('fsync', `not measured: ${errorMessage(error)}`, 'Choose a writable data folder.');
  }
}

async function measureFsync(file: string): Promise<number> {
  const handle = await open(file, 'w', 0o600);
  const block = Buffer.alloc(4096, 1);
  const samples: number[] = [];
  try {
    for (let index = 0; index < FSYNC_SAMPLES; index += 1) {
      const startMs = performance.now();
      await handle.write(block);
      await handle.sync();
      samples.push(performance.now() - startMs);
    }
  } finally {
    await handle.close();
  }
  return samples.sort((a, b) => a - b)[Math.floor(FSYNC_SAMPLES / 2)] ?? 0;
}

async function checkDisk(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free >= LOW_DISK_BYTES
    ? ok('Disk', detail)
    : warn('Disk', detail, 'Free some space before the store runs full.');
}

async function checkServer(context: CommandContext): Promise<Check> {
  const startMs = performance.now();
  try {
    const { problem } = await probe(context.connection);
    if (!problem) return ok('Server', `${context.address} answers in ${formatDuration(performance.now() - startMs)}`);
    if (problem.code !== 'SERVER_UNREACHABLE') {
      return fail('Server', `${context.address} answers, but: ${problem.message}`, problem.fix);
    }
    if (!context.explicitServer) return ok('Server', `none at ${context.address} (not needed for nexum run)`);
    return fail('Server', problem.message, problem.fix);
  } catch (error) {
    // The token or the certificates of the command line.
    if (!(error instanceof NexumError)) throw error;
    return fail('Server', error.message, error.fix);
  }
}

/** The data folder, or the folder that it would be created in. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, fix: null };
}

function warn(name: string, detail: string, fix: string): Check {
  return { name, status: 'warning', detail, fix };
}

function fail(name: string, detail: string, fix: string): Check {
  return { name, status: 'error', detail, fix };
}
