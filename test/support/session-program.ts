/** Runs test/e2e/session-program.js: a program with a session, which a test can kill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEADLINE_MS } from './processes.js';

const PROGRAM = fileURLToPath(new URL('../e2e/session-program.js', import.meta.url));

export interface ProgramOptions {
  readonly id?: string;
  readonly dataDir?: string;
  readonly address?: string;
  readonly calls: readonly string[];
  /** A file that gets a line with each effect. */
  readonly effects: string;
  /** The call that waits until `go`. */
  readonly hold?: string;
  readonly leaveOpen?: boolean;
  readonly ttlMs?: number;
}

type Line = Readonly<Record<string, unknown>>;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class SessionProgram {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | NodeJS.Signals | null>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();
  private text = '';
  private over = false;

  constructor(options: ProgramOptions, variables: Readonly<Record<string, string>> = {}) {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    running.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line);
      this.wake();
    });
    child.stderr.on('data', (data: Buffer) => (this.text += data.toString()));
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        this.over = true;
        resolve(code ?? signal);
        this.wake();
      });
    });
  }

  /** Until a line has this in it. */
  async until(wanted: Line): Promise<Line> {
    const matches = (line: Line): boolean =>
      Object.entries(wanted).every(([key, value]) => JSON.stringify(line[key]) === JSON.stringify(value));
    const untilMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = this.lines.find(matches);
      if (found) return found;
      if (this.over || performance.now() > untilMs)
        throw new Error(`no ${JSON.stringify(wanted)} in ${JSON.stringify(this.lines)} ${this.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, DEADLINE_MS);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Lets the call that holds go on. */
  go(): void {
    this.child.stdin?.write('go\n');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Results by the name of their call. */
  get results(): Record<string, unknown> {
    return Object.fromEntries(this.lines.flatMap(({ name, result }) => (name === undefined ? [] : [[name, result]])));
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** What has happened, in order. */
export function effectsIn(file: string): { name: string; attempt: number; idempotencyKey: string; pid: number }[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ReturnType<typeof effectsIn>[number]);
}
