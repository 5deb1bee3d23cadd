/**
 * Every crash window x the process that dies in it x several hits, with real processes and real SIGKILLs; then kills at
 * moments that nobody chose. After each crash the oracle judges (test/support/oracle.ts, O1 to O6).
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Failpoint } from '../../src/failpoint.js';
import { FAILPOINTS } from '../../src/failpoint.js';
import { table } from '../../src/cli/output.js';
import {
  CHAIN,
  COUNTING,
  RESEARCH,
  runWhole,
  runWithFailpoint,
  runWithKill,
  type CrashOutcome,
  type CrashStore,
  type Subject,
  type Victim,
} from '../support/crash.js';
import { assertSameWork, callsCommittedBy, judge, ranAgain, repeated, type Work } from '../support/oracle.js';
import { describePostgres } from '../support/postgres.js';
import { until } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

/** Cells at once: more only fight for the cores. */
const LANES = 3;
const TIMEOUT_MS = 120_000;
const NODES_OF_RESEARCH = ['research', 'validate', 'summarize', 'report'] as const;
const KILLS = 10;

interface Cell {
  readonly subject: Subject;
  readonly failpoint: Failpoint;
  readonly victim: Victim;
  readonly hits: readonly number[];
  /** What may have run twice: exactly this, given the hit. Absent: whatever the oracle allows. */
  readonly ranAgain?: (hit: number) => readonly string[];
  /** Nodes that took a second attempt, given the hit: one of these. */
  readonly repeated?: (hit: number) => readonly Readonly<Record<string, number>>[];
}

const nothing = (): [] => [];
/** The n-th node of the research pipeline was leased twice; beyond the last one, nothing was. */
const nthNode = (hit: number): Record<string, number> => {
  const node = NODES_OF_RESEARCH[hit - 1];
  return node === undefined ? {} : { [node]: 2 };
};
const thisNode = (hit: number): Record<string, number>[] => [nthNode(hit)];
/** This one is committed; the next was leased to the dead worker in the same commit. */
const nextNode = (hit: number): Record<string, number>[] => [nthNode(hit + 1)];
/**
 * Whether the bytes arrived is up to the network, and so is whether an answer and the next short node fit into the two
 * turns of the event loop before the process stands still. One node at most is leased to the dead worker in any case.
 */
const thisOrLater = (hit: number): Record<string, number>[] => [0, 1, 2, 3].map((further) => nthNode(hit + further));

const SERVER_WINDOWS = [
  'server.completion-received',
  'engine.before-begin',
  'engine.before-commit',
  'engine.after-commit',
  'server.start-committed',
] as const;

const CELLS: readonly Cell[] = [
  // A dead server makes nobody's work undone: its workers hold their results until they are answered.
  ...SERVER_WINDOWS.flatMap((failpoint): Cell[] => [
    { subject: COUNTING, failpoint, victim: 'server', hits: [1, 2, 3], ranAgain: nothing },
    { subject: RESEARCH, failpoint, victim: 'server', hits: [3], ranAgain: nothing },
  ]),
  { subject: COUNTING, failpoint: 'worker.task-received', victim: 'worker', hits: [1, 2], ranAgain: nothing },
  { subject: COUNTING, failpoint: 'worker.task-received', victim: 'worker', hits: [3] },
  { subject: COUNTING, failpoint: 'worker.handler-done', victim: 'worker', hits: [1], ranAgain: () => ['first'] },
  { subject: COUNTING, failpoint: 'worker.handler-done', victim: 'worker', hits: [2, 3] },
  { subject: COUNTING, failpoint: 'worker.result-sent', victim: 'worker', hits: [2, 3] },
  { subject: COUNTING, failpoint: 'worker.answer-received', victim: 'worker', hits: [1], ranAgain: nothing },
  { subject: COUNTING, failpoint: 'worker.answer-received', victim: 'worker', hits: [2, 3] },
  { subject: COUNTING, failpoint: 'call.claimed', victim: 'worker', hits: [1, 3] },
  { subject: COUNTING, failpoint: 'call.executed', victim: 'worker', hits: [1, 3] },
  { subject: COUNTING, failpoint: 'call.committed', victim: 'worker', hits: [1, 3] },
  { subject: RESEARCH, failpoint: 'worker.task-received', victim: 'worker', hits: [1, 2], repeated: thisNode },
  { subject: RESEARCH, failpoint: 'worker.handler-done', victim: 'worker', hits: [1, 3], repeated: thisNode },
  { subject: RESEARCH, failpoint: 'worker.result-sent', victim: 'worker', hits: [1, 2, 4], repeated: thisOrLater },
  { subject: RESEARCH, failpoint: 'worker.answer-received', victim: 'worker', hits: [1, 3], repeated: nextNode },
  { subject: RESEARCH, failpoint: 'call.claimed', victim: 'worker', hits: [4], repeated: () => [nthNode(1)] },
  { subject: RESEARCH, failpoint: 'call.executed', victim: 'worker', hits: [4], repeated: () => [nthNode(1)] },
  { subject: RESEARCH, failpoint: 'call.committed', victim: 'worker', hits: [4], repeated: () => [nthNode(1)] },
];

