/** What `nexum demo bench` measures: the same work without Nexum, as new durable calls, and read back. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentOutcome, AgentTask } from '../../agents/agent-loop.js';
import { offlineModel } from '../../agents/models/offline-model.js';
import { nexumError } from '../../errors.js';
import type { DurableSession, HandlerLog } from '../../worker/handler.js';
import { openSession } from '../../sdk/open-session.js';

/** Of one fsynced write in milliseconds, and of each way of the same work. */
export type Mode = 'plain' | 'cold' | 'cached';
export type Times = Readonly<Record<Mode, readonly number[]>>;

export const BENCH_QUESTION = 'What does a fenced lease guarantee?';
/** Runs that count for nothing: the first ones compile code and open files. */
const WARM_UP = 10;
/** What a commit of SQLite writes at least: one page. */
const PAGE_BYTES = 4096;

const SILENT: HandlerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A tool that does next to nothing: what is measured is the call. */
function tool(input: number): string {
  return createHash('sha256').update(`argument ${input}`).digest('hex');
}

/** One tool call in each way, `runs` times, each in a session of its own; the cached one by a caller that has never asked. */
export async function measureCalls(dataDir: string, runs: number): Promise<Times> {
  const times = { plain: [] as number[], cold: [] as number[], cached: [] as number[] };
  for (let run = 1 - WARM_UP; run <= runs; run += 1) {
    const durable = (by: DurableSession): Promise<string> => by.call('bench.hash', { run }, () => tool(run));
    await using cold = await openSession({ id: `bench-call-${run + WARM_UP}`, dataDir });
    await using cached = await openSession({ id: cold.id, dataDir });
    const took = {
      plain: await timed(() => Promise.resolve(tool(run))),
      cold: await timed(() => durable(cold)),
      cached: await timed(() => durable(cached)),
    };
    if (cold.stats.executed !== 1 || cached.stats.replayed !== 1)
      throw nexumError('INTERNAL', 'the cache did not work');
    if (run > 0) for (const mode of MODES) times[mode].push(took[mode]);
  }
  return times;
}

export interface AgentBench {
  readonly run: (task: AgentTask) => Promise<AgentOutcome>;
  readonly task: Omit<AgentTask, 'session' | 'model' | 'log' | 'signal'>;
}

/** The whole agent in each way; the documents are warm, so that no way pays for reading them. */
export async function measureAgents(dataDir: string, bench: AgentBench, runs: number): Promise<Times> {
  const times = { plain: [] as number[], cold: [] as number[], cached: [] as number[] };
  const { signal } = new AbortController();
  const ask = (session: DurableSession): Promise<unknown> =>
    bench.run({ ...bench.task, session, model: offlineModel, log: SILENT, signal });
  for (let run = 0; run <= runs; run += 1) {
    await using cold = await openSession({ id: `bench-agent-${run}`, dataDir });
    await using cached = await openSession({ id: cold.id, dataDir });
    const took = {
      plain: await timed(() => ask(plainSession(signal))),
      cold: await timed(() => ask(cold)),
      cached: await timed(() => ask(cached)),
    };
    if (run > 0) for (const mode of MODES) times[mode].push(took[mode]);
  }
  return times;
}

/** Milliseconds of one page written and fsynced: no commit can be faster than that. */
export async function measureFsync(folder: string, runs: number): Promise<readonly number[]> {
  const file = await open(join(folder, 'fsync'), 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  try {
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      times.push(
        await timed(async () => {
          await file.write(page, 0, PAGE_BYTES, run * PAGE_BYTES);
          await file.datasync();
        }),
      );
    }
    return times;
  } finally {
    await file.close();
  }
}

export const MODES: readonly Mode[] = ['plain', 'cold', 'cached'];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Runs everything and keeps nothing. */
function plainSession(signal: AbortSignal): DurableSession {
  const refuse = (): Promise<never> => Promise.reject(nexumError('NOT_SUPPORTED_YET', 'a session that keeps nothing'));
  return {
    id: 'plain',
    stats: { executed: 0, replayed: 0 },
    call: async (_tool, _args, execute) =>
      execute({ idempotencyKey: 'plain', attempt: 1, signal, progress: () => undefined }),
    remote: refuse,
    ask: refuse,
    forget: refuse,
  };
}
