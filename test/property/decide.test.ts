/**
 * Random workflows under random commands. TestExecution checks E1..E5, gapless events, the outbox and the joins after
 * every command; here come liveness and the generators.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChildEnd, Command, KeptNode } from '../../src/core/command.js';
import { isClosed, refOf, type ActivationRecord } from '../../src/core/execution.js';
import type { TaskRef } from '../../src/core/ids.js';
import type { LimitsSpec } from '../../src/core/ir.js';
import { addUsage, type Usage } from '../../src/core/usage.js';
import { EXECUTION_ID, NO_DELAY, TestExecution, type NodeSketch } from '../support/engine-execution.js';
import { APPROVER, randomNodes, SIGNALS } from '../support/random-nodes.js';

const LEASE_MS = 1000;

const workflowNodes = randomNodes({
  retry: { ...NO_DELAY, initialIntervalMs: 500, maxIntervalMs: 2000, multiplier: 2, nonRetryable: ['NEVER'] },
  timeoutMs: 1500,
});

interface CommandAct {
  readonly kind: Command['kind'];
  readonly pick: number;
  /** Names something that has ended, or never was. */
  readonly old: boolean;
  readonly variant: number;
}
type Act = CommandAct | { readonly kind: 'clock'; readonly stepMs: number };

const WEIGHTS: Readonly<Record<Command['kind'], number>> = {
  lease: 10,
  complete: 10,
  fail: 3,
  release: 2,
  admit_call: 3,
  reap: 2,
  heartbeat: 2,
  pause: 1,
  resume: 2,
  cancel: 1,
  start: 1,
  admit: 1,
  retry: 2,
  fire: 3,
  signal: 2,
  answer: 3,
  child_closed: 4,
};
const clock = fc.record({ kind: fc.constant('clock' as const), stepMs: fc.integer({ min: -200, max: 2500 }) });
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: clock },
    ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: act(kind as Command['kind']) })),
  ),
  { maxLength: 50 },
);

function act(kind: Command['kind']): fc.Arbitrary<Act> {
  return fc.record({ kind: fc.constant(kind), pick: fc.nat(99), old: fc.boolean(), variant: fc.nat(9) });
}

/** How it starts: at once, behind others, or as the rerun of an execution that had come so far. */
const beginnings = fc.record({
  waits: fc.nat(5).map((roll) => roll === 0),
  hasParent: fc.boolean(),
  kept: fc.option(fc.array(fc.constantFrom('COMPLETED', 'SKIPPED', undefined), { maxLength: 12 }), { freq: 8 }),
  output: fc.constantFrom(undefined, undefined, undefined, 'declared', 'declared', 'throws'),
  limits: fc.constantFrom<LimitsSpec | undefined>(
    undefined,
    undefined,
    undefined,
    undefined,
    { maxCostUsd: 0.02 },
    { maxTokens: 5 },
    { maxDurationMs: 3000 },
    { maxCostUsd: 2, maxTokens: 100, maxDurationMs: 10_000 },
  ),
});
type Beginning = typeof beginnings extends fc.Arbitrary<infer B> ? B : never;

function begin(
  nodes: Readonly<Record<string, NodeSketch>>,
  { waits, hasParent, kept, output, limits }: Beginning,
): TestExecution {
  const execution = TestExecution.of(nodes, output, limits ? { limits } : {});
  const keptNodes = (kept ?? []).flatMap((status, index): [string, KeptNode][] => {
    if (status === undefined) return [];
    const routedTo = nodes[`n${index}`]?.type === 'ROUTER' ? { routedTo: null } : {};
    return [[`n${index}`, status === 'SKIPPED' ? { status } : { status, output: '"kept"', ...routedTo }]];
  });
  const parent = { executionId: EXECUTION_ID, node: 'p', iteration: 1 };
  execution.start('1', {
    ...(waits ? { waiting: { cancels: hasParent ? [EXECUTION_ID] : [] } } : {}),
    ...(hasParent ? { extra: { parent, priority: 5 } } : {}),
    ...(!waits && keptNodes.length > 0 ? { kept: new Map(keptNodes) } : {}),
  });
  return execution;
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
  if (command.kind === 'lease' && reply.ok) history.push(execution.taskOf(command.node, command.item));
}

