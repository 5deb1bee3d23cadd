/**
 * One execution in memory, driven through `decide` with a fake clock. After every command it checks the invariants of
 * src/core/execution.ts, so that each test that uses it tests them too.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { Command, Expressions, Reply } from '../../src/core/command.js';
import { applyEvent, type StateAccess } from '../../src/core/apply-event.js';
import { decide } from '../../src/core/decide.js';
import type { Decision } from '../../src/core/decision.js';
import type { EventKind, ExecutionEvent } from '../../src/core/event.js';
import {
  activationKey,
  isClosed,
  isFinal,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
  type JoinRecord,
} from '../../src/core/execution.js';
import type { TaskRef } from '../../src/core/ids.js';
import type { Json, NodeBehaviour, RetryPolicy } from '../../src/core/ir.js';
import type { Changes } from '../../src/core/transition.js';
import { buildWorkflow, type Workflow } from '../../src/core/workflow.js';

export const EXECUTION_ID = 'exec-01890000-0000-7000-8000-000000000001';
export const START_MS = 1_700_000_000_000;

/** `if` is `true`, `false` or `throws`; a template renders to itself, `throws` fails. */
export const stubExpressions: Expressions = {
  evaluateCondition: (source) => {
    if (source === 'throws') throw new Error('no such value');
    return source !== 'false';
  },
  renderTemplate: (template) => {
    if (template === 'throws') throw new Error('no such value');
    return template;
  },
  evaluateExpression: (source) => {
    if (source === 'throws') throw new Error('no such value');
    return JSON.parse(source) as Json;
  },
  parseDuration: (text) => (text.endsWith('ms') ? Number.parseInt(text, 10) : undefined),
  resolveForm: (_form, given) => given,
};

export const NO_DELAY: RetryPolicy = {
  maxAttempts: 3,
  maxLost: 3,
  initialIntervalMs: 0,
  multiplier: 1,
  maxIntervalMs: 0,
  jitter: 0,
  nonRetryable: [],
};

export interface NodeSketch extends NodeBehaviour {
  readonly needs?: readonly string[];
}

/** The IR of `{ node: { needs, ...behaviour } }`; a node without a handler gets the handler `h`. */
export function irOf(nodes: Readonly<Record<string, NodeSketch>>, output?: Json): string {
  const entries = Object.entries(nodes).map(([id, { needs = [], ...behaviour }]) => [
    id,
    { type: 'EFFECT', dependencies: needs, 'x-nexum': { handler: 'h', ...behaviour } },
  ]);
  const pipeline = output === undefined ? {} : { pipeline: { name: 'test', inputs: {}, output } };
  return JSON.stringify({ ...pipeline, nodes: Object.fromEntries(entries) as unknown });
}

/** What a history of events folds to. */
class Records implements StateAccess {
  execution: ExecutionRecord | undefined;
  readonly activationsByKey = new Map<string, ActivationRecord>();
  readonly joins = new Map<string, JoinRecord>();

  constructor(readonly workflow: Workflow) {}

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.activationsByKey.get(activationKey(node, iteration, item));
  }

  activations(): Iterable<ActivationRecord> {
    return this.activationsByKey.values();
  }

  putActivation(record: ActivationRecord): void {
    this.activationsByKey.set(activationKey(record.node, record.iteration, record.item), record);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  putJoin(record: JoinRecord): void {
    this.joins.set(`${record.target}\n${record.group}`, record);
  }

  /** Everything but `leaseExpiresAtMs` (E5), as plain data in a fixed order. */
  comparable(): unknown {
    const byKey = <R>(map: Map<string, R>): [string, R][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      execution: this.execution,
      activations: byKey(this.activationsByKey).map(([key, { leaseExpiresAtMs: _excluded, ...record }]) => [
        key,
        record,
      ]),
      joins: byKey(this.joins),
    };
  }
}

export class TestExecution implements ExecutionView {
  readonly events: ExecutionEvent[] = [];
  readonly records: Records;
  readonly folded: Records;
  nowMs = START_MS;
  random = 0;
  private nonces = 0;

