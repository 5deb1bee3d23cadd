/**
 * The process of one sandbox, as its host sees it: how it is started, what it is denied, and its end.
 *
 * H1 It gets no environment, no file of the host but its channel, and the root as its folder.
 * H2 Where Node has a permission model it may read this package and its dependencies, and start one thread: it writes no
 *    file and starts no process, whatever breaks out of the engine. (The model of Node 20 and 22 does not cover the network.)
 * H3 It ends by SIGKILL, at the latest when the host ends: its channel closes with the host.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, parse, sep } from 'node:path';
import type { Duplex } from 'node:stream';
import { LineReader } from './line-reader.js';
import { THREAD_HEAP_MB } from './limits.js';
import { CHANNEL_FD, parseGuestMessage, type GuestMessage, type HostMessage } from './messages.js';

/** Characters of what Node says before it ends by itself: the reason stands at the beginning. */
const MAX_LAST_WORDS = 300;

export interface SandboxProcessOptions {
  /** A longer line is no message of this protocol. */
  readonly maxLineBytes: number;
  readonly onMessage: (message: GuestMessage) => void;
  /** Once, when the process is of no more use: it ended, or it does not speak the protocol. Not after `kill`. */
  readonly onLost: (reason: string) => void;
}

export class SandboxProcess {
  readonly #child: ChildProcess;
  readonly #options: SandboxProcessOptions;
  readonly #exited: Promise<void>;
  #lastWords = '';
  #over = false;

  constructor(options: SandboxProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, startArguments(), {
      cwd: parse(process.execPath).root,
      // Node on Windows does not start without SystemRoot.
      env: { TZ: 'UTC', ...(process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {}) },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#listen();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: HostMessage): void {
    if (!this.#over) this.#channel.write(`${JSON.stringify(message)}\n`);
  }

  /** Resolves when the process has ended. */
  async kill(): Promise<void> {
    this.#over = true;
    this.#child.kill('SIGKILL');
    this.#channel.destroy();
    // Who waits for the end has nothing else that keeps the host alive.
    this.#child.ref();
    await this.#exited;
  }

  get #channel(): Duplex {
    return this.#child.stdio[CHANNEL_FD] as Duplex;
  }

  #listen(): void {
    const child = this.#child;
    const reader = new LineReader(this.#options.maxLineBytes, (line) => this.#read(line));
    this.#channel.on('data', (chunk: Buffer) => {
      if (!this.#over && !reader.push(chunk)) this.#lose('its process said more than it may');
    });
    // The end of the process says it better.
    this.#channel.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(0, MAX_LAST_WORDS);
    });
    child.once('error', (error) => this.#lose(`its process could not start (${error.message})`));
    child.once('close', (code, signal) => {
      const words = this.#lastWords.trim();
      this.#lose(
        `its process ended with ${signal ?? `exit code ${code ?? 'unknown'}`}${words === '' ? '' : `: ${words}`}`,
      );
    });
    // A sandbox that nobody waits for must not keep the host alive; who waits has a timer.
    child.unref();
    for (const stream of [child.stderr, this.#channel]) (stream as Partial<NodeJS.RefCounted> | null)?.unref?.();
  }

  #read(line: string): void {
    if (this.#over) return;
    const message = parseGuestMessage(line);
    if (message) this.#options.onMessage(message);
    else this.#lose('its process sent something that is no message');
  }

  #lose(reason: string): void {
    if (this.#over) return;
    void this.kill();
    this.#options.onLost(reason);
  }
}

function startArguments(): readonly string[] {
  const { resolve } = createRequire(import.meta.url);
  // By the name inside the package: the process runs what was built, also when a test runs the source of this file.
  const entry = resolve('#dist/sandbox/process-main.js');
  return [
    `--max-old-space-size=${THREAD_HEAP_MB}`,
    // Of Node itself; code inside the engine may use `eval`, which compiles nothing outside of it.
    '--disallow-code-generation-from-strings',
    ...permissions([dirname(dirname(entry)), packagesFolder(resolve('quickjs-emscripten-core'))]),
    entry,
  ];
}

/** H2. The flag is experimental in Node 20, where it also warns of the thread that it allows. */
function permissions(folders: readonly string[]): readonly string[] {
  const flag = ['--permission', '--experimental-permission'].find((name) =>
    process.allowedNodeEnvironmentFlags.has(name),
  );
  if (flag === undefined) return [];
  const warnings = ['ExperimentalWarning', 'SecurityWarning'].map((name) => `--disable-warning=${name}`);
  // Node 20 aborts when a path is named twice, or lies in a folder that is named.
  const outer = folders.filter((folder) => !folders.some((other) => folder.startsWith(other + sep)));
  const readable = outer.flatMap((folder) => [join(folder, '*'), join(dirname(folder), 'package.json')]);
  return [flag, ...warnings, '--allow-worker', ...[...new Set(readable)].map((path) => `--allow-fs-read=${path}`)];
}

/** The outermost node_modules on the way to a file: package managers link from one of its folders to another. */
function packagesFolder(file: string): string {
  const marker = `${sep}node_modules${sep}`;
  return file.slice(0, file.indexOf(marker) + marker.length - 1);
}
