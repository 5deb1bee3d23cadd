/** One execution of a random graph beside its oracle: every event is compared, and after every command the whole state. */
import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { Command, Expressions, Reply } from '../../src/core/command.js';
import type { ExecutionEvent } from '../../src/core/event.js';
import {
  isClosed,
  isFinal,
  type ActivationRecord,
  type NodeRef,
  type UnsatisfiedJoin,
} from '../../src/core/execution.js';
import type { TaskRef } from '../../src/core/ids.js';
import type { Json } from '../../src/core/ir.js';
import { readOf } from '../../src/core/reads.js';
import { heardBy } from '../../src/core/thread.js';
import { buildWorkflow } from '../../src/core/workflow.js';
import { EXECUTION_ID, stubExpressions, TestExecution } from './engine-execution.js';
import { refold } from './refold.js';
import { GraphOracle, type OpenActivation } from './graph-oracle.js';
import { graphIr, type GraphSketch } from './random-graphs.js';

const LEASE_MS = 1000;
/** The oracle looks after each command; the rest costs several times as much. */
const CHECK_EVERY = 5;

export interface SentCompletion {
  readonly task: TaskRef;
  readonly output: string;
  readonly conditions: Readonly<Record<number, boolean>>;
}

export class GraphRun {
  execution: TestExecution;
  readonly oracle: GraphOracle;
  /** Every attempt there was. */
  readonly tasks: TaskRef[] = [];
  readonly completions: SentCompletion[] = [];
  /** What the engine read when it computed a node, by activation. */
  private readonly readings = new Map<string, Readonly<Record<string, Json>>>();
  /** What happened, beyond the kinds of events: a guard against tests that pass because they reach nothing. */
  readonly reached = new Set<string>();
  private heard = 0;
  private ended = false;

  constructor(private readonly sketch: GraphSketch) {
    this.oracle = new GraphOracle({ ...sketch.graph, edges: sketch.edges });
    this.execution = this.blank();
    this.send({ kind: 'start', executionId: EXECUTION_ID, input: '{}' });
  }

  /** Sends the command; everything that follows is what the oracle says. */
  send(command: Command): Reply {
    this.beforeCommand(command);
    const reply = this.execution.send(command);
    for (const event of this.execution.events.slice(this.heard)) this.follow(event);
    this.heard = this.execution.events.length;
    this.compare();
    return reply;
  }

  lease(record: ActivationRecord): TaskRef {
    const { node, iteration } = record;
    const nonce = `fence-${this.tasks.length}`;
    ok(this.send({ kind: 'lease', node, iteration, workerId: 'w', nonce, leaseMs: LEASE_MS }).ok, 'not leased');
    const task = { executionId: EXECUTION_ID, node, iteration, attempt: record.attempt + 1, nonce };
    this.tasks.push(task);
    return task;
  }

  /** The completion that its worker sends for this attempt. */
  completionOf(task: TaskRef): SentCompletion {
    const { node, iteration } = task;
    const output = JSON.stringify(this.outputOf(node, iteration));
    const asked = (this.sketch.edges[node] ?? []).flatMap(({ when }, position) =>
      when && 'handler' in when ? [[position, answerOf(iteration, position)]] : [],
    );
    return { task, output, conditions: Object.fromEntries(asked) as Record<number, boolean> };
  }

  complete(task: TaskRef): Reply {
    const completion = this.completionOf(task);
    const reply = this.send({ kind: 'complete', ...completion });
    this.completions.push(completion);
    return reply;
  }

  /** Everything in memory is gone; what was stored is its history. */
  restart(): void {
    this.execution = refold(this.execution, this.blank());
    this.compare();
  }

  records(status: ActivationRecord['status']): ActivationRecord[] {
    return [...this.execution.activations()].filter((record) => record.status === status);
  }

  leasedTasks(): TaskRef[] {
    return this.records('LEASED').map(({ node, iteration, attempt, nonce = '' }) => {
      return { executionId: EXECUTION_ID, node, iteration, attempt, nonce };
    });
  }

  get isOver(): boolean {
    return isClosed(this.oracle.status);
  }

