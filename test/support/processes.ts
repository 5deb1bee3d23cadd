/**
 * Real processes of the built `nexum` command, for tests that kill them. Waits for output lines and exits, never for
 * time. Every process that a test leaves behind is killed when the test process ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command under test; NEXUM_TEST_CLI points at another build, such as an installed package. */
const CLI = process.env['NEXUM_TEST_CLI'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Nothing here takes long; only a test that hangs comes near it. */
export const DEADLINE_MS = 20_000;
/** Below the range that the kernel takes source ports from: a client that reconnects can never connect to itself. */
const PORTS = { first: 20_000, count: 12_000 } as const;

/** Node 22 and later start twice as fast with it; older ones ignore it. Processes that end in peace fill it. */
const COMPILE_CACHE = join(tmpdir(), 'nexum-test-compile-cache');

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Line = Readonly<Record<string, unknown>>;

export class NexumProcess {
  /** Every JSON line of both streams, in order of arrival. */
  readonly lines: Line[] = [];
  /** Everything written, for error messages. */
  text = '';
  exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(args: readonly string[], options: { env?: Readonly<Record<string, string>>; cwd?: string } = {}) {
    // Without the switches of whoever runs the tests.
    const env: NodeJS.ProcessEnv = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...options.env,
    };
    this.child = spawn(process.execPath, [CLI, '--json', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) this.read(stream);
    this.exited = new Promise((resolve) => {
      // `close` and not `exit`: the last lines have been read.
      this.child.once('close', (code, signal) => {
        running.delete(this.child);
        this.exit = { code, signal };
        resolve(this.exit);
        this.wake();
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.kill(signal);
    return this.waitForExit();
  }

  waitForExit(): Promise<Exit> {
    return withDeadline(this.exited, () => `process ${this.pid} does not end\n${this.text}`);
  }

  events(event: string): Line[] {
    return this.lines.filter((line) => line['event'] === event);
  }

  /** The first line that matches, past or future. */
  waitForLine(matches: (line: Line) => boolean, what: string): Promise<Line> {
    const found = new Promise<Line>((resolve, reject) => {
      const look = (): void => {
        const line = this.lines.find(matches);
        if (!line && !this.exit) return;
        this.waiting.delete(look);
        if (line) resolve(line);
        else reject(new Error(`the process ended (${JSON.stringify(this.exit)}) before ${what}\n${this.text}`));
      };
      this.waiting.add(look);
      look();
    });
    return withDeadline(found, () => `no line with ${what} within ${DEADLINE_MS} ms\n${this.text}`);
  }

  /** Until the text stands in what the process has written to either stream. */
  async waitForText(pattern: RegExp): Promise<void> {
    const seen = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(this.text) && !this.exit) return;
        this.waiting.delete(look);
        if (pattern.test(this.text)) resolve();
        else reject(new Error(`the process ended before ${String(pattern)}\n${this.text}`));
      };
      this.waiting.add(look);
      look();
    });
    await withDeadline(seen, () => `no ${String(pattern)}\n${this.text}`, 60_000);
  }

  waitForEvent(event: string, fields: Line = {}): Promise<Line> {
    const wanted = Object.entries({ event, ...fields });
    return this.waitForLine(
      (line) => wanted.every(([key, value]) => line[key] === value),
      JSON.stringify({ event, ...fields }),
    );
  }

  private read(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      this.text += chunk;
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        if (part.startsWith('{')) this.lines.push(JSON.parse(part) as Line);
      }
      this.wake();
    });
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

export interface ServerOptions {
  readonly dataDir: string;
  /** URL of a PostgreSQL database; without it the data are in `dataDir`. */
  readonly database?: string;
  readonly port: number;
  readonly leaseMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves when the server listens. */
export async function startServer(options: ServerOptions): Promise<NexumProcess> {
  const lease = options.leaseMs === undefined ? [] : ['--lease', `${options.leaseMs}ms`];
  const store = options.database === undefined ? ['--data-dir', options.dataDir] : ['--database', options.database];
  const listen = ['--listen', `localhost:${options.port}`];
  const server = new NexumProcess(['server', ...listen, ...store, ...lease], options);
  await server.waitForEvent('listening');
  return server;
}

export interface WorkerOptions {
  /** Of the one server at this machine, unless `server` names others. */
  readonly port?: number;
  /** One address or several, as `--server` takes them. */
  readonly server?: string;
  readonly leaseMs?: number;
  readonly pipelines?: readonly string[];
  readonly handlers?: string;
  readonly concurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Does not wait: a worker with a failpoint may die before it is ready. */
export function spawnWorker(options: WorkerOptions): NexumProcess {
  const { port = 0, server = `127.0.0.1:${port}`, leaseMs, pipelines = [], handlers, concurrency } = options;
  return new NexumProcess(
    [
      ...['--server', server, 'worker', ...pipelines],
      ...(handlers === undefined ? [] : ['--handlers', handlers]),
      ...(leaseMs === undefined ? [] : ['--lease', `${leaseMs}ms`]),
      ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
    ],
    options,
  );
}

/** A port that a server can be restarted on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** A folder of its own; `remove` deletes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'nexum-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Asks again until the answer is no longer undefined. */
export async function until<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  what: string,
  { deadlineMs = DEADLINE_MS, everyMs = 10 }: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export async function withDeadline<T>(
  promise: Promise<T>,
  message: () => string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message())), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
