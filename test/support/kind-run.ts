/**
 * One execution of nodes of every kind, driven by random acts. TestExecution checks E1 to E5; here come three rules more:
 * the order in which a store gives the activations decides nothing; what an attempt reads and hears, the next one reads
 * and hears, too; and whatever was done to it, an execution can be driven to its end.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { Command, Expressions, Reply } from '../../src/core/command.js';
import type { Decision } from '../../src/core/decision.js';
import { activationKey, isFinal, NEVER_MS, refOf, type ActivationRecord } from '../../src/core/execution.js';
import type { TaskRef } from '../../src/core/ids.js';
import { readOf } from '../../src/core/reads.js';
import { heardBy } from '../../src/core/thread.js';
import type { Workflow } from '../../src/core/workflow.js';
import { EXECUTION_ID, stubExpressions, TestExecution } from './engine-execution.js';
import { refold } from './refold.js';
import { FLAKY, PERHAPS } from './random-kinds.js';
import { SIGNALS } from './random-nodes.js';
import { seeded } from './seeded.js';

export const ACTS = [
  ...Array<'go'>(18).fill('go'),
  ...Array<'spoil'>(6).fill('spoil'),
  ...(['reap', 'release', 'pause', 'resume', 'signal', 'retry', 'retry', 'restart', 'say', 'cancel'] as const),
] as const;
type Act = (typeof ACTS)[number];

const LEASE_MS = 1000;
/** E1 to E5 look at everything, which costs more than what they look at. */
const CHECK_EVERY = 9;

/** Every decision is made twice, of the activations in two orders. */
class UnorderedExecution extends TestExecution {
  private order: 'stored' | 'shuffled' = 'stored';

  constructor(
    workflow: Workflow,
    expressions: Expressions,
    /** What is left to chance is the same in both. */
    private readonly reseed: () => void,
  ) {
    super(workflow, expressions);
    this.checkEvery = CHECK_EVERY;
  }

  override activations(): Iterable<ActivationRecord> {
    const records = [...super.activations()];
    if (this.order === 'stored') return records;
    const random = seeded(this.events.length);
    return records
      .map((record) => ({ record, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ record }) => record);
  }

  override decide(command: Command): Decision {
    const stored = this.decideIn('stored', command);
    const shuffled = this.decideIn('shuffled', command);
    deepStrictEqual(outline(shuffled), outline(stored), `the order of a store decides what ${command.kind} does`);
    return shuffled;
  }

  private decideIn(order: 'stored' | 'shuffled', command: Command): Decision {
    this.order = order;
    this.reseed();
    const decision = super.decide(command);
    this.order = 'stored';
    return decision;
  }
}

/** What a decision does, without the ids that it mints; what it cancels is cancelled at once, in whatever order. */
function outline({ reply, changes }: Decision): unknown {
  const events = (changes?.events ?? []).map(({ seq: _seq, ...event }) =>
    JSON.stringify(event, (key, value: unknown) => (key === 'child' ? '' : value)),
  );
  const isCancel = (text: string): boolean => text.startsWith('{"kind":"node_cancelled"');
  return { reply, events: events.filter((text) => !isCancel(text)), cancelled: events.filter(isCancel).sort() };
}

/** The node does, and so do the loops around it. */
function waitsForAll(workflow: Workflow, id: string): boolean {
  const node = workflow.nodes.get(id);
  return !node || (node.join !== 'any' && (node.loop === undefined || waitsForAll(workflow, node.loop)));
}

export class KindRun {
  execution: UnorderedExecution;
  /** What happened, beyond the kinds of events: a guard against tests that pass because they reach nothing. */
  readonly reached = new Set<string>();
  private random: () => number = seeded(0);
  /** What attempts have read and heard, by activation. */
  private readonly known = new Map<string, unknown>();
  private nonces = 0;

  /** @param seed of everything that is left to chance: orders, and what expressions say */
  constructor(
    private readonly workflow: Workflow,
    private readonly seed: number,
  ) {
    this.execution = this.blank();
    this.send({ kind: 'start', executionId: EXECUTION_ID, input: '{}' });
  }

  get status(): string {
    return this.execution.status ?? '';
  }

  /** Why it failed, if it did. */
  get error(): string {
    return this.execution.execution?.error?.code ?? '';
  }