  constructor(
    readonly workflow: Workflow,
    private readonly expressions: Expressions = stubExpressions,
  ) {
    this.records = new Records(workflow);
    this.folded = new Records(workflow);
  }

  static of(nodes: Readonly<Record<string, NodeSketch>>, output?: Json): TestExecution {
    return new TestExecution(buildWorkflow('w', 'sha256:v', irOf(nodes, output)));
  }

  /** Like `of`, and started. */
  static started(nodes: Readonly<Record<string, NodeSketch>>, output?: Json): TestExecution {
    const execution = TestExecution.of(nodes, output);
    execution.start();
    return execution;
  }

  get execution(): ExecutionRecord | undefined {
    return this.records.execution;
  }

  get status(): string | undefined {
    return this.execution?.status;
  }

  get kinds(): EventKind[] {
    return this.events.map((event) => event.kind);
  }

  activation(node: string, iteration: number): ActivationRecord | undefined {
    return this.records.activation(node, iteration);
  }

  activations(): Iterable<ActivationRecord> {
    return this.records.activations();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.records.join(target, group);
  }

  output(activation: ActivationRecord): string {
    return this.payloadOf(activation.outputSeq ?? 0);
  }

  input(): string {
    return this.payloadOf(1);
  }

  /** Node -> status, of every node with a record. */
  nodes(): Record<string, string> {
    return Object.fromEntries([...this.activations()].map((record) => [record.node, record.status]));
  }

  node(id: string): ActivationRecord {
    const record = this.activation(id, 1);
    ok(record, `node ${id} has no activation`);
    return record;
  }

  /** Decides without applying anything. */
  decide(command: Command): Decision {
    return decide(this, command, { nowMs: this.nowMs, random: this.random, expressions: this.expressions });
  }

  /** Decides, applies, checks every invariant; returns the reply. */
  send(command: Command): Reply {
    const decision = this.decide(command);
    this.assertFenced(command, decision);
    if (decision.changes) this.apply(decision.changes);
    this.assertInvariants();
    return decision.reply;
  }

  /** `send` for a command that must leave no trace at all; returns the code of the refusal, or `ok`. */
  sendWithoutEffect(command: Command): string {
    const decision = this.decide(command);
    equal(decision.changes, undefined, `${command.kind} must not change anything`);
    return decision.reply.ok ? 'ok' : decision.reply.code;
  }

  start(input = '{"n":1}', idempotency: { idempotencyKey?: string; requestHash?: string } = {}): Reply {
    return this.send({ kind: 'start', executionId: EXECUTION_ID, input, ...idempotency });
  }

  lease(node: string, leaseMs = 30_000): TaskRef {
    this.nonces += 1;
    const nonce = `nonce-${this.nonces}`;
    const reply = this.send({ kind: 'lease', node, iteration: 1, workerId: 'w1', nonce, leaseMs });
    ok(reply.ok, `node ${node} could not be leased`);
    return this.taskOf(node);
  }

  /** The newest attempt of a node. */
  taskOf(node: string): TaskRef {
    const { executionId, iteration, attempt, nonce = '' } = this.node(node);
    return { executionId, node, iteration, attempt, nonce };
  }

  /** Leases the node and completes it. */
  run(node: string, output = `"${node}"`): Reply {
    return this.send({ kind: 'complete', task: this.lease(node), output });
  }

  fail(
    task: TaskRef,
    failure: { code?: string; message?: string; retryable?: boolean; retryAfterMs?: number } = {},
  ): Reply {
    const { code = 'HANDLER_FAILED', message = 'boom', retryable = true, ...rest } = failure;
    return this.send({ kind: 'fail', task, failure: { code, message, retryable, ...rest } });
  }

  reap(task: TaskRef, reason: 'lease_expired' | 'worker_disconnected' = 'worker_disconnected'): Reply {
    const { node, iteration, nonce } = task;
    return this.send({ kind: 'reap', node, iteration, nonce, reason });
  }

