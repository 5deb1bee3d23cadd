/** Where a server keeps its executions. Plain data: it travels to the engine thread. */
import { join } from 'node:path';
import { nexumError } from '../errors.js';

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** `url` may hold a password: it is never printed. */
  | { readonly kind: 'postgres'; readonly url: string };

const DATABASE_FILE = 'nexum.db';
const SCHEMES: ReadonlySet<string> = new Set(['postgres:', 'postgresql:']);

export function folderLocation(dataDir: string): StoreLocation & { readonly kind: 'sqlite' } {
  return { kind: 'sqlite', file: join(dataDir, DATABASE_FILE) };
}

/** @throws NexumError USAGE when it is no URL of a PostgreSQL database */
export function databaseLocation(url: string): StoreLocation & { readonly kind: 'postgres' } {
  if (!isPostgresUrl(url)) {
    throw nexumError(
      'USAGE',
      '--database must be postgres://user:password@host:port/database; for SQLite use --data-dir',
    );
  }
  return { kind: 'postgres', url };
}

export function isPostgresUrl(url: string): boolean {
  return URL.canParse(url) && SCHEMES.has(new URL(url).protocol);
}

/** For messages: the folder, or the database without user and password. */
export function locationText(location: StoreLocation, dataDir: string): string {
  if (location.kind === 'sqlite') return dataDir;
  const { protocol, host, pathname } = new URL(location.url);
  return `${protocol}//${host}${pathname}`;
}
