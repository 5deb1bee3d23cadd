/**
 * One execution in memory, driven through `decide` with a fake clock. After every command it checks the invariants of
 * src/core/execution.ts, so that each test that uses it tests them too.
 */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { ChildEnd, Command, Expressions, Reply } from '../../src/core/command.js';
import { applyEvent } from '../../src/core/apply-event.js';
import { decide } from '../../src/core/decide.js';
import type { Decision } from '../../src/core/decision.js';
import { hasConsequence, type EventKind, type ExecutionEvent } from '../../src/core/event.js';
import {
  refOf,
  type ActivationRecord,
  type ExecutionRecord,
  type ExecutionView,
  type JoinRecord,
  type NodeRef,
} from '../../src/core/execution.js';
import { formatExecutionId, type TaskRef } from '../../src/core/ids.js';
import type { IrNode, Json, NodeBehaviour, RetryPolicy, PipelineInfo } from '../../src/core/ir.js';
import type { Changes } from '../../src/core/transition.js';
import { buildWorkflow, routeTargets, type Workflow } from '../../src/core/workflow.js';
import { assertInvariants, assertReplaced } from './invariants.js';
import { Records } from './records.js';

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
  matches: (pattern, text) => new RegExp(pattern).test(text),
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

/** A node as the IR has it, its behaviour beside it. Type EFFECT unless it says another one. */
export interface NodeSketch
  extends NodeBehaviour, Partial<Pick<IrNode, 'type' | 'routes' | 'mapNodeId' | 'subWorkflowId' | 'delay_seconds'>> {
  readonly needs?: readonly string[];
}

/** The IR of these nodes; one that a worker executes gets the handler `h` if it names none. */
export function irOf(
  nodes: Readonly<Record<string, NodeSketch>>,
  output?: Json,
  pipeline: Partial<PipelineInfo> = {},
): string {
  const entries = Object.entries(nodes).map(([id, sketch]) => [id, nodeOf(sketch)]);
  const info = { name: 'test', inputs: {}, ...(output === undefined ? {} : { output }), ...pipeline };
  const described = output !== undefined || Object.keys(pipeline).length > 0;
  return JSON.stringify({ ...(described ? { pipeline: info } : {}), nodes: Object.fromEntries(entries) as unknown });
}

function nodeOf(sketch: NodeSketch): unknown {
  const { needs = [], type = 'EFFECT', routes, mapNodeId, subWorkflowId, delay_seconds, ...behaviour } = sketch;
  const { compute, router, approval, wait, child, loop } = behaviour;
  const isOwn = [compute, router, approval, wait, child, loop].some((word) => word !== undefined);
  const isTask = !isOwn && type !== 'TIMER' && type !== 'HUMAN_APPROVAL';
  return {
    type,
    dependencies: needs,
    routes,
    mapNodeId,
    subWorkflowId,
    delay_seconds,
    'x-nexum': { ...(isTask ? { handler: 'h' } : {}), ...behaviour },
  };
}

export class TestExecution implements ExecutionView {
  readonly events: ExecutionEvent[] = [];
  readonly records: Records;
  readonly folded: Records;
  nowMs = START_MS;
  random = 0;
  /** E1 to E5 look at everything: 1 checks them after every command. */
  checkEvery = 1;
  private nonces = 0;
  private children = 0;

  constructor(
    readonly workflow: Workflow,
    private readonly expressions: Expressions = stubExpressions,
  ) {
    this.records = new Records(workflow);
    this.folded = new Records(workflow);
  }

  static of(
    nodes: Readonly<Record<string, NodeSketch>>,
    output?: Json,
    pipeline: Partial<PipelineInfo> = {},
  ): TestExecution {
    return new TestExecution(buildWorkflow('w', 'sha256:v', irOf(nodes, output, pipeline)));
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

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.records.activation(node, iteration, item);
  }

  activations(): Iterable<ActivationRecord> {
    return this.records.activations();
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.records.join(target, group);
  }