  /** Leases and completes whatever is due until nothing is; steps over retry delays. */
  runToEnd(): void {
    for (;;) {
      const ready = [...this.activations()].find(({ status }) => status === 'READY');
      const leased = [...this.activations()].find(({ status }) => status === 'LEASED');
      if (ready) {
        this.nowMs = Math.max(this.nowMs, ready.readyAtMs);
        this.run(ready.node);
      } else if (leased) {
        this.send({ kind: 'complete', task: this.taskOf(leased.node), output: '"late"' });
      } else {
        return;
      }
    }
  }

  private payloadOf(seq: number): string {
    const event = this.events[seq - 1];
    ok(event && 'payload' in event, `event ${seq} has no payload`);
    return event.payload;
  }

  private apply(changes: Changes): void {
    for (const record of changes.activations) {
      const before = this.activation(record.node, record.iteration);
      if (before && isFinal(before.status)) deepStrictEqual(record, before, 'E3: a final activation changed');
      this.records.putActivation(record);
    }
    for (const record of changes.joins) this.records.putJoin(record);
    if (changes.execution) this.records.execution = changes.execution;
    for (const event of changes.events) {
      equal(event.seq, this.events.length + 1, 'events are numbered without a gap');
      this.events.push(event);
      applyEvent(this.folded, JSON.parse(JSON.stringify(event)) as ExecutionEvent);
    }
  }

  /** E4: a task that is not the newest attempt, or whose activation is not leased, changes nothing. */
  private assertFenced(command: Command, decision: Decision): void {
    if (!('task' in command)) return;
    const record = this.activation(command.task.node, command.task.iteration);
    if (record?.status === 'LEASED' && record.nonce === command.task.nonce) return;
    equal(decision.changes, undefined, `E4: ${command.kind} with a foreign or ended task changed something`);
  }

  private assertInvariants(): void {
    deepStrictEqual(this.folded.comparable(), this.records.comparable(), 'E5: the fold of the events is not the state');
    const { execution } = this;
    if (!execution) return;
    const statuses = [...this.activations()].map(({ status }) => status);
    const open = statuses.filter((status) => !isFinal(status));
    equal(execution.open, open.length, 'E1: `open` is not the number of open activations');
    if (!isClosed(execution.status)) ok(open.length > 0, 'E2: work remains but nothing is open');
    if (execution.status === 'RUNNING') ok(!statuses.includes('PENDING'), 'a running execution parks nothing');
    if (isClosed(execution.status) || execution.status === 'PAUSED')
      ok(!statuses.includes('READY'), `READY while ${execution.status}`);
    if (execution.status === 'COMPLETED' || execution.status === 'CANCELLED')
      equal(open.length, 0, 'E2: closed with open work');
    this.assertFinalOnce();
    this.assertJoins();
  }

  private assertFinalOnce(): void {
    const ended = new Set<string>();
    for (const event of this.events) {
      if (!['node_completed', 'node_failed', 'node_skipped', 'node_cancelled'].includes(event.kind)) continue;
      ok('iteration' in event);
      const key = activationKey(event.node, event.iteration);
      ok(!ended.has(key), `activation ${key} ended twice`);
      ended.add(key);
    }
  }

  /** While nothing has failed: a node has an activation if and only if all its dependencies have settled. */
  private assertJoins(): void {
    if (this.status === 'FAILED' || this.status === 'CANCELLED') return;
    for (const node of this.workflow.nodes.values()) {
      const before = node.dependencies.map((id) => this.activation(id, 1)?.status);
      const settled = before.every((status) => status === 'COMPLETED' || status === 'SKIPPED');
      const record = this.activation(node.id, 1);
      equal(
        record !== undefined,
        settled,
        `node ${node.id} is ${record?.status ?? 'absent'} after ${before.join(', ')}`,
      );
      const taken = before.length === 0 || before.includes('COMPLETED');
      if (record && !taken)
        equal(record.status, 'SKIPPED', `node ${node.id} runs although nothing before it completed`);
    }
  }
}
