/** Other `nexum` processes of a demo: real ones, whose JSON lines are read, and which never outlive the demo. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { nexumError } from '../../errors.js';
import { PARENT_PIPE } from '../shutdown.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
/** What the demo decides itself must not come in from outside. */
const OWN_VARIABLES = [
  'DATABASE_URL',
  'NEXUM_SERVER',
  'NEXUM_HOME',
  'NEXUM_HTTP',
  'NEXUM_TOKEN',
  'NEXUM_TOKEN_FILE',
  'NEXUM_TOKENS_FILE',
  'NEXUM_TLS',
  'NEXUM_TLS_CA',
  'NEXUM_TLS_CERT',
  'NEXUM_TLS_KEY',
  'CRASH_AFTER',
  'CRASH_IN',
  'CRASH_IN_CALLS',
] as const;
const MAX_ERROR_CHARS = 2000;

/** One line that a child wrote with --json. */
export interface ChildEvent {
  readonly event: string;
  readonly atMs: number;
  readonly [field: string]: unknown;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly atMs: number;
}

export class NexumChild {
  /** Every event so far; complete once `ended` has resolved. */
  readonly events: ChildEvent[] = [];
  readonly spawnedAtMs = Date.now();
  readonly ended: Promise<ChildEnd>;
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly waiting = new Set<() => void>();
  private errorText = '';
  private end: ChildEnd | undefined;

  constructor(
    readonly name: string,
    args: readonly string[],
    private readonly options: { env?: Readonly<Record<string, string>>; onEvent?: (event: ChildEvent) => void } = {},
  ) {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const variable of OWN_VARIABLES) Reflect.deleteProperty(env, variable);
    // Its stdin ends when this process does, even by SIGKILL: then the child ends too.
    this.process = spawn(process.execPath, [MAIN, '--json', ...args], {
      env: { ...env, ...options.env, [PARENT_PIPE]: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stdin.on('error', () => undefined);
    createInterface({ input: this.process.stdout }).on('line', (line) => this.receive(line));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errorText = (this.errorText + text).slice(-MAX_ERROR_CHARS);
    });
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) => {
        this.errorText += error.message;
      });
      // `close`, not `exit`: what it wrote before it died still arrives in between.
      this.process.once('close', (code, signal) => {
        this.end = { code, signal, atMs: Date.now() };
        resolve(this.end);
        for (const wake of this.waiting) wake();
      });
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /**
   * The first event of this name, past or future.
   * @throws NexumError INTERNAL when the process ends without it
   */
  async until(event: string): Promise<ChildEvent> {
    for (;;) {
      const found = this.events.find((candidate) => candidate.event === event);
      if (found) return found;
      if (this.end) throw this.failure(`ended before it was ${event}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  failure(what: string): Error {
    const how = this.end ? ` (code ${this.end.code ?? 'none'}, signal ${this.end.signal ?? 'none'})` : '';
    return nexumError(
      'INTERNAL',
      `${this.name} ${what}${how}${this.errorText === '' ? '' : `: ${this.errorText.trim()}`}`,
    );
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.end) this.process.kill(signal);
  }

  private receive(line: string): void {
    let event: ChildEvent;
    try {
      event = JSON.parse(line) as ChildEvent;
    } catch {
      return;
    }
    this.events.push(event);
    this.options.onEvent?.(event);
    for (const wake of this.waiting) wake();
  }
}
