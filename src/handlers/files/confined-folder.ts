/**
 * Files inside one folder, and nothing outside of it.
 *
 * F1 A path is relative, has no `..`, no NUL and no drive, and stays below the folder after all symbolic links of its
 *    parents are followed.
 * F2 The file itself is never a symbolic link, neither read nor replaced through one.
 * F3 A file is replaced in one step (atomic-file.ts): it is the old one or the new one, never half of one.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { nexumError } from '../../errors.js';
import { writeFileAtomic } from '../atomic-file.js';
import { sha256Hex } from '../sha256.js';

/** 10 MiB: texts that pipelines pass on; more is a download. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** A type alias, so that it is JSON. */
export type WrittenFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

export class ConfinedFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes a text; parent folders are made. Written again with the same text, the file is the same.
   * @throws NexumError INVALID_REQUEST for a path that leads out of the folder
   */
  async write(path: string, content: string): Promise<WrittenFile> {
    const bytes = Buffer.byteLength(content);
    if (bytes > MAX_FILE_BYTES) throw refused(path, `${bytes} bytes are more than ${MAX_FILE_BYTES}`);
    const root = await this.#root();
    const target = await this.#confined(root, path);
    await mkdir(dirname(target), { recursive: true });
    // Once more: a parent that was made a link in between must not lead out.
    await this.#confined(root, path);
    await writeFileAtomic(target, content);
    return { path: relative(root, target).split(sep).join('/'), bytes, sha256: sha256Hex(content) };
  }

  /** @throws NexumError INVALID_REQUEST for a path that leads out, a missing file, and one that is too large or no text */
  async read(path: string): Promise<string> {
    const target = await this.#confined(await this.#root(), path);
    let file;
    try {
      file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw refused(path, `cannot be read (${codeOf(error)})`);
    }
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw refused(path, 'is no file');
      if (stat.size > MAX_FILE_BYTES) throw refused(path, `has ${stat.size} bytes, more than ${MAX_FILE_BYTES}`);
      const bytes = await file.readFile();
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) throw refused(path, 'is no UTF-8 text');
      throw error;
    } finally {
      await file.close();
    }
  }

  async #root(): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    return realpath(this.#folder);
  }

  async #confined(root: string, path: string): Promise<string> {
    const problem = pathProblem(path);
    if (problem !== undefined) throw refused(path, problem);
    const target = join(root, path);
    const parent = await nearestExisting(dirname(target));
    if (parent !== root && !parent.startsWith(root + sep)) throw refused(path, 'leads out of the folder');
    const own = await lstat(target).catch(() => undefined);
    if (own?.isSymbolicLink()) throw refused(path, 'is a symbolic link');
    if (own && !own.isFile()) throw refused(path, 'is no file');
    return target;
  }
}

function pathProblem(path: string): string | undefined {
  if (path.trim() === '' || path.includes('\0')) return 'is no path';
  if (/^([\\/~]|[A-Za-z]:)/.test(path)) return 'is not relative';
  const parts = path.split(/[\\/]/);
  if (parts.includes('..')) return 'holds `..`';
  if (parts.some((part) => part.length > 255) || path.length > 1000) return 'is too long';
  return parts.at(-1) === '' || parts.at(-1) === '.' ? 'names no file' : undefined;
}

/** The real path of the nearest folder that exists: what does not exist yet cannot be a link. */
async function nearestExisting(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    const up = dirname(folder);
    // A dangling link is there, and must not be taken for something that does not exist yet.
    const isLink = await lstat(folder).then(
      (stat) => stat.isSymbolicLink(),
      () => false,
    );
    if (isLink || up === folder) throw error;
    return nearestExisting(up);
  }
}

function refused(path: string, problem: string): Error {
  return nexumError('INVALID_REQUEST', `the file ${JSON.stringify(path.slice(0, 200))} ${problem}`, { path });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