  payload(seq: number): string {
    const event = this.events[seq - 1];
    ok(event && 'payload' in event, `event ${seq} has no payload`);
    return event.payload;
  }

  preload(seqs: readonly number[]): void {
    for (const seq of seqs) this.payload(seq);
  }

  output({ outputSeq }: ActivationRecord): string {
    return this.payload(outputSeq ?? 0);
  }

  /** Node -> status, of every node with a record; items as `node.index`. */
  nodes(): Record<string, string> {
    const name = ({ node, item }: ActivationRecord): string => (item === undefined ? node : `${node}.${item}`);
    return Object.fromEntries([...this.activations()].map((record) => [name(record), record.status]));
  }

  node(id: string, item?: number): ActivationRecord {
    const record = this.activation(id, 1, item);
    ok(record, `node ${id} has no activation`);
    return record;
  }

  /** Decides without applying anything. */
  decide(command: Command): Decision {
    const { nowMs, random, expressions } = this;
    return decide(this, command, { nowMs, random, expressions, mintExecutionId: () => this.mintExecutionId() });
  }

  /** Decides, applies, checks every invariant; returns the reply. */
  send(command: Command): Reply {
    const decision = this.decide(command);
    this.assertFenced(command, decision);
    if (decision.changes) this.apply(decision.changes);
    if (this.events.length % this.checkEvery === 0) this.assertInvariants();
    return decision.reply;
  }

  /** `send` for a command that must leave no trace at all; returns the code of the refusal, or `ok`. */
  sendWithoutEffect(command: Command): string {
    const decision = this.decide(command);
    equal(decision.changes, undefined, `${command.kind} must not change anything`);
    return decision.reply.ok ? 'ok' : decision.reply.code;
  }

  start(
    input = '{"n":1}',
    more: Partial<Omit<Command & { readonly kind: 'start' }, 'kind' | 'executionId' | 'input'>> = {},
  ): Reply {
    return this.send({ kind: 'start', executionId: EXECUTION_ID, input, ...more });
  }

  lease(node: string, leaseMs = 30_000, item?: number): TaskRef {
    this.nonces += 1;
    const nonce = `nonce-${this.nonces}`;
    const reply = this.send({ kind: 'lease', ...refOf({ node, iteration: 1, item }), workerId: 'w1', nonce, leaseMs });
    ok(reply.ok, `node ${node} could not be leased`);
    return this.taskOf(node, item);
  }

  /** The newest attempt of a node or item. */
  taskOf(node: string, item?: number): TaskRef {
    const record = this.node(node, item);
    return { executionId: record.executionId, ...refOf(record), attempt: record.attempt, nonce: record.nonce ?? '' };
  }

  /** Leases the node or item and completes it. */
  run(node: string, output = `"${node}"`, item?: number): Reply {
    return this.send({ kind: 'complete', task: this.lease(node, undefined, item), output });
  }

  fail(
    task: TaskRef,
    failure: { code?: string; message?: string; retryable?: boolean; retryAfterMs?: number } = {},
  ): Reply {
    const { code = 'HANDLER_FAILED', message = 'boom', retryable = true, ...rest } = failure;
    return this.send({ kind: 'fail', task, failure: { code, message, retryable, ...rest } });
  }

  reap(task: TaskRef, reason: 'lease_expired' | 'worker_disconnected' = 'worker_disconnected'): Reply {
    return this.send({ kind: 'reap', ...refOf(task), nonce: task.nonce, reason });
  }

  fire(node: string, item?: number): Reply {
    return this.send({ kind: 'fire', ...refOf({ node, iteration: 1, item }) });
  }

  signal(name: string, payload = 'null'): Reply {
    return this.send({ kind: 'signal', name, payload });
  }

  answer(node: string, approved = true, more: { approver?: string; comment?: string; form?: string } = {}): Reply {
    return this.send({ kind: 'answer', node, approved, approver: 'me', comment: '', ...more });
  }