function commandOf(execution: TestExecution, history: readonly TaskRef[], next: CommandAct): Command | undefined {
  const { kind, pick, old, variant } = next;
  const activations = [...execution.activations()];
  const one = (those: (record: ActivationRecord) => boolean): ActivationRecord | undefined => {
    const pool = old && variant > 5 ? activations : activations.filter(those);
    return pool[pick % Math.max(pool.length, 1)];
  };
  switch (kind) {
    case 'start':
      return { kind, executionId: EXECUTION_ID, input: '1', ...(variant > 5 ? { requestHash: 'other' } : {}) };
    case 'lease': {
      const target = one(({ status }) => status === 'READY');
      const nonce = `fence-${history.length}`;
      return target && { kind, ...refOf(target), workerId: `w${variant}`, nonce, leaseMs: LEASE_MS };
    }
    case 'complete':
    case 'fail':
    case 'release':
    case 'admit_call':
    case 'heartbeat':
    case 'reap':
      return attemptCommand(execution, history, { ...next, kind });
    case 'cancel':
      // Seldom, or no long history would survive.
      return pick < 10 ? { kind, ...(variant > 5 ? { reason: 'by test' } : {}) } : undefined;
    case 'fire': {
      const target = one(({ waitsFor, readyAtMs }) => waitsFor !== undefined && readyAtMs <= execution.nowMs);
      return target && { kind, ...refOf(target) };
    }
    case 'signal':
      return { kind, name: variant > 7 ? 'unknown' : (SIGNALS[variant % 2] ?? ''), payload: `${pick}` };
    case 'answer': {
      const target = one(({ waitsFor }) => waitsFor === 'approval');
      const approver = variant > 1 ? APPROVER : 'nobody';
      return target && { kind, node: target.node, approved: pick % 3 > 0, approver, comment: '' };
    }
    case 'child_closed': {
      const target = one(({ waitsFor }) => waitsFor === 'child');
      const child = variant === 9 ? 'exec-another' : (target?.detail?.child ?? '');
      return target && { kind, ...refOf(target), child, end: endOf(variant) };
    }
    case 'pause':
    case 'resume':
    case 'retry':
    case 'admit':
      return { kind };
  }
}

type AttemptKind = 'complete' | 'fail' | 'release' | 'admit_call' | 'heartbeat' | 'reap';

function attemptCommand(
  execution: TestExecution,
  history: readonly TaskRef[],
  { kind, pick, old, variant }: CommandAct & { readonly kind: AttemptKind },
): Command | undefined {
  const invented = { node: `n${pick % 14}`, iteration: 1, ...(variant > 6 ? { item: variant - 7 } : {}) };
  const foreign: TaskRef = { executionId: EXECUTION_ID, ...invented, attempt: 1, nonce: 'invented' };
  const leased = [...execution.activations()].filter(({ status }) => status === 'LEASED');
  const pool = old ? [...history, foreign] : leased.map(({ node, item }) => execution.taskOf(node, item));
  const task = pool[pick % Math.max(pool.length, 1)];
  if (!task) return undefined;
  const usage = usageOf(variant, pick);
  switch (kind) {
    case 'complete':
      return { kind, task, output: variant > 7 ? '"other"' : execution.resultOf(task), ...usage };
    case 'fail': {
      const code = variant === 0 ? 'NEVER' : 'HANDLER_FAILED';
      return { kind, task, failure: { code, message: 'boom', retryable: variant !== 1 }, ...usage };
    }
    case 'release':
      return { kind, task, ...usage, ...(variant > 4 ? { limited: true } : {}) };
    case 'admit_call':
      return { kind, task, ...usage };
    case 'heartbeat':
      return { kind, task };
    case 'reap':
      return {
        kind,
        ...refOf(task),
        nonce: task.nonce,
        reason: variant > 4 ? 'lease_expired' : 'worker_disconnected',
      };
  }
}

