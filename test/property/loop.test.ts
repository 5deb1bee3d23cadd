/** Random pipelines with loops, also in loops, under random schedules, against an oracle written from the rules alone. */
import fc from 'fast-check';
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { refOf } from '../../src/core/execution.js';
import { buildWorkflow } from '../../src/core/workflow.js';
import {
  EXECUTION_ID,
  irOf,
  NO_DELAY,
  stubExpressions,
  TestExecution,
  type NodeSketch,
} from '../support/engine-execution.js';
import { LoopOracle, type LoopNode } from '../support/loop-oracle.js';

type Nodes = Readonly<Record<string, LoopNode>>;

interface Draw {
  readonly needs: readonly number[];
  readonly skipped: boolean;
  readonly continueOnError: boolean;
  readonly isLoop: boolean;
  readonly inner: readonly Draw[];
  readonly until: readonly number[];
  readonly maxIterations: number;
  readonly onExhausted: 'fail' | 'continue';
}

function draws(depth: number): fc.Arbitrary<readonly Draw[]> {
  const inner: fc.Arbitrary<readonly Draw[]> = depth === 0 ? fc.constant([]) : draws(depth - 1);
  const draw = fc.record<Draw>({
    needs: fc.array(fc.nat(9), { maxLength: 2 }),
    skipped: fc.nat(6).map((roll) => roll === 0),
    continueOnError: fc.nat(3).map((roll) => roll === 0),
    isLoop: depth === 0 ? fc.constant(false) : fc.boolean(),
    inner,
    until: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 4 }),
    maxIterations: fc.integer({ min: 1, max: 3 }),
    onExhausted: fc.constantFrom('fail', 'continue'),
  });
  return fc.array(draw, { minLength: 1, maxLength: 3, size: 'max' });
}

function nodesOf(drawn: readonly Draw[], prefix: string): Nodes {
  return Object.fromEntries(
    drawn.map(({ needs, inner, isLoop, until, maxIterations, onExhausted, ...rest }, index) => {
      const id = `${prefix}${index}`;
      const before = index === 0 ? [] : [...new Set(needs.map((need) => `${prefix}${need % index}`))];
      const loop = { nodes: nodesOf(inner, `${id}x`), until, maxIterations, onExhausted };
      return [id, { ...rest, needs: before, ...(isLoop ? { loop } : {}) }];
    }),
  );
}

function sketchesOf(nodes: Nodes): Record<string, NodeSketch> {
  return Object.fromEntries(
    Object.entries(nodes).flatMap(([id, { needs, skipped, continueOnError, loop }]): [string, NodeSketch][] => {
      const base: NodeSketch = {
        needs,
        ...(skipped ? { if: 'false' } : {}),
        ...(continueOnError ? { continueOnError } : {}),
      };
      if (!loop) return [[id, { ...base, retry: NO_DELAY }]];
      const { maxIterations, onExhausted } = loop;
      const spec = { nodes: Object.keys(loop.nodes), until: `until ${id}`, maxIterations, onExhausted };
      return [[id, { ...base, type: 'COMPUTE', loop: spec }], ...Object.entries(sketchesOf(loop.nodes))];
    }),
  );
}

function loopsOf(nodes: Nodes): [string, NonNullable<LoopNode['loop']>][] {
  return Object.entries(nodes).flatMap(([id, { loop }]) => (loop ? [[id, loop], ...loopsOf(loop.nodes)] : []));
}

class LoopRun {
  readonly execution: TestExecution;
  readonly ends = new Map<string, 'COMPLETED' | 'FAILED'>();
  private readonly asked = new Map<string, number>();
  private readonly loops: ReadonlyMap<string, NonNullable<LoopNode['loop']>>;

  constructor(private readonly nodes: Nodes) {
    this.loops = new Map(loopsOf(nodes));
    const workflow = buildWorkflow('w', 'sha256:v', irOf(sketchesOf(nodes)));
    this.execution = new TestExecution(workflow, {
      ...stubExpressions,
      evaluateCondition: (source, scope) =>
        source.startsWith('until ') ? this.until(source.slice(6)) : stubExpressions.evaluateCondition(source, scope),
    });
    this.execution.start();
    this.compare();
  }