  /** The activations that somebody can do something about. */
  open(): ActivationRecord[] {
    const isLate = this.status === 'FAILED';
    return [...this.execution.activations()].filter(({ status, waitsFor }) => {
      if (status === 'LEASED') return true;
      if (isLate) return false;
      return status === 'READY' || (status === 'WAITING' && waitsFor !== 'items' && waitsFor !== 'nodes');
    });
  }

  play(act: Act, pick: number): void {
    const open = this.open();
    const one = open[pick % Math.max(open.length, 1)];
    const isLeased = one?.status === 'LEASED';
    switch (act) {
      case 'go':
      case 'spoil':
        if (one) this.advance(one, act === 'go');
        return;
      case 'reap':
        if (isLeased) this.send({ kind: 'reap', ...this.taskOf(one), reason: 'worker_disconnected' });
        return;
      case 'release':
        if (isLeased) this.send({ kind: 'release', task: this.taskOf(one) });
        return;
      case 'signal':
        this.send({ kind: 'signal', name: SIGNALS[pick % SIGNALS.length] ?? '', payload: '1' });
        return;
      case 'say':
        this.send({ kind: 'resume', message: 'please go' });
        return;
      case 'restart':
        this.reached.add(act);
        this.restart();
        return;
      case 'cancel':
        // Seldom, or no long history would survive.
        if (pick < 15) this.send({ kind: 'cancel' });
        return;
      default:
        this.send({ kind: act });
    }
  }

  send(command: Command): Reply {
    const { status, error } = this;
    const { failedNode = '' } = this.execution.execution ?? {};
    const reply = this.execution.send(command);
    if (command.kind === 'retry' && reply.ok && status === 'FAILED') {
      const failed = this.workflow.nodes.get(failedNode)?.run ?? 'nothing';
      this.reached.add(`retry after ${error}`).add(`retry of ${failed}`);
    }
    this.look(({ status: now }) => now === 'LEASED');
    return reply;
  }

  /** Does the next thing that this one needs; `well`: or what fails it. */
  advance(record: ActivationRecord, well: boolean): void {
    const ref = refOf(record);
    const isTimed = record.readyAtMs < NEVER_MS;
    if (isTimed) this.execution.nowMs = Math.max(this.execution.nowMs, record.readyAtMs);
    if (record.status === 'READY') {
      this.nonces += 1;
      this.send({ kind: 'lease', ...ref, workerId: 'w', nonce: `fence-${this.nonces}`, leaseMs: LEASE_MS });
    } else if (record.status === 'LEASED') {
      this.end(record, well);
    } else if (record.waitsFor === 'timer' || (!well && isTimed)) {
      this.send({ kind: 'fire', ...ref });
    } else if (record.waitsFor === 'signal') {
      this.send({ kind: 'signal', name: record.detail?.signal ?? '', payload: '1' });
    } else if (record.waitsFor === 'approval') {
      // Of several that wait, the oldest, unless the answer says which.
      const iteration = well ? { iteration: ref.iteration } : {};
      this.send({ kind: 'answer', node: ref.node, ...iteration, approved: well, approver: 'me', comment: '' });
    } else {
      const end = well
        ? ({ status: 'COMPLETED', output: '1' } as const)
        : ({ status: record.iteration % 2 === 0 ? 'CANCELLED' : 'FAILED', message: 'it ended so' } as const);
      this.send({ kind: 'child_closed', ...ref, child: record.detail?.child ?? '', end });
    }
  }

  /** Everything in memory is gone; what was stored is its history. */
  restart(): void {
    this.execution = refold(this.execution, this.blank());
    this.look(({ attempt }) => attempt > 0);
  }

  private end(record: ActivationRecord, well: boolean): void {
    const task = this.taskOf(record);
    if (!well) {
      this.send({ kind: 'fail', task, failure: { code: 'HANDLER_FAILED', message: 'boom', retryable: false } });
      return;
    }
    const reply = this.send({ kind: 'complete', task, output: this.execution.resultOf(record) });
    // In a closed execution no items and no child begin any more.
    if (!reply.ok) this.send({ kind: 'reap', ...task, reason: 'worker_disconnected' });
  }

  private taskOf(record: ActivationRecord): TaskRef {
    return { executionId: EXECUTION_ID, ...refOf(record), attempt: record.attempt, nonce: record.nonce ?? '' };
  }

