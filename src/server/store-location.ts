/** Where a server keeps its executions. Plain data: it travels to the engine thread. */
import { join } from 'node:path';
import { nexumError } from '../errors.js';

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** `url` may hold a password: it is never printed. Only servers that stay `migrate`. */
  | { readonly kind: 'postgres'; readonly url: string; readonly migrate: boolean };

const DATABASE_FILE = 'nexum.db';
const SCHEMES: ReadonlySet<string> = new Set(['postgres:', 'postgresql:']);

export function folderLocation(dataDir: string): StoreLocation & { readonly kind: 'sqlite' } {
  return { kind: 'sqlite', file: join(dataDir, DATABASE_FILE) };
}

/**
 * @param by the option or variable that it comes from
 * @throws NexumError USAGE when it is no URL of a PostgreSQL database; never prints it, because it may hold a password
 */
export function databaseLocation(url: string, by: string): StoreLocation & { readonly kind: 'postgres' } {
  if (!URL.canParse(url) || !SCHEMES.has(new URL(url).protocol)) {
    throw nexumError(
      'USAGE',
      `${by} must be postgres://user:password@host:port/database, with # / ? @ in a password written as %23 %2F %3F %40`,
    );
  }
  return { kind: 'postgres', url, migrate: true };
}

/** Whether somebody means PostgreSQL, even if the rest is wrong: that must not end in a file on this machine. */
export function meansPostgres(url: string): boolean {
  return /^postgres/i.test(url);
}

/** For messages: the folder, or the database without user and password. */
export function locationText(location: StoreLocation, dataDir: string): string {
  if (location.kind === 'sqlite') return dataDir;
  const { protocol, host, pathname } = new URL(location.url);
  return `${protocol}//${host}${pathname}`;
}