  /** Ends an attempt of an open task; `how`: it fails for ever, is lost, or completes. */
  step(pick: number, how: number): boolean {
    const { execution } = this;
    const open = [...execution.activations()].filter(({ status }) => status === 'READY' || status === 'LEASED');
    const one = open[pick % Math.max(open.length, 1)];
    if (!one) return false;
    const ref = refOf(one);
    if (one.status === 'READY') {
      const nonce = `fence-${execution.events.length}`;
      execution.send({ kind: 'lease', ...ref, workerId: 'w', nonce, leaseMs: 1000 });
      this.compare();
      return true;
    }
    const task = { executionId: EXECUTION_ID, ...ref, attempt: one.attempt, nonce: one.nonce ?? '' };
    const key = `${ref.node}#${ref.iteration}`;
    if (how === 0) {
      this.ends.set(key, 'FAILED');
      execution.send({ kind: 'fail', task, failure: { code: 'HANDLER_FAILED', message: 'boom', retryable: false } });
    } else if (how === 1 && one.lost === 0) {
      execution.send({ kind: 'reap', ...ref, nonce: task.nonce, reason: 'worker_disconnected' });
    } else {
      this.ends.set(key, 'COMPLETED');
      execution.send({ kind: 'complete', task, output: `"${key}"` });
    }
    this.compare();
    return true;
  }

  /** What had failed is open again; the rest is as if it had never failed. */
  retry(): void {
    const { execution } = this;
    for (const record of [...execution.activations()].filter(({ status }) => status === 'LEASED')) {
      const task = { executionId: EXECUTION_ID, ...refOf(record), attempt: record.attempt, nonce: record.nonce ?? '' };
      this.ends.set(`${record.node}#${record.iteration}`, 'COMPLETED');
      execution.send({ kind: 'complete', task, output: '"late"' });
    }
    execution.send({ kind: 'retry' });
    for (const { node, iteration, status } of execution.activations())
      if (status === 'READY') this.ends.delete(`${node}#${iteration}`);
    this.compare();
  }

  /**
   * Inside of a loop that failed. Where two loops use up their rounds in the same moment, nobody says which one fails first
   * and what of the other is cancelled then; that nothing stays open there is checked by loop-invariants.ts.
   */
  private isOver(key: string): boolean {
    const { nodes } = this.execution.workflow;
    const failed = new Set(
      [...this.execution.activations()].flatMap((one) => (one.status === 'FAILED' ? [one.node] : [])),
    );
    for (let around = nodes.get(key.split('#')[0] ?? '')?.loop; around !== undefined; around = nodes.get(around)?.loop)
      if (failed.has(around)) return true;
    return false;
  }

  /** After each command it looks as the oracle says; what comes late, after a failure, is not looked at. */
  private compare(): void {
    const { execution } = this;
    const { statuses, end } = new LoopOracle(this.nodes, this.ends);
    equal(execution.status, end === 'OPEN' ? 'RUNNING' : end, 'the status of the execution');
    if (end === 'FAILED') return;
    const alive = (lines: readonly string[]): string[] => lines.filter((line) => !this.isOver(line)).sort();
    const expected = [...statuses].map(([key, status]) => `${key} ${status}`);
    const actual = [...execution.activations()].map(({ node, iteration, status }) => {
      const isOpen = status === 'READY' || status === 'LEASED' || status === 'WAITING';
      return `${node}#${iteration} ${isOpen ? 'OPEN' : status}`;
    });
    deepStrictEqual(alive(actual), alive(expected), 'the activations');
  }

  /** The condition of a loop is asked once per round. */
  private until(id: string): boolean {
    const serial = (this.asked.get(id) ?? 0) + 1;
    this.asked.set(id, serial);
    const loop = this.loops.get(id);
    ok(loop, `${id} is no loop`);
    return loop.until.includes(serial);
  }
}

describe('loops under random schedules', () => {
  it('run their rounds, end and fail as the oracle says', () => {
    const seen = new Map<string, number>();
    const hows = fc.array(fc.record({ pick: fc.nat(99), how: fc.nat(9) }), {
      minLength: 5,
      maxLength: 60,
      size: 'max',
    });
    fc.assert(
      fc.property(draws(2), hows, (drawn, script) => {
        const run = new LoopRun(nodesOf(drawn, 'n'));
        for (const { pick, how } of script) if (run.execution.status === 'RUNNING') run.step(pick, how);
        while (run.execution.status === 'RUNNING') ok(run.step(0, 9), 'nothing is ready');
        const before = run.execution.execution?.error?.code;
        if (before === 'HANDLER_FAILED') {
          run.retry();
          while (run.execution.status === 'RUNNING') ok(run.step(0, 9), 'nothing is ready');
        }
        if (before !== undefined) seen.set(before, 1);
        const { status = '', error } = run.execution.execution ?? {};
        for (const name of [status, error?.code ?? '', ...run.execution.kinds])
          seen.set(name, (seen.get(name) ?? 0) + 1);
      }),
      { numRuns: 2000 },
    );
    const reached = [
      'COMPLETED',
      'FAILED',
      'LOOP_EXHAUSTED',
      'HANDLER_FAILED',
      'round_started',
      'node_skipped',
      'node_cancelled',
      'attempt_lost',
      'execution_retried',
    ];
    expect([...seen.keys()]).toEqual(expect.arrayContaining(reached));
  }, 120_000);
});
