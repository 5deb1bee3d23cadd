/**
 * Runs one shell command.
 *
 * H1 Values reach the command by its environment, never as a part of its text.
 * H2 Its environment has no variable of the worker but PATH, HOME, the locale and the temporary folder: no key, no token.
 * H3 It runs in a process group of its own; a time limit, an abort or too much output kills the whole group.
 * H4 What it prints is kept up to a limit, and what is left out is counted.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errorMessage, nexumError } from '../../errors.js';

export const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A command that prints so much is not going to end by itself. */
const MAX_PRINTED_BYTES = 64 * MAX_OUTPUT_BYTES;
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TMPDIR', 'TZ', 'USER', 'SHELL', 'SYSTEMROOT'];

export interface ShellCommand {
  readonly command: string;
  /** Added to the environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly timeoutMs: number;
}

/** A type alias, so that it is JSON. */
export type ShellResult = {
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes of both that were left out. */
  readonly omittedBytes: number;
};

/** @throws NexumError SHELL_FAILED when it cannot be started, takes too long or prints too much; never for its exit code */
export async function runShell(
  { command, env, cwd, stdin, timeoutMs }: ShellCommand,
  signal: AbortSignal,
): Promise<ShellResult> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => killGroup(child);
  const stop = AbortSignal.any([signal, timeout]);
  stop.addEventListener('abort', kill, { once: true });
  const printed = { bytes: 0 };
  const [stdout, stderr] = [keep(child.stdout, printed, kill), keep(child.stderr, printed, kill)];
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  try {
    const exitCode = await ended(child, stop);
    signal.throwIfAborted();
    if (timeout.aborted) throw nexumError('SHELL_FAILED', `the command did not end within ${timeoutMs} ms`);
    if (printed.bytes > MAX_PRINTED_BYTES) throw nexumError('SHELL_FAILED', 'the command printed too much');
    const omittedBytes = stdout.omitted() + stderr.omitted();
    return { exitCode, stdout: stdout.text(), stderr: stderr.text(), omittedBytes };
  } finally {
    stop.removeEventListener('abort', kill);
    // What it left running in the background ends with it.
    kill();
  }
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/**
 * The exit code, when all that was written has been read. What has left the group may hold the pipes for ever: then `stop`
 * ends the wait.
 */
function ended(child: ChildProcess, stop: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(nexumError('SHELL_FAILED', `the shell cannot be started: ${errorMessage(error)}`)),
    );
    child.once('exit', (code) => {
      killGroup(child);
      child.once('close', () => resolve(code));
      const letGo = (): void => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(code);
      };
      if (stop.aborted) letGo();
      else stop.addEventListener('abort', letGo, { once: true });
    });
  });
}

function keep(stream: Readable, printed: { bytes: number }, kill: () => void): { text(): string; omitted(): number } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let omitted = 0;
  stream.on('data', (chunk: Buffer) => {
    printed.bytes += chunk.length;
    if (printed.bytes > MAX_PRINTED_BYTES) kill();
    const part = chunk.subarray(0, Math.max(0, MAX_OUTPUT_BYTES - kept));
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    omitted += chunk.length - part.length;
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), omitted: () => omitted };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