/** Reports of one activation repeat each other, and sometimes know less than the one before. */
function usageOf(variant: number, calls: number): { readonly usage?: Usage } {
  if (variant < 3) return {};
  const used = { calls, inputTokens: calls * 7, outputTokens: calls, cachedInputTokens: 0, unpricedCalls: 0 };
  return { usage: { [variant > 6 ? 'a/one' : 'b/two']: { ...used, costNanoUsd: calls * 10_000_000 } } };
}

function endOf(variant: number): ChildEnd {
  if (variant > 3) return { status: 'COMPLETED', output: `${variant}` };
  return { status: variant === 0 ? 'CANCELLED' : 'FAILED', message: 'the child ended so' };
}

/** Nothing may be stuck, whatever was done to it before. */
function driveToEnd(execution: TestExecution): void {
  if (execution.status === 'WAITING') execution.send({ kind: 'admit' });
  // What is parked keeps a paused execution open; without any of it this ends it already.
  execution.runToEnd();
  // Each limit grants the same again, and what comes next may use it up again.
  for (let round = 0; execution.status === 'PAUSED' && round < 100; round += 1) {
    execution.send({ kind: 'resume' });
    execution.runToEnd();
  }
  expect(execution.execution && isClosed(execution.execution.status)).toBe(true);
  expect(execution.execution?.open).toBe(0);
}

/** B1: the execution has used what its activations have used, and no report takes anything back. */
function assertUsage(execution: TestExecution): void {
  const sum = [...execution.activations()].reduce<Usage>((all, { detail }) => addUsage(all, detail?.usage ?? {}), {});
  expect(execution.execution?.extra?.usage ?? {}).toEqual(sum);
}

describe('decide under random commands', () => {
  it('keeps E1..E5 after every command, and any state can be driven to its end', () => {
    const ends = new Map<string, number>();
    const seen = new Map<string, number>();
    const pauses = new Set<string>();
    fc.assert(
      fc.property(workflowNodes, beginnings, acts, (nodes, beginning, script) => {
        const execution = begin(nodes, beginning);
        const history: TaskRef[] = [];
        for (const next of script) play(execution, history, next);
        driveToEnd(execution);
        if (execution.send({ kind: 'retry' }).ok) driveToEnd(execution);
        ends.set(execution.status ?? '', (ends.get(execution.status ?? '') ?? 0) + 1);
        for (const event of execution.events) if (event.kind === 'execution_paused') pauses.add(event.reason ?? '');
        assertUsage(execution);
        for (const kind of execution.kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }),
      { numRuns: 2000 },
    );
    // The generator reaches everything that can happen: a guard against a test that passes because it does nothing.
    expect([...ends.keys()].sort()).toEqual(['CANCELLED', 'COMPLETED', 'FAILED']);
    expect([...seen.keys()].sort()).toEqual([
      'attempt_failed',
      'attempt_lost',
      'attempt_released',
      'execution_admitted',
      'execution_cancelled',
      'execution_completed',
      'execution_failed',
      'execution_paused',
      'execution_resumed',
      'execution_retried',
      'execution_started',
      'items_opened',
      'map_expanded',
      'map_items',
      'node_cancelled',
      'node_completed',
      'node_failed',
      'node_leased',
      'node_reopened',
      'node_skipped',
      'node_waiting',
      'signal_received',
      'usage_reported',
    ]);
    // Which of the limits is met is up to chance; each has a test of its own in test/unit/core/limits.test.ts.
    expect([...pauses].filter((reason) => reason !== '')).not.toEqual([]);
  }, 60_000);
});