/** Only programs ask for a result that is not too old; their crash in this window is in test/e2e/sessions.test.ts. */
const OF_PROGRAMS: readonly Failpoint[] = ['call.forgotten'];

const rows: string[][] = [];

afterAll(() => {
  const header = [
    'store',
    'pipeline',
    'failpoint',
    'process',
    'hit',
    'attempts beyond the first',
    'ran again',
    'result',
  ];
  console.log(
    `\n${table(
      header,
      rows.sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    )}\n`,
  );
});

it('the crash matrix has a cell for every failpoint', () => {
  const points = [...CELLS.map((cell) => cell.failpoint), ...OF_PROGRAMS];
  deepStrictEqual([...new Set(points)].sort(), Object.keys(FAILPOINTS).sort());
});

describe('on SQLite', () => crashOn('SQLite'));
describePostgres('on PostgreSQL', () => crashOn('PostgreSQL'));

function crashOn(store: CrashStore): void {
  const whole = new Map<Subject, Work>();

  beforeAll(async () => {
    for (const subject of [COUNTING, RESEARCH, CHAIN]) {
      const evidence = await runWhole(store, subject);
      deepStrictEqual(repeated(evidence), {}, 'a run without a crash needs one attempt of each node');
      whole.set(subject, judge(evidence));
    }
  }, TIMEOUT_MS);

  describe('the crash matrix', () => {
    for (const cell of CELLS) {
      for (const hit of cell.hits) {
        const { subject, failpoint, victim } = cell;
        const name = `${subject.name}: the ${victim} dies at ${failpoint}@${hit}`;
        it.concurrent(name, { timeout: TIMEOUT_MS }, () =>
          inLane(() =>
            reported(
              [store, subject.name, failpoint, victim, String(hit)],
              whole.get(subject),
              () => runWithFailpoint(store, subject, victim, failpoint, hit),
              (outcome) => {
                ok(outcome.killed, `the ${victim} never came to ${failpoint} for the ${hit}. time`);
                if (cell.ranAgain) deepStrictEqual(ranAgain(outcome.evidence), [...cell.ranAgain(hit)]);
                if (cell.repeated) assertOneOf(nodesOnly(repeated(outcome.evidence)), cell.repeated(hit));
              },
            ),
          ),
        );
      }
    }
  });

  describe('kill -9 at any moment', () => {
    const random = seeded(20_250_101);
    for (let round = 1; round <= KILLS; round += 1) {
      const victim: Victim = round % 2 === 0 ? 'server' : 'worker';
      const afterLines = 1 + Math.floor(random() * 16);
      const laterMs = Math.floor(random() * 12);
      it.concurrent(`${victim}: about ${laterMs} ms after ${afterLines} effects`, { timeout: TIMEOUT_MS }, () =>
        inLane(() =>
          reported(
            [store, 'chain', `kill -9, ${afterLines} effects + ${laterMs} ms`, victim, '-'],
            whole.get(CHAIN),
            () =>
              runWithKill(store, CHAIN, victim, async (rig) => {
                await until(() => (rig.log().length >= afterLines ? true : undefined), `${afterLines} effects`);
                await new Promise((resolve) => setTimeout(resolve, laterMs));
              }),
            (outcome) => {
              ok(outcome.killed);
              if (victim === 'server') deepStrictEqual(ranAgain(outcome.evidence), []);
            },
          ),
        ),
      );
    }
  });
}

/** Judges one crash and keeps its row of the printed matrix. */
async function reported(
  title: readonly string[],
  expected: Work | undefined,
  run: () => Promise<CrashOutcome>,
  check: (outcome: CrashOutcome) => void,
): Promise<void> {
  let facts = ['', ''];
  try {
    const outcome = await run();
    const { evidence } = outcome;
    facts = [JSON.stringify(repeated(evidence)), ranAgain(evidence).join(' ')];
    const work = judge(evidence);
    ok(expected);
    assertSameWork(work, expected);
    assertFreshWorkerReplays(outcome);
    check(outcome);
    rows.push([...title, ...facts, 'ok']);
  } catch (error) {
    rows.push([...title, ...facts, `FAILED: ${String(error).slice(0, 100)}`]);
    throw error;
  }
}

/** A worker that came after the crash executed exactly the calls that were not committed before it came. */
function assertFreshWorkerReplays({ evidence, workers }: CrashOutcome): void {
  const fresh = workers[1];
  if (fresh)
    equal(
      fresh.executedCalls,
      callsCommittedBy(evidence, fresh.pid),
      'a committed model or tool call was executed again',
    );
}

function assertOneOf(
  actual: Readonly<Record<string, number>>,
  allowed: readonly Readonly<Record<string, number>>[],
): void {
  const texts = allowed.map((one) => JSON.stringify(one));
  ok(
    texts.includes(JSON.stringify(actual)),
    `nodes with several attempts: ${JSON.stringify(actual)}, expected ${texts.join(' or ')}`,
  );
}

function nodesOnly(attempts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(attempts).filter(([name]) => !name.startsWith('call ')));
}

let free = LANES;
const queue: (() => void)[] = [];

async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => queue.push(resolve));
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  }
}
