/**
 * What a worker says: with --json one object per line on stdout, `{event, atMs, ...}`; otherwise readable lines on stderr.
 * Events: ready, taken, committed, failed, limited, dropped, call, connection, log.
 */
import type { CallEvent } from '../durable/session.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { Output, Style } from './output.js';
import { formatClock, nodeLabel, shorten } from './text-format.js';
import type { WorkerEvents } from '../worker/worker.js';
import type { WorkerHostOptions } from './worker-host.js';

const STYLES: Readonly<Record<string, Style>> = {
  taken: 'cyan',
  committed: 'green',
  failed: 'red',
  dropped: 'yellow',
  limited: 'yellow',
};
const EVENT_WIDTH = 10;
/** Longer texts go into `nexum get`, not into the lines of a worker. */
const MAX_TEXT = 300;

/** Only the part of a worker's lines that `startWorker` takes. */
export function workerLines(output: Output, quiet = false): Pick<WorkerHostOptions, 'events' | 'onCall' | 'log'> {
  const say = (event: string, fields: Readonly<Record<string, unknown>>, text: string): void =>
    writeLine(output, event, fields, text);
  const lines = allLines(say);
  if (!quiet) return lines;
  const { failed, limited, dropped, connection } = lines.events;
  return {
    events: { failed, limited, dropped, connection },
    log: (level, message, fields) => {
      if (level !== 'info') lines.log(level, message, fields);
    },
  };
}

type Say = (event: string, fields: Readonly<Record<string, unknown>>, text: string) => void;

function allLines(say: Say): Required<Pick<WorkerHostOptions, 'onCall' | 'log'>> & { events: Required<WorkerEvents> } {
  return {
    events: {
      taken: (task) => say('taken', taskFields(task), taskText(task)),
      committed: (task) => say('committed', taskFields(task), taskText(task)),
      failed: (task, { code, message, retryable }) =>
        say('failed', { ...taskFields(task), code, message, retryable }, `${taskText(task)}  ${code}: ${message}`),
      limited: (task) =>
        say('limited', taskFields(task), `${taskText(task)}  given back: its execution has reached a limit`),
      dropped: (task, reason) => say('dropped', { ...taskFields(task), reason }, `${taskText(task)}  ${reason}`),
      connection: (state, detail) => say('connection', { state, detail }, `${state}: ${detail}`),
    },
    onCall: (event) => say('call', { ...event }, callText(event)),
    log: (level, message, fields) => say('log', { level, message, ...fields }, logText(level, message, fields)),
  };
}

export function writeLine(
  output: Output,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  text: string,
): void {
  const atMs = Date.now();
  if (output.json) {
    output.data({ event, atMs, ...fields }, '');
    return;
  }
  const name = output.paint(STYLES[event] ?? 'dim', event.padEnd(EVENT_WIDTH));
  output.note(`${output.paint('dim', formatClock(atMs))} ${name} ${shorten(text, MAX_TEXT)}`);
}

function taskFields(task: PollResponse__Output): Record<string, unknown> {
  const { executionId, nodeId, iteration, attempt } = task;
  return { executionId, node: nodeId, iteration, attempt };
}

function taskText({ executionId, nodeId, iteration, attempt }: PollResponse__Output): string {
  return `${nodeLabel(nodeId, iteration)}  attempt ${attempt}  ${executionId}`;
}

function callText({ session, tool, outcome }: CallEvent): string {
  return `${outcome} ${tool}  ${session}`;
}

function logText(level: string, message: string, fields: Readonly<Record<string, unknown>>): string {
  const rest = Object.entries(fields).map(([key, value]) => {
    return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [level, message, ...rest].join(' ');
}