  private blank(): TestExecution {
    const expressions: Expressions = {
      ...stubExpressions,
      renderTemplate: (template, scope) => {
        if (template === this.sketch.graph.task) return template;
        const { says: node } = template as { says: string };
        const iteration = scope.iteration ?? 0;
        if (this.sketch.broken && iteration === 3) throw new Error('no such value');
        const outputs = Object.entries(scope.nodes).map(([name, { output }]) => [name, output]);
        this.readings.set(`${node}#${iteration}`, Object.fromEntries(outputs) as Record<string, Json>);
        return this.outputOf(node, iteration);
      },
    };
    const execution = new TestExecution(buildWorkflow('w', 'sha256:v', graphIr(this.sketch)), expressions);
    execution.checkEvery = CHECK_EVERY;
    return execution;
  }

  private outputOf(node: string, iteration: number): Json {
    const outputs = this.sketch.outputs[node] ?? [];
    return outputs[(iteration - 1) % outputs.length] ?? null;
  }

  private beforeCommand(command: Command): void {
    const wasPaused = this.oracle.status === 'PAUSED';
    if (command.kind === 'pause' && !this.isOver) this.oracle.pause();
    if (command.kind === 'resume' && wasPaused) this.oracle.resume();
    if (command.kind === 'cancel' && !this.isOver) this.oracle.cancelAll();
    if (command.kind === 'retry' && this.oracle.status === 'FAILED') this.oracle.retry();
  }

  private follow(event: ExecutionEvent): void {
    ok(
      !this.ended ||
        this.oracle.status === 'RUNNING' ||
        this.oracle.status === 'FAILED' ||
        event.kind === 'execution_cancelled',
      `${event.kind} after the end`,
    );
    const { oracle } = this;
    const key = 'node' in event ? `${event.node ?? ''}#${'iteration' in event ? event.iteration : ''}` : '';
    switch (event.kind) {
      case 'message_added':
        if (oracle.thread.length > 0) oracle.message(event.seq);
        else deepStrictEqual(namesOf(event.ready), oracle.begin(event.seq), 'the entries');
        return;
      case 'node_leased':
        oracle.lease(key);
        this.compareHeard(event);
        return;
      case 'node_waiting':
        oracle.wait(key);
        return;
      case 'attempt_failed':
      case 'attempt_lost':
      case 'attempt_released':
        oracle.lose(key);
        return;
      case 'node_failed':
        oracle.fail(key);
        return;
      case 'node_completed':
        this.followCommit(event);
        return;
      case 'wave_started':
        deepStrictEqual(namesOf(event.ready), oracle.startWave(event.seq), 'the wave');
        return;
      case 'edges_fired': {
        const { fired, opened } = oracle.tellLate(key, event.seq);
        deepStrictEqual([event.fired, namesOf(event.ready)], [fired, opened], `what ${key} fired late`);
        return;
      }
      case 'execution_paused':
        equal(event.reason, oracle.pausedBy, 'the reason of the pause');
        this.reached.add(`paused by ${event.reason ?? 'somebody'}`);
        return;
      case 'execution_completed':
        this.ended = true;
        this.reached.add(event.stoppedBy ? 'stop condition' : event.unsatisfied ? 'unsatisfied joins' : 'complete');
        equal(event.stoppedBy && nameOf(event.stoppedBy), oracle.stoppedBy, 'who stopped it');
        deepStrictEqual(
          sorted(event.unsatisfied ?? []),
          sorted(oracle.stoppedBy === undefined ? oracle.unsatisfied : []),
          'joins that never fire',
        );
        return;
      default:
    }
  }

  private followCommit(event: ExecutionEvent & { readonly kind: 'node_completed' }): void {
    const { node, iteration, seq, payload } = event;
    const key = nameOf(event);
    const kind = this.sketch.kinds[node];
    if (kind !== 'timer') equal(payload, JSON.stringify(this.outputOf(node, iteration)), `the output of ${key}`);
    if (kind === 'compute') this.compareReading(key);
    const answers = this.completionOf({ executionId: EXECUTION_ID, node, iteration, attempt: 0, nonce: '' }).conditions;
    const isLate = this.oracle.status === 'FAILED';
    const { fired, met, opened } = this.oracle.commit({ node, iteration, seq, output: payload, answers });
    deepStrictEqual(event.fired ?? [], fired, `the edges that ${key} fired`);
    deepStrictEqual(namesOf(event.ready), opened, `what ${key} activated`);
    deepStrictEqual(event.met ?? [], met, `what ${key} met`);
    equal(event.late ?? false, isLate, `${key} is late`);
  }

