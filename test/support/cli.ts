/** Runs the built `nexum` as its users do: real processes, folders of their own, no knowledge of what is inside. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const MAIN = join(ROOT, 'dist/cli/main.js');

/** What the environment of whoever runs the tests must not decide. */
const OWN_VARIABLES = [
  'DATABASE_URL',
  'NEXUM_APPROVER',
  'NEXUM_HTTP',
  'NEXUM_SERVER',
  'NEXUM_HOME',
  'NEXUM_MODEL',
  'NEXUM_TOKEN',
  'NEXUM_TOKEN_FILE',
  'NEXUM_TOKENS_FILE',
  'NEXUM_TLS',
  'NEXUM_TLS_CA',
  'NEXUM_TLS_CERT',
  'NEXUM_TLS_KEY',
  'NEXUM_ALLOW_FILES',
  'NEXUM_ALLOW_HOSTS',
  'NEXUM_ALLOW_MCP',
  'NEXUM_ALLOW_SHELL',
  'NEXUM_PRICES',
  'NEXUM_RATE',
  'NEXUM_SEARCH',
  'NEXUM_SEARCH_URL',
  'SESSION_ID',
];

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface CliResult {
  /** 128 + n is what a shell would show; here a signal gives null. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CliProcess {
  stdout = '';
  stderr = '';
  readonly ended: Promise<CliResult>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly listeners = new Set<() => void>();
  private result: CliResult | undefined;

  constructor(
    readonly args: readonly string[],
    options: CliOptions,
  ) {
    const env = { ...process.env, ...options.env };
    for (const name of OWN_VARIABLES) {
      if (options.env?.[name] === undefined) Reflect.deleteProperty(env, name);
    }
    this.child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env, stdio: 'pipe' });
    running.add(this);
    this.child.stdin.on('error', () => undefined);
    this.child.stdin.end(options.input ?? '');
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.notify();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.notify();
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this);
        this.result = { code, signal, stdout: this.stdout, stderr: this.stderr };
        resolve(this.result);
        this.notify();
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for a text on either stream; fails when the process ends without it. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (found) return found;
      if (this.result) throw new Error(`ended without ${String(pattern)}: ${JSON.stringify(this.result)}`);
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.listeners.delete(listener);
          resolve();
        };
        this.listeners.add(listener);
      });
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

const running = new Set<CliProcess>();
const folders: string[] = [];

/** Runs a command to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new CliProcess(args, options).ended;
}

export function startCli(args: readonly string[], options: CliOptions): CliProcess {
  return new CliProcess(args, options);
}

/** A new folder, removed by `cleanUp`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nexum-cli-test-'));
  folders.push(folder);
  return folder;
}

/**
 * For afterAll (tests of a file run side by side): ends what a failed test left running and shows what it has said,
 * removes the folders.
 */
export async function cleanUp(): Promise<void> {
  const left = [...running];
  for (const each of left) {
    console.error(`left running: nexum ${each.args.join(' ')}\n${each.stdout}${each.stderr}`);
    each.kill('SIGKILL');
  }
  await Promise.all(left.map(({ ended }) => ended));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
