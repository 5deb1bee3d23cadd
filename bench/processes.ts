/** Real processes for the bench: the built command, its first line, its death. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Running {
  readonly process: ChildProcess;
  /** Resolves with the first line on the stream that `matches`; rejects when the process ends before. */
  line(stream: 'stdout' | 'stderr', matches: (line: string) => boolean): Promise<string>;
  stop(): Promise<void>;
}

export function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = { stdout: createInterface({ input: child.stdout }), stderr: createInterface({ input: child.stderr }) };
  const seen: string[] = [];
  lines.stderr.on('line', (line) => {
    if (seen.length < 50) seen.push(line);
  });
  return {
    process: child,
    line: (stream, matches) =>
      new Promise((resolve, reject) => {
        const onLine = (line: string): void => {
          if (!matches(line)) return;
          lines[stream].off('line', onLine);
          resolve(line);
        };
        lines[stream].on('line', onLine);
        child.once('exit', () => reject(new Error(`${script} ${args.join(' ')} ended early:\n${seen.join('\n')}`)));
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

export function nexum(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  return run(CLI, args, env);
}

export async function startServer(dataDir: string): Promise<Running & { address: string }> {
  const server = nexum(['server', '--json', '--listen', 'localhost:0', '--data-dir', dataDir]);
  const line = await server.line('stdout', (text) => text.includes('listening'));
  const { address } = JSON.parse(line) as { address: string };
  return { ...server, address };
}

/** Resident memory in MiB. */
export function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