  private compareReading(key: string): void {
    const one = this.oracle.open.get(key);
    ok(one, `${key} is not open`);
    for (const [name, output] of Object.entries(this.readings.get(key) ?? {}))
      equal(JSON.stringify(output), this.oracle.readBy(one, name) ?? 'null', `what ${key} reads of ${name}`);
  }

  /** What the worker of this attempt is told. */
  private compareHeard(ref: NodeRef): void {
    const { execution } = this;
    const one = this.oracle.open.get(nameOf(ref));
    ok(one, `${nameOf(ref)} is not open`);
    const heard = heardBy(execution, ref).map(({ seq }) => seq);
    deepStrictEqual(heard, this.oracle.heardBy(one), `what ${nameOf(ref)} hears`);
    for (const id of execution.workflow.nodes.get(ref.node)?.reads ?? []) {
      const read = readOf(execution, ref, id);
      equal(read && execution.output(read), this.oracle.readBy(one, id), `what ${nameOf(ref)} reads of ${id}`);
    }
  }

  private compare(): void {
    const { execution, oracle } = this;
    const { status, extra, open } = execution.execution ?? {};
    const graph = extra?.graph;
    ok(graph, 'no progress of the graph');
    equal(status, oracle.status, 'the status');
    equal(oracle.waveIsDue && !this.isOver, false, 'a wave is due, and did not start');
    if (!this.isOver) {
      equal(graph.pausedBy, oracle.pausedBy, 'the limit that paused it');
      deepStrictEqual(graph.next ?? [], oracle.next, 'what the wave activated');
      ok((open ?? 0) > 0, 'nothing is open');
      deepStrictEqual(oracle.untold, [], 'commits that nobody was told of');
    }
    deepStrictEqual(
      { turns: graph.turns, messages: graph.messages, totalTurns: graph.totalTurns },
      { turns: oracle.turns, messages: oracle.messages, totalTurns: oracle.totalTurns },
      'the counts',
    );
    this.compareOpen();
    for (const [group, times] of oracle.activatedBy) if (times > 1) this.reached.add(this.kindOf(group));
    if (isClosed(oracle.status)) return;
    for (const { node, group } of oracle.groups) {
      const size = execution.workflow.nodes.get(node)?.groups.get(group)?.size ?? 0;
      const counted = execution.join(node, group)?.remaining ?? size;
      if (size > 1) equal(counted, oracle.counter(node, group), `group ${group} of ${node}`);
    }
  }

  private kindOf(group: string): string {
    const [node = '', name = ''] = group.split('/');
    const isAll = this.oracle.groups.some((one) => one.node === node && one.group === name);
    if (this.oracle.sizeOf(node, name) < 2) return 'an edge again';
    return `${this.sketch.graph.scheduling}: ${isAll ? 'all' : 'any'} again`;
  }

  private compareOpen(): void {
    const records = [...this.execution.activations()].filter(({ status }) => !isFinal(status));
    const { oracle } = this;
    deepStrictEqual(records.map(nameOf).sort(), [...oracle.open.keys()].sort(), 'what is open');
    for (const record of records) {
      const one = oracle.open.get(nameOf(record));
      ok(one, 'not open');
      equal(record.status, statusOf(one, oracle), `the status of ${nameOf(record)}`);
      const { seq, after } = record.detail?.activated ?? {};
      deepStrictEqual({ seq, after }, { seq: one.seq, after: one.after }, `what ${nameOf(record)} hears`);
    }
    if (oracle.status === 'RUNNING')
      ok(
        records.some(({ status }) => status !== 'PENDING'),
        'nothing is ready',
      );
  }
}

function statusOf({ leased, waits }: OpenActivation, { status }: GraphOracle): string {
  if (leased) return 'LEASED';
  if (waits) return 'WAITING';
  return status === 'PAUSED' ? 'PENDING' : 'READY';
}

/** What the handler of a condition says. */
function answerOf(iteration: number, position: number): boolean {
  return (iteration + position) % 2 === 0;
}

function nameOf({ node, iteration }: NodeRef): string {
  return `${node}#${iteration}`;
}

function sorted(joins: readonly UnsatisfiedJoin[]): UnsatisfiedJoin[] {
  return [...joins].sort((a, b) => (`${a.node}/${a.group}` < `${b.node}/${b.group}` ? -1 : 1));
}

function namesOf(refs: readonly NodeRef[]): string[] {
  return refs.map(nameOf);
}
