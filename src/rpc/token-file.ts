/**
 * The tokens that a server accepts, from a file with one `<role> <name> <token>` per line.
 *
 * T1  A token is never printed, nor is any word of a line that could be one.
 * T2  Only digests are kept and compared, each in constant time.
 * T3  A changed file is taken up without a restart; a broken one changes nothing and is reported.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { errorMessage, nexumError } from '../errors.js';
import { ROLES, type Role } from './access.js';

/** Shorter: more questions to the file system. Longer: a token that was taken away is accepted for longer. */
const CHECK_MS = 1000;
/** Shorter tokens can be guessed. */
const MIN_TOKEN_CHARS = 16;
const DIGEST = /^sha256:([0-9a-f]{64})$/i;
const NAME = /^[\w.@-]{1,64}$/;

export interface TokenEntry {
  readonly role: Role;
  /** Whose it is, for messages. */
  readonly name: string;
  readonly digest: Buffer;
}

export interface TokenFileOptions {
  readonly onWarning: (text: string) => void;
  readonly nowMs?: () => number;
}

export class TokenFile {
  private entries: readonly TokenEntry[];
  private version: string;
  private checkedAtMs: number;
  private checking: Promise<void> | undefined;
  private readonly nowMs: () => number;

  /** @throws NexumError TOKENS_INVALID with every problem of the file */
  constructor(
    private readonly file: string,
    private readonly options: TokenFileOptions,
  ) {
    this.nowMs = options.nowMs ?? Date.now;
    this.checkedAtMs = this.nowMs();
    try {
      const stats = statSync(file);
      this.version = versionOf(stats);
      this.entries = parseTokens(readFileSync(file, 'utf8'), file);
      this.warnOfReaders(stats);
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  /** The entry of this token; a promise only when the file has to be looked at first. */
  find(token: string): TokenEntry | undefined | Promise<TokenEntry | undefined> {
    if (!this.checking && this.nowMs() - this.checkedAtMs < CHECK_MS) return findToken(this.entries, token);
    return this.check().then(() => findToken(this.entries, token));
  }

  private check(): Promise<void> {
    this.checking ??= this.reload().finally(() => {
      this.checkedAtMs = this.nowMs();
      this.checking = undefined;
    });
    return this.checking;
  }

  private async reload(): Promise<void> {
    try {
      const stats = await stat(this.file);
      const version = versionOf(stats);
      if (version === this.version) return;
      // Also when it is broken: one warning for each change, not one for each call.
      this.version = version;
      this.entries = parseTokens(await readFile(this.file, 'utf8'), this.file);
      this.warnOfReaders(stats);
    } catch (error) {
      if (this.version === '') return;
      if (isMissing(error)) this.version = '';
      this.options.onWarning(`${unreadable(this.file, error).message}; the tokens read before stay valid`);
    }
  }

  private warnOfReaders({ mode }: Stats): void {
    if (process.platform === 'win32' || (mode & 0o077) === 0) return;
    this.options.onWarning(`${this.file} can be read by other users of this machine; chmod 600 ${this.file}`);
  }
}

/** One warning is enough for a file that is gone. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function versionOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs}-${size}-${ino}`;
}

function unreadable(file: string, error: unknown): Error {
  if (!(error instanceof Error) || !('syscall' in error)) return error as Error;
  return nexumError('TOKENS_INVALID', `cannot read the tokens file ${file}: ${errorMessage(error)}`, { file }, error);
}

/** Goes through all entries whatever matches, so that the time tells nothing (T2). */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | undefined {
  const digest = createHash('sha256').update(token).digest();
  let found: TokenEntry | undefined;
  for (const entry of entries) {
    if (timingSafeEqual(entry.digest, digest)) found = entry;
  }
  return found;
}

/** @throws NexumError TOKENS_INVALID with every problem at once, by line */
export function parseTokens(text: string, file: string): TokenEntry[] {
  const entries: TokenEntry[] = [];
  const problems: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#') === true) continue;
    const entry = parseEntry(words);
    if (typeof entry === 'string') {
      problems.push(`line ${index + 1}: ${entry}`);
      continue;
    }
    const digest = entry.digest.toString('hex');
    const before = lineOf.get(digest);
    if (before !== undefined) problems.push(`line ${index + 1}: the same token as in line ${before}`);
    lineOf.set(digest, index + 1);
    entries.push(entry);
  }
  if (entries.length === 0 && problems.length === 0) problems.push('it holds no token');
  if (problems.length > 0) {
    throw nexumError('TOKENS_INVALID', `the tokens file ${file} is wrong: ${problems.join('; ')}`, { file, problems });
  }
  return entries;
}

/** The entry, or what is wrong with the line, without any word of it (T1). */
function parseEntry(words: readonly string[]): TokenEntry | string {
  const [roleText = '', name = '', token = ''] = words;
  if (words.length !== 3) return `${words.length} words instead of three: role, name and token`;
  const role = ROLES.find((candidate) => candidate === roleText);
  if (!role) return `the first word is no role; write one of ${ROLES.join(', ')}`;
  if (!NAME.test(name)) return 'the name may hold letters, digits, `_`, `.`, `@` and `-`; at most 64 characters';
  const hex = DIGEST.exec(token)?.[1];
  if (hex !== undefined) return { role, name, digest: Buffer.from(hex, 'hex') };
  if (/^sha256:/i.test(token)) return '`sha256:` must be followed by 64 hexadecimal digits';
  if (token.length < MIN_TOKEN_CHARS) return `the token is shorter than ${MIN_TOKEN_CHARS} characters`;
  return { role, name, digest: createHash('sha256').update(token).digest() };
}
