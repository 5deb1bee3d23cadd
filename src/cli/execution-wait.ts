/** Waits for the end of one execution, shows its progress, says when nobody works on it. */
import { nexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import { ExecutionProgress } from './execution-progress.js';
import { inRunningOrder } from './execution-report.js';
import type { Output } from './output.js';
import { findHumanWait } from './pending-approvals.js';
import { openProgressView, SILENT } from './progress-view.js';

/** Ready work that nobody takes for so long has no worker; in milliseconds. */
const NOBODY_MS = 10_000;
const LOOK_MS = 1000;

/** Only people let it go on: `approval`, they are asked something; `limit`, a limit of its graph has paused it. */
export type WaitEnd = 'closed' | 'timeout' | 'approval' | 'limit' | NodeJS.Signals;

export interface WaitOptions {
  readonly client: NexumClient;
  readonly executionId: string;
  readonly output: Output;
  readonly timeoutMs?: number;
  /** End with `approval` or `limit` when only people let the execution go on, instead of waiting for them. */
  readonly leavesToPeople?: boolean;
  /** Shows nothing. */
  readonly silent?: true;
  /** Resolves when the user wants to leave. */
  readonly interrupted: Promise<NodeJS.Signals>;
  /** What to do when no worker takes the ready nodes. */
  readonly nobodyHint: (handlers: readonly string[]) => string;
}

/** Returns why the wait ended; the execution itself is untouched by it. */
export async function waitForEnd(options: WaitOptions): Promise<WaitEnd> {
  const { client, executionId, output, timeoutMs } = options;
  const detail = await client.call('GetExecution', { executionId });
  const progress = new ExecutionProgress(new Set(inRunningOrder(detail.nodes).map((node) => node.nodeId)));
  const view = options.silent ? SILENT : await openProgressView(output, progress);
  const leave = new AbortController();
  const nobody = options.silent ? undefined : watchForNobody(options, progress, detail);
  const people = watchForPeople(options, progress);
  let timer: NodeJS.Timeout | undefined;
  const closed = (async (): Promise<WaitEnd> => {
    for await (const event of client.watch(executionId, { signal: leave.signal })) {
      progress.apply(event);
      view.event(event);
      people.look();
    }
    return 'closed';
  })();
  const timeout = new Promise<WaitEnd>((resolve) => {
    if (timeoutMs !== undefined) timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  try {
    return await Promise.race([closed, timeout, people.found, options.interrupted]);
  } finally {
    clearTimeout(timer);
    clearInterval(nobody);
    people.stop();
    view.stop();
    leave.abort();
    await closed.catch(() => undefined);
  }
}

/** Asks the server when the events look like it: they do not tell what happens in a child. */
function watchForPeople(
  { client, executionId, leavesToPeople }: WaitOptions,
  progress: ExecutionProgress,
): { readonly found: Promise<WaitEnd>; look(): void; stop(): void } {
  let find: (end: WaitEnd) => void = () => undefined;
  const found = new Promise<WaitEnd>((resolve) => (find = resolve));
  if (leavesToPeople !== true) return { found, look: () => undefined, stop: () => undefined };
  let busy = false;
  const look = (): void => {
    if (busy || !progress.mayWaitForPeople) return;
    busy = true;
    findHumanWait(client, executionId)
      .then(({ onlyPeople, waiting }) => onlyPeople && find(waiting.length > 0 ? 'approval' : 'limit'))
      // A server that does not answer is the matter of the watch.
      .catch(() => undefined)
      .finally(() => (busy = false));
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return { found, look, stop: () => clearInterval(timer) };
}

function watchForNobody(
  { output, nobodyHint }: WaitOptions,
  progress: ExecutionProgress,
  detail: ExecutionDetail__Output,
): NodeJS.Timeout {
  const sinceMs = Date.now();
  const handlerOf = new Map(detail.nodes.map((node) => [node.nodeId, node.handler]));
  const timer = setInterval(() => {
    const { waiting, running, status } = progress;
    const quietMs = Date.now() - Math.max(sinceMs, progress.quietSinceMs);
    if (status !== 'RUNNING' || running.length > 0 || waiting.length === 0 || quietMs < NOBODY_MS) return;
    clearInterval(timer);
    const handlers = [...new Set(waiting.map(({ node }) => handlerOf.get(node) ?? node))];
    const nodes = waiting.map(({ node }) => node).join(', ');
    const seconds = Math.round(quietMs / 1000);
    output.note(`no worker has taken ${nodes} for ${seconds} s; ${nobodyHint(handlers)}`);
  }, LOOK_MS);
  timer.unref();
  return timer;
}

/** The execution that a full id, a unique beginning or end of one, or `last` names. */
export async function resolveExecutionId(client: NexumClient, text: string): Promise<string> {
  if (FULL_ID.test(text)) return text;
  const { executions } = await client.call('ListExecutions', { limit: text === 'last' ? 1 : SEARCHED });
  const ids = executions.map(({ executionId }) => executionId);
  const found = text === 'last' ? ids : ids.filter((id) => matches(id, text));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length === 0) throw nexumError('EXECUTION_NOT_FOUND', `no execution is named ${JSON.stringify(text)}`);
  const shown = found.slice(0, 5).join(', ');
  throw nexumError(
    'USAGE',
    `${JSON.stringify(text)} names ${found.length} executions (${shown}); write more of the id`,
  );
}

const FULL_ID = /^exec-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Short forms are looked up among the newest executions; one page of the server. */
const SEARCHED = 1000;
const MIN_SHORT = 4;

function matches(id: string, text: string): boolean {
  if (text.length < MIN_SHORT) return false;
  return id.endsWith(text) || id.startsWith(text) || id.startsWith(`exec-${text}`);
}
