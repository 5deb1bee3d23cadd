/**
 * Entry of a sandbox's process. Its main thread runs no code of anybody; it passes lines on between the host and the thread
 * of the engine, and ends the process:
 *
 * P1 when the host is gone, however busy the engine is;
 * P2 when a run has used up its processor time and the engine does not look at its deadline (a search in a huge string,
 *    a huge number: one operation each).
 */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { LineReader } from './line-reader.js';
import { THREAD_HEAP_MB, THREAD_STACK_MB } from './limits.js';
import { CHANNEL_FD, type GuestMessage, type HostMessage } from './messages.js';

/** Milliseconds between two looks at the processor time, and what the engine may be late itself. */
const WATCH_INTERVAL_MS = 100;
const WATCH_GRACE_MS = 300;

const die = (): void => void process.kill(process.pid, 'SIGKILL');
// Ctrl-C in a terminal reaches this process, too; the host decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const host = new Socket({ fd: CHANNEL_FD });
const engine = new Worker(new URL('./thread-main.js', import.meta.url), {
  env: {},
  resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: THREAD_HEAP_MB },
});

let limitMs = Infinity;
/** Of the code. The engine starts without a limit: who waits for it has a clock. */
let cpuMs = Infinity;
/** Messages that the engine has not reported on: each run and each answer lets it work, and it says when it is done. */
let unreported = 0;
let usedUs = 0;
let busySinceUs = 0;
let watch: NodeJS.Timeout | undefined;

const processUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const say = (message: GuestMessage): void => void host.write(`${JSON.stringify(message)}\n`);

function beginWork(): void {
  unreported += 1;
  if (unreported > 1) return;
  busySinceUs = processUs();
  watch = setInterval(() => {
    if ((usedUs + processUs() - busySinceUs) / 1000 <= cpuMs + WATCH_GRACE_MS) return;
    clearInterval(watch);
    say({ type: 'limit', limit: 'cpu', output: '' });
  }, WATCH_INTERVAL_MS);
}

/** What was used until now started the engine, also when a run is waiting for that. */
function beReady(): void {
  cpuMs = limitMs;
  busySinceUs = processUs();
}

function endWork(): void {
  unreported -= 1;
  if (unreported > 0) return;
  usedUs += processUs() - busySinceUs;
  clearInterval(watch);
}

const fromHost = new LineReader(Infinity, (line) => {
  const message = JSON.parse(line) as HostMessage;
  if (message.type === 'open') limitMs = message.limits.cpuMs;
  else {
    if (message.type === 'run') usedUs = 0;
    beginWork();
  }
  engine.postMessage(line);
});

host.on('data', (chunk: Buffer) => void fromHost.push(chunk));
host.on('close', die);
host.on('error', die);

engine.on('message', (line: string) => {
  const { type } = JSON.parse(line) as GuestMessage;
  if (type === 'ready') beReady();
  else if (type !== 'call') endWork();
  host.write(`${line}\n`);
});
engine.on('error', (error: Error & { readonly code?: string }) => {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') say({ type: 'limit', limit: 'memory', output: '' });
  else say({ type: 'broken', reason: error.message });
});
// The host reads what is on its way, and ends this process.
engine.on('exit', () => host.end());
