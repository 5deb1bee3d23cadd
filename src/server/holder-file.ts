/**
 * `server.json` in a data folder says which server has the folder open, so that others find it. A process that was killed
 * leaves its file behind: ask the address before trusting it.
 */
import { rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const HOLDER_FILE = 'server.json';

export interface Holder {
  readonly address: string;
  readonly pid: number;
  /** It talks TLS. */
  readonly tls: boolean;
  /** A thread of a program that has a session on the folder, without tokens: another such program may take its place. */
  readonly embedded: boolean;
}

export async function writeHolder(dataDir: string, holder: Holder): Promise<void> {
  await writeFile(join(dataDir, HOLDER_FILE), JSON.stringify(holder), { mode: 0o600 });
}

export async function removeHolder(dataDir: string): Promise<void> {
  await rm(join(dataDir, HOLDER_FILE), { force: true });
}

/** For a process that is ending. */
export function removeHolderNow(dataDir: string): void {
  rmSync(join(dataDir, HOLDER_FILE), { force: true });
}

/** Who says to have the folder open. */
export async function findHolder(dataDir: string): Promise<Holder | undefined> {
  try {
    const text = await readFile(join(dataDir, HOLDER_FILE), 'utf8');
    const { address, pid, tls = false, embedded = false } = JSON.parse(text) as Partial<Holder>;
    return typeof address === 'string' && typeof pid === 'number' ? { address, pid, tls, embedded } : undefined;
  } catch {
    return undefined;
  }
}