  /** Ends the child of this node or item. */
  closeChild(node: string, end: ChildEnd = { status: 'COMPLETED', output: '"child"' }, item?: number): Reply {
    const record = this.node(node, item);
    return this.send({ kind: 'child_closed', ...refOf(record), child: record.detail?.child ?? '', end });
  }

  /** Does whatever is due until nothing is: leases and completes, fires, signals, answers; steps over delays. */
  runToEnd(): void {
    for (;;) {
      const records = [...this.activations()];
      const find = (status: ActivationRecord['status']): ActivationRecord | undefined =>
        records.find((record) => record.status === status && record.waitsFor !== 'items');
      const ready = find('READY');
      const leased = find('LEASED');
      const waiting = find('WAITING');
      if (ready) {
        this.nowMs = Math.max(this.nowMs, ready.readyAtMs);
        this.run(ready.node, this.resultOf(ready), ready.item);
      } else if (leased) {
        const task = this.taskOf(leased.node, leased.item);
        const reply = this.send({ kind: 'complete', task, output: this.resultOf(leased) });
        // In a closed execution no items and no child begin any more.
        if (!reply.ok) this.reap(task);
      } else if (waiting) {
        this.endWait(waiting);
      } else {
        return;
      }
    }
  }

  /** What a worker hands in for this kind of node. */
  resultOf({ node: id, item }: NodeRef): string {
    const node = this.workflow.nodes.get(id);
    if (item !== undefined || !node) return `"${id} ${item ?? ''}"`;
    switch (node.type) {
      case 'MAP':
        return '[1,2]';
      case 'ROUTER':
        return JSON.stringify({ routed_to: routeTargets(node.ir)[0] ?? null });
      case 'SUBWORKFLOW':
        return '{"subWorkflowId":"other","childInput":{}}';
      default:
        return `"${id}"`;
    }
  }

  private endWait({ node, item, waitsFor, readyAtMs, detail }: ActivationRecord): void {
    switch (waitsFor) {
      case 'timer':
        this.nowMs = Math.max(this.nowMs, readyAtMs);
        this.fire(node, item);
        break;
      case 'signal':
        this.signal(detail?.signal ?? '');
        break;
      case 'approval':
        this.answer(
          node,
          true,
          this.workflow.nodes.get(node)?.behaviour.approval?.approvers ? { approver: 'boss' } : {},
        );
        break;
      default:
        this.closeChild(node, undefined, item);
    }
  }

  private mintExecutionId(): string {
    this.children += 1;
    return formatExecutionId(START_MS, Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, this.children >> 8, this.children & 255]));
  }

  private apply(changes: Changes): void {
    const isRetry = changes.events.some(({ kind }) => kind === 'execution_retried');
    for (const record of changes.activations) {
      const before = this.activation(record.node, record.iteration, record.item);
      if (before) assertReplaced(before, record, isRetry);
      this.records.putActivation(record);
    }
    for (const record of changes.joins) this.records.putJoin(record);
    if (changes.execution) this.records.execution = changes.execution;
    const outbox: number[] = [];
    for (const event of changes.events) {
      equal(event.seq, this.events.length + 1, 'events are numbered without a gap');
      this.events.push(event);
      applyEvent(this.folded, JSON.parse(JSON.stringify(event)) as ExecutionEvent);
      if (hasConsequence(event, this.folded.execution)) outbox.push(event.seq);
    }
    deepStrictEqual(changes.outbox, outbox, 'the outbox is not what has to be done elsewhere');
  }

  /** E4: a task that is not the newest attempt, or whose activation is not leased, changes nothing. */
  private assertFenced(command: Command, decision: Decision): void {
    if (!('task' in command)) return;
    const { node, iteration, item, nonce } = command.task;
    const record = this.activation(node, iteration, item);
    if (record?.status === 'LEASED' && record.nonce === nonce) return;
    equal(decision.changes, undefined, `E4: ${command.kind} with a foreign or ended task changed something`);
  }

  assertInvariants(): void {
    deepStrictEqual(this.folded.comparable(), this.records.comparable(), 'E5: the fold of the events is not the state');
    assertInvariants(this.records, this.events);
  }
}
