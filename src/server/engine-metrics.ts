/**
 * The metrics of one engine, beside it in its thread. Per batch it adds to plain numbers and observes two histograms;
 * everything else happens when somebody scrapes.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { EventKind } from '../core/event.js';
import { INTERNAL_PREFIX } from '../core/ids.js';
import type { CommittedBatch, EngineObserver } from '../engine/engine-observer.js';
import type { EngineGauges } from '../engine/engine-port.js';
import type { CountByKind } from '../store/store.js';
import { UsageMetrics } from './usage-metrics.js';

/** Durable calls are executions of their own, many per pipeline: under one label they would drown it. */
type Kind = 'pipeline' | 'call';
type Sources = Readonly<Record<string, EventKind>>;

const EXECUTIONS: Sources = {
  started: 'execution_started',
  completed: 'execution_completed',
  failed: 'execution_failed',
  cancelled: 'execution_cancelled',
};
const NODES: Sources = {
  completed: 'node_completed',
  failed: 'node_failed',
  skipped: 'node_skipped',
  cancelled: 'node_cancelled',
};
const ATTEMPTS: Sources = {
  completed: 'node_completed',
  failed: 'attempt_failed',
  lost: 'attempt_lost',
  released: 'attempt_released',
};
/** Powers of two up to the bound of a batch. */
const COMMAND_BUCKETS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
/** Seconds: an fsync takes 0.5 ms on a good disk, 10 ms on a bad one; seconds are an outage. */
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export class EngineMetrics implements EngineObserver {
  private readonly registry = new Registry();
  private readonly counts: Readonly<Record<Kind, Map<EventKind, number>>> = { pipeline: new Map(), call: new Map() };
  private readonly batchCommands: Histogram;
  private readonly commitDuration: Histogram;
  private readonly usage: UsageMetrics;
  private readonly setGauges: (gauges: EngineGauges) => void;

  constructor() {
    this.count('nexum_executions_total', 'Executions by what became of them.', 'outcome', EXECUTIONS);
    this.count('nexum_nodes_total', 'Nodes that have settled.', 'status', NODES);
    this.count('nexum_attempts_total', 'Attempts of nodes that have ended.', 'outcome', ATTEMPTS);
    const registers = [this.registry];
    this.batchCommands = new Histogram({
      name: 'nexum_batch_commands',
      help: 'Commands that shared one commit.',
      buckets: COMMAND_BUCKETS,
      registers,
    });
    this.commitDuration = new Histogram({
      name: 'nexum_commit_duration_seconds',
      help: 'Time of one batch from its begin until its commit had returned.',
      buckets: COMMIT_BUCKETS,
      registers,
    });
    this.usage = new UsageMetrics(this.registry);
    this.setGauges = createGauges(this.registry);
  }

  batchCommitted({ commands, durationMs, events, findExecution }: CommittedBatch): void {
    // Dispatch alone is a commit, but no batch of commands.
    if (commands > 0) this.batchCommands.observe(commands);
    this.commitDuration.observe(durationMs / 1000);
    for (const event of events) {
      const { executionId, kind } = event;
      if (event.kind === 'usage_reported') this.usage.count(event);
      const workflowId = findExecution(executionId)?.workflowId ?? '';
      const counts = this.counts[workflowId.startsWith(INTERNAL_PREFIX) ? 'call' : 'pipeline'];
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }

  /** Prometheus text. */
  text(gauges: EngineGauges): Promise<string> {
    this.setGauges(gauges);
    return this.registry.metrics();
  }

  /** A counter that takes its values from the counted events when it is scraped. */
  private count(name: string, help: string, label: string, sources: Sources): void {
    const fill = (counter: Counter): void => {
      counter.reset();
      for (const [kind, counts] of Object.entries(this.counts)) {
        for (const [value, event] of Object.entries(sources)) {
          counter.inc({ [label]: value, kind }, counts.get(event) ?? 0);
        }
      }
    };
    new Counter({
      name,
      help,
      labelNames: [label, 'kind'],
      registers: [this.registry],
      collect() {
        fill(this);
      },
    });
  }
}

function createGauges(registry: Registry): (gauges: EngineGauges) => void {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] });
  const executions = gauge('nexum_executions_active', 'Executions that have not ended.', ['status', 'kind']);
  const ready = gauge('nexum_ready_nodes', 'Nodes that wait for a worker and are due.', ['kind']);
  const leased = gauge('nexum_leased_nodes', 'Nodes that a worker holds.', ['kind']);
  const oldestReady = gauge('nexum_oldest_ready_seconds', 'How long the longest waiting node of a pipeline is due.');
  const oldestLease = gauge(
    'nexum_oldest_lease_seconds',
    'Since when the lease that ends first was not renewed; above the lease time nobody takes leases back.',
  );
  const waiting = gauge('nexum_waiting_nodes', 'Nodes that wait for something else than a worker.', ['waits_for']);
  const purged = counter('nexum_executions_purged_total', 'Executions that were deleted.');
  const refused = counter('nexum_starts_refused_total', 'Starts that were refused because too much waits for workers.');
  const workers = gauge('nexum_workers_attached', 'Workers attached to this server.');
  const credits = gauge('nexum_worker_credits', 'Tasks that the attached workers would take now.');
  const streams = gauge('nexum_streams', 'Open streams and waiting polls.', ['kind']);
  return ({ nowMs, store, ...engine }) => {
    for (const [status, count] of Object.entries(store.executions)) setKinds(executions, count, { status });
    setKinds(ready, store.ready);
    setKinds(leased, store.leased);
    oldestReady.set(ageSeconds(nowMs, store.oldestReadyAtMs));
    oldestLease.set(ageSeconds(nowMs, store.oldestLeaseAtMs));
    for (const [waitsFor, count] of Object.entries(store.waiting)) waiting.set({ waits_for: waitsFor }, count);
    setCounter(purged, engine.purged);
    setCounter(refused, engine.refusedStarts);
    workers.set(engine.workers);
    credits.set(engine.credits);
    for (const [kind, count] of Object.entries(engine.streams)) streams.set({ kind }, count);
  };
}

function setCounter(counter: Counter, total: number): void {
  counter.reset();
  counter.inc(total);
}

function setKinds(
  gauge: Gauge,
  { pipelines, calls }: CountByKind,
  labels: Readonly<Record<string, string>> = {},
): void {
  gauge.set({ ...labels, kind: 'pipeline' }, pipelines);
  gauge.set({ ...labels, kind: 'call' }, calls);
}

/** 0 without any; clocks of several servers may differ by a little. */
function ageSeconds(nowMs: number, sinceMs: number | undefined): number {
  return sinceMs === undefined ? 0 : Math.max(0, nowMs - sinceMs) / 1000;
}
