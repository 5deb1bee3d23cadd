/**
 * A worker dies at every call of an agent's turn, with a model that costs money: no committed model or tool call is made
 * again, as the provider counts, and the transcript is that of a run without a crash.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { beforeAll, describe, it } from 'vitest';
import type { Failpoint } from '../../src/failpoint.js';
import { RESEARCH, runWhole, runWithFailpoint, type Subject } from '../support/crash.js';
import { assertSameWork, judge, type Evidence, type Work } from '../support/oracle.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const TIMEOUT_MS = 120_000;
const QUOTATION = 'When the worker dies, nobody has to notice: the lease simply expires.';
const FINDINGS = {
  question: 'What happens to a lease when the worker dies?',
  status: 'answered',
  answer: 'It expires.',
  quotations: [{ text: QUOTATION, path: 'leases.md', startLine: 10, endLine: 10 }],
  uncovered: [],
};
const SCRIPT = {
  0: {
    calls: [
      ['search_documents', { query: 'lease expires' }],
      ['search_documents', { queries: ['worker dies'], limit: 3 }],
    ],
  },
  2: { calls: [['read_document', { path: 'leases.md', start_line: 8, end_line: 12 }]] },
  3: { text: JSON.stringify(FINDINGS) },
} as const;
/** Model, two searches at once, model, read, model. */
const CALLS = 6;
const WINDOWS = ['call.claimed', 'call.executed', 'call.committed'] as const satisfies readonly Failpoint[];

let whole: Turns;

/** What one run leaves: with the provider, and with the server. */
interface Turns {
  readonly work: Work;
  readonly transcript: Transcript;
  /** Idempotency keys of the requests, in their order. */
  readonly asked: readonly string[];
  readonly evidence: Evidence;
}

beforeAll(async () => {
  whole = await turns((subject) => runWhole('SQLite', subject));
  equal(whole.transcript.size, CALLS);
  equal(whole.asked.length, 3);
  ok(whole.work.report.includes(QUOTATION), 'the report has the quotation, which was checked against its source');
}, TIMEOUT_MS);

describe('a worker dies in the turn of an agent on a provider', () => {
  for (const window of WINDOWS) {
    for (let hit = 1; hit <= CALLS; hit += 1) {
      const name = `${window}@${hit}: what was committed is not asked again, and the transcript is the same`;
      it(name, { timeout: TIMEOUT_MS }, async () => {
        const { work, transcript, asked, evidence } = await turns(async (subject) => {
          const outcome = await runWithFailpoint('SQLite', subject, 'worker', window, hit);
          ok(outcome.killed, `the worker never came to ${window} for the ${hit}. time`);
          return outcome.evidence;
        });
        assertSameWork(work, whole.work);
        deepStrictEqual(transcript, whole.transcript);
        // Asked and not committed: a model call that died between its effect and its commit.
        const lost = window === 'call.executed' ? lostModelCalls(evidence) : 0;
        equal(asked.length, whole.asked.length + lost, asked.join('\n'));
        equal(new Set(asked).size, whole.asked.length, 'an attempt of one call hands the same key to the provider');
      });
    }
  }
});

async function turns(run: (subject: Subject) => Promise<Evidence>): Promise<Turns> {
  const provider = await ScriptedProvider.start(SCRIPT);
  try {
    const evidence = await run({ ...RESEARCH, workerEnv: provider.env() });
    const asked = provider.asked.map(({ idempotencyKey }) => idempotencyKey);
    return { work: judge(evidence), transcript: transcriptOf(evidence), asked, evidence };
  } finally {
    await provider.stop();
  }
}

/** Key of a call -> what was committed. */
type Transcript = ReadonlyMap<string, unknown>;

function transcriptOf({ calls, executionId, folder }: Evidence): Transcript {
  const entries = [...calls].map(([key, history]): [string, unknown] => {
    const commit = history.find((event) => event.kind === 'node_completed');
    ok(commit?.kind === 'node_completed');
    const text = commit.payload.replaceAll(executionId, 'EXECUTION').replaceAll(folder, 'FOLDER');
    // How long it took is of this run alone.
    return [key, JSON.parse(text, (name, value: unknown) => (name === 'ms' ? 0 : value))];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Model calls of which an attempt died. */
function lostModelCalls({ calls }: Evidence): number {
  let lost = 0;
  for (const history of calls.values()) {
    const [start] = history;
    const isModel = start?.kind === 'execution_started' && start.payload.includes('"tool":"model:');
    if (isModel && history.some(({ kind }) => kind === 'attempt_lost')) lost += 1;
  }
  return lost;
}
