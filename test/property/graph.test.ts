/** Random free graphs under random schedules and crashes, against an oracle that was written from the rules alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivationRecord } from '../../src/core/execution.js';
import { GraphRun } from '../support/graph-run.js';
import { randomGraphs, type GraphSketch } from '../support/random-graphs.js';
import { seeded } from '../support/seeded.js';

const ACTS = [
  'lease',
  'lease',
  'lease',
  'lease',
  'lease',
  'complete',
  'complete',
  'complete',
  'complete',
  'fire',
  'reap',
  'release',
  'fail',
  'fail for ever',
  'complete again',
  'complete late',
  'complete unasked',
  'pause',
  'resume',
  'resume',
  'say',
  'retry',
  'restart',
  'cancel',
] as const;
type Act = (typeof ACTS)[number];

const acts = fc.array(fc.record({ act: fc.constantFrom(...ACTS), pick: fc.nat(99) }), { maxLength: 30, size: 'max' });

/** Of the attempts under way, the released, failed and lost ones included. */
function play(run: GraphRun, act: Act, pick: number): void {
  const { execution } = run;
  const one = <T>(pool: readonly T[]): T | undefined => pool[pick % Math.max(pool.length, 1)];
  const leased = one(run.leasedTasks());
  const old = one(run.tasks);
  switch (act) {
    case 'lease': {
      const ready = one(run.records('READY'));
      if (ready) run.lease(ready);
      return;
    }
    case 'complete':
      if (leased) run.complete(leased);
      return;
    case 'fire':
      fire(run, one(run.records('WAITING')));
      return;
    case 'reap':
      if (leased) run.send({ kind: 'reap', ...leased, reason: 'worker_disconnected' });
      return;
    case 'release':
      if (leased) run.send({ kind: 'release', task: leased });
      return;
    case 'fail':
    case 'fail for ever': {
      const failure = { code: 'HANDLER_FAILED', message: 'boom', retryable: act === 'fail' };
      if (leased) run.send({ kind: 'fail', task: leased, failure });
      return;
    }
    case 'complete again': {
      const sent = one(run.completions);
      const reply = sent && execution.decide({ kind: 'complete', ...sent });
      expect(reply?.changes, 'a completion that came twice changes nothing').toBeUndefined();
      return;
    }
    case 'complete late':
      if (old && !run.leasedTasks().some(({ nonce }) => nonce === old.nonce))
        expect(execution.decide({ kind: 'complete', ...run.completionOf(old) }).changes).toBeUndefined();
      return;
    case 'complete unasked':
      if (leased) run.send({ kind: 'complete', ...run.completionOf(leased), conditions: {} });
      return;
    case 'say':
      run.send({ kind: 'resume', message: 'please go' });
      return;
    case 'restart':
      run.restart();
      return;
    case 'cancel':
      // Seldom, or no long history would survive.
      if (pick === 0) run.send({ kind: 'cancel' });
      return;
    default:
      run.send({ kind: act });
  }
}

function fire(run: GraphRun, waiting: ActivationRecord | undefined): void {
  if (!waiting) return;
  run.execution.nowMs = Math.max(run.execution.nowMs, waiting.readyAtMs);
  run.send({ kind: 'fire', node: waiting.node, iteration: waiting.iteration });
}

const MAX_RESUMES = 3;
/** Edges that fire by themselves can make more and more of it. */
const MAX_OPEN = 25;

/** Nothing may be stuck, whatever was done to it: it ends, or a limit pauses it. */
function driveToEnd(run: GraphRun, random: () => number, maxResumes: number): void {
  for (let resumes = 0; resumes <= maxResumes;) {
    if (run.oracle.open.size > MAX_OPEN) run.send({ kind: 'cancel' });
    const under = [...run.records('READY'), ...run.records('LEASED'), ...run.records('WAITING')];
    const one = under[Math.floor(random() * under.length)];
    if (one) {
      goOn(run, one);
    } else if (run.oracle.status === 'PAUSED') {
      resumes += 1;
      if (resumes <= maxResumes) run.send({ kind: 'resume' });
    } else {
      return;
    }
  }
}

function goOn(run: GraphRun, record: ActivationRecord): void {
  const task = run.leasedTasks().find(({ nonce }) => nonce === record.nonce);
  if (record.status === 'READY') run.lease(record);
  else if (record.status === 'WAITING') fire(run, record);
  else if (task) run.complete(task);
}

interface Step {
  readonly act: Act;
  readonly pick: number;
}

function check(sketch: GraphSketch, script: readonly Step[], seed: number, seen: Map<string, number>): void {
  const run = new GraphRun(sketch);
  const random = seeded(seed);
  for (const { act, pick } of script) play(run, act, pick);
  const maxResumes = sketch.bounded ? Infinity : MAX_RESUMES;
  driveToEnd(run, random, maxResumes);
  if (run.oracle.status === 'FAILED') {
    run.send({ kind: 'retry' });
    driveToEnd(run, random, maxResumes);
  }
  run.restart();
  const { status } = run.oracle;
  const ends = ['COMPLETED', 'CANCELLED', ...(sketch.broken ? ['FAILED'] : []), ...(sketch.bounded ? [] : ['PAUSED'])];
  expect(ends).toContain(status);
  if (status === 'PAUSED') expect(run.oracle.pausedBy, 'only a limit pauses what is driven on').toBeDefined();
  for (const name of [status, ...run.execution.kinds, ...run.reached]) seen.set(name, (seen.get(name) ?? 0) + 1);
}

/** A guard against a test that passes because it reaches nothing. */
const REACHED = [
  ...['CANCELLED', 'COMPLETED', 'FAILED', 'PAUSED', 'complete', 'stop condition', 'unsatisfied joins', 'an edge again'],
  ...['barrier: all again', 'barrier: any again', 'eager: all again', 'eager: any again'],
  ...['paused by max_messages', 'paused by max_turns', 'paused by somebody'],
  ...['attempt_failed', 'attempt_lost', 'attempt_released', 'edges_fired', 'execution_cancelled'],
  ...['execution_completed', 'execution_failed', 'execution_paused', 'execution_resumed', 'execution_retried'],
  ...['execution_started', 'message_added', 'node_cancelled', 'node_completed', 'node_failed', 'node_leased'],
  ...['node_reopened', 'node_waiting', 'wave_started'],
];

describe('free graphs under random schedules', () => {
  it('commit, fire, activate, hear and stop as the oracle says, whatever dies in between', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(randomGraphs, acts, fc.nat(), (sketch, script, seed) => {
        check(sketch, script, seed, seen);
      }),
      { numRuns: 3000 },
    );
    expect([...seen.keys()].sort()).toEqual([...REACHED].sort());
  }, 120_000);
});
