/**
 * Random workflows under random commands. TestExecution checks E1..E5, gapless events and the joins after every command;
 * here come liveness and the generators.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.js';
import { isClosed } from '../../src/core/execution.js';
import type { TaskRef } from '../../src/core/ids.js';
import { EXECUTION_ID, NO_DELAY, TestExecution } from '../support/engine-execution.js';
import { randomNodes } from '../support/random-nodes.js';

const LEASE_MS = 1000;

const workflowNodes = randomNodes({
  retry: { ...NO_DELAY, initialIntervalMs: 500, maxIntervalMs: 2000, multiplier: 2, nonRetryable: ['NEVER'] },
  timeoutMs: 1500,
});

type Act =
  | { readonly kind: Command['kind']; readonly pick: number; readonly old: boolean; readonly variant: number }
  | { readonly kind: 'clock'; readonly stepMs: number };

const acts = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: act('lease') },
    { weight: 8, arbitrary: act('complete') },
    { weight: 3, arbitrary: act('fail') },
    { weight: 2, arbitrary: act('release') },
    { weight: 2, arbitrary: act('reap') },
    { weight: 2, arbitrary: act('heartbeat') },
    { weight: 1, arbitrary: act('pause') },
    { weight: 2, arbitrary: act('resume') },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('cancel' as const),
        pick: fc.nat(9),
        old: fc.boolean(),
        variant: fc.nat(9),
      }),
    },
    { weight: 1, arbitrary: act('start') },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('clock' as const), stepMs: fc.integer({ min: -200, max: 2500 }) }),
    },
  ),
  { maxLength: 40 },
);

function act(kind: Exclude<Command['kind'], 'cancel'>): fc.Arbitrary<Act> {
  return fc.record({ kind: fc.constant(kind), pick: fc.nat(99), old: fc.boolean(), variant: fc.nat(9) });
}

/** Plays one act: mostly commands that make sense now, some that name an ended or invented attempt. */
function play(execution: TestExecution, history: TaskRef[], next: Act): void {
  if (next.kind === 'clock') {
    execution.nowMs += next.stepMs;
    return;
  }
  const command = commandOf(execution, history, next);
  if (!command) return;
  execution.random = next.variant / 10;
  const reply = execution.send(command);
  if (command.kind === 'lease' && reply.ok) history.push(execution.taskOf(command.node));
}

function commandOf(
  execution: TestExecution,
  history: readonly TaskRef[],
  { kind, pick, old, variant }: Exclude<Act, { kind: 'clock' }>,
): Command | undefined {
  const activations = [...execution.activations()];
  const leased = activations.filter(({ status }) => status === 'LEASED').map(({ node }) => execution.taskOf(node));
  const foreign: TaskRef = {
    executionId: EXECUTION_ID,
    node: `n${pick % 14}`,
    iteration: 1,
    attempt: 1,
    nonce: 'invented',
  };
  const pool = old ? [...history, foreign] : leased;
  const task = pool[pick % Math.max(pool.length, 1)];
  switch (kind) {
    case 'start':
      return { kind, executionId: EXECUTION_ID, input: '1', ...(variant > 5 ? { requestHash: 'other' } : {}) };
    case 'lease': {
      const ready = old ? activations : activations.filter(({ status }) => status === 'READY');
      const target = ready[pick % Math.max(ready.length, 1)];
      const nonce = `fence-${history.length}`;
      return target && { kind, node: target.node, iteration: 1, workerId: `w${variant}`, nonce, leaseMs: LEASE_MS };
    }
    case 'complete':
      return task && { kind, task, output: variant > 7 ? '"other"' : '"same"' };
    case 'fail': {
      const code = variant === 0 ? 'NEVER' : 'HANDLER_FAILED';
      return task && { kind, task, failure: { code, message: 'boom', retryable: variant !== 1 } };
    }
    case 'release':
    case 'heartbeat':
      return task && { kind, task };
    case 'reap':
      return (
        task && {
          kind,
          node: task.node,
          iteration: 1,
          nonce: task.nonce,
          reason: variant > 4 ? 'lease_expired' : 'worker_disconnected',
        }
      );
    case 'cancel':
      // Seldom, or no long history would survive.
      return pick === 0 ? { kind, ...(variant > 5 ? { reason: 'by test' } : {}) } : undefined;
    case 'pause':
    case 'resume':
      return { kind };
  }
}

describe('decide under random commands', () => {
  it('keeps E1..E5 after every command, and any state can be driven to its end', () => {
    const ends = new Map<string, number>();
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(workflowNodes, acts, (nodes, script) => {
        const execution = TestExecution.started(nodes);
        const history: TaskRef[] = [];
        for (const next of script) play(execution, history, next);
        // What is parked keeps a paused execution open; without any of it this ends it already.
        execution.runToEnd();
        if (execution.status === 'PAUSED') execution.send({ kind: 'resume' });
        execution.runToEnd();
        expect(execution.execution && isClosed(execution.execution.status)).toBe(true);
        expect(execution.execution?.open).toBe(0);
        ends.set(execution.status ?? '', (ends.get(execution.status ?? '') ?? 0) + 1);
        for (const kind of execution.kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }),
      { numRuns: 4000 },
    );
    // The generator reaches everything that can happen: a guard against a test that passes because it does nothing.
    expect([...ends.keys()].sort()).toEqual(['CANCELLED', 'COMPLETED', 'FAILED']);
    expect([...seen.keys()].sort()).toEqual([
      'attempt_failed',
      'attempt_lost',
      'attempt_released',
      'execution_cancelled',
      'execution_completed',
      'execution_failed',
      'execution_paused',
      'execution_resumed',
      'execution_started',
      'node_cancelled',
      'node_completed',
      'node_failed',
      'node_leased',
      'node_skipped',
    ]);
  }, 30_000);
});