  /** An activation that a worker has begun reads and hears what it read and heard before. */
  private look(those: (record: ActivationRecord) => boolean): void {
    const { execution, workflow } = this;
    for (const record of execution.activations()) {
      const node = workflow.nodes.get(record.node);
      if (!node || record.attempt === 0 || record.item !== undefined || !those(record)) continue;
      // In a round that is over nobody reads any more; who did not wait for all dependencies may read of the others later.
      if (!workflow.graph && (isFinal(record.status) || !waitsForAll(workflow, node.id))) continue;
      const read = node.reads.map((id) => [id, readOf(execution, record, id)?.outputSeq ?? 0]);
      const now = { read, heard: workflow.graph ? heardBy(execution, record) : [] };
      const key = activationKey(record.node, record.iteration);
      const before = this.known.get(key);
      if (before) deepStrictEqual(now, before, `another attempt of ${key} reads or hears something else`);
      this.known.set(key, now);
    }
  }

  private blank(): UnorderedExecution {
    const ask = (source: string): void => {
      if (source === FLAKY && this.random() < 0.5) throw new Error('not now');
    };
    const expressions: Expressions = {
      ...stubExpressions,
      evaluateCondition: (source, scope) => {
        ask(source);
        return source === PERHAPS ? this.random() < 0.4 : stubExpressions.evaluateCondition(source, scope);
      },
      renderTemplate: (template, scope) => {
        if (typeof template === 'string') ask(template);
        return template === FLAKY ? '300ms' : stubExpressions.renderTemplate(template, scope);
      },
      evaluateExpression: (source, scope) => {
        ask(source);
        return source === FLAKY ? [1] : stubExpressions.evaluateExpression(source, scope);
      },
    };
    const execution: UnorderedExecution = new UnorderedExecution(this.workflow, expressions, () => {
      this.random = seeded(this.seed + execution.events.length);
    });
    return execution;
  }

  /** What the history shows of kinds, joins and failures. */
  summary(): ReadonlySet<string> {
    const { execution, workflow, reached } = this;
    for (const event of execution.events) {
      reached.add(event.kind);
      const id = 'node' in event ? event.node : undefined;
      const node = id === undefined ? undefined : workflow.nodes.get(id);
      if (node && event.kind === 'node_completed' && event.iteration > 1) {
        reached.add(`${event.item === undefined ? node.run : `item of ${node.itemRun}`} again`);
        if (node.groups.size > 0) reached.add(`join ${node.join} again`);
      } else if (node && event.kind === 'node_failed') {
        if (event.error.message.includes('`if`')) reached.add('if failed');
        if (event.handled) reached.add(node.run === 'loop' ? 'survived loop' : 'survived node');
      }
    }
    return reached;
  }
}

/** What may be wrong with it for good; whatever else fails, a retry cures. */
const INCURABLE = ['EXPRESSION_FAILED', 'LOOP_EXHAUSTED'];
const MAX_RETRIES = 6;
const MAX_RESUMES = 3;
/** Edges that fire by themselves can make more and more of it. */
const MAX_OPEN = 25;

/** Nothing may be stuck, whatever was done to it: it ends, or a limit pauses it. */
export function driveToEnd(run: KindRun, random: () => number): void {
  for (let retries = 0, resumes = 0; ;) {
    const open = run.open();
    const one = open[Math.floor(random() * open.length)];
    const { status } = run;
    if (open.length > MAX_OPEN && status !== 'FAILED') {
      run.send({ kind: 'cancel' });
    } else if (one) {
      run.advance(one, true);
    } else if (status === 'PAUSED') {
      const { pausedBy } = run.execution.execution?.extra?.graph ?? {};
      if (pausedBy !== undefined) resumes += 1;
      if (resumes > MAX_RESUMES) return;
      ok(run.send({ kind: 'resume' }).ok);
    } else if (status === 'FAILED' && retries < MAX_RETRIES) {
      retries += 1;
      ok(run.send({ kind: 'retry' }).ok);
    } else {
      if (status === 'FAILED') ok(INCURABLE.includes(run.error), `${run.error}, after ${retries} retries`);
      else ok(status === 'COMPLETED' || status === 'CANCELLED', `stuck: it is ${status}, and nothing is open`);
      equal(run.execution.execution?.open, 0);
      return;
    }
  }
}
