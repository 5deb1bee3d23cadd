/** How far an execution has come, folded from its events. */
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { errorText, readData, type EventData } from './event-data.js';
import { waitText } from './event-text.js';
import { formatDate } from './text-format.js';

export interface NodeProgress {
  readonly node: string;
  readonly iteration: number;
  /** Index of a map item. */
  readonly item?: number;
  readonly status: 'PENDING' | 'READY' | 'RUNNING' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
  readonly attempt: number;
  readonly worker?: string;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** The newest failure of an attempt. */
  readonly problem?: string;
  /** Of a WAITING node: timer, approval, signal, child, items, nodes. */
  readonly waitsFor?: string;
  /** The same for people, and until when; a map waits for its items. */
  readonly waits?: string;
  /** Of a map. */
  readonly items?: { readonly total: number; readonly completed: number; readonly failed: number };
}

interface Ref {
  readonly nodeId: string;
  readonly iteration: number;
  readonly item?: number | undefined;
}

/** Items that nothing opens again but a new `items_opened`; failed ones may come back. */
const GONE: ReadonlySet<NodeProgress['status']> = new Set(['COMPLETED', 'SKIPPED', 'CANCELLED']);
const PEOPLE: ReadonlySet<string | undefined> = new Set(['approval', 'child']);
/** A loop waits for its nodes, which say themselves what they wait for. */
const LOOP = 'nodes';

const OPEN: ReadonlySet<NodeProgress['status']> = new Set(['READY', 'RUNNING', 'WAITING']);

export class ExecutionProgress {
  /** In the order of the workflow; later iterations behind. */
  readonly nodes = new Map<string, NodeProgress>();
  status = 'RUNNING';
  /** PAUSED by this limit of a free graph. */
  pausedBy: string | undefined;
  lastSeq = 0;
  /** The newest event, or a retry that is due later: until then nobody has to do anything. */
  quietSinceMs = 0;
  /** The items of maps that are open now, or have failed. */
  private readonly items = new Map<string, NodeProgress>();

  constructor(nodes: Iterable<string>) {
    for (const node of nodes) this.nodes.set(key(node, 1), { node, iteration: 1, status: 'PENDING', attempt: 0 });
  }

  /** What is READY, map items included. */
  get waiting(): NodeProgress[] {
    return this.all('READY');
  }

  get running(): NodeProgress[] {
    return this.all('RUNNING');
  }

  /** Nothing runs or could run now, and all that is waited for may be people: here, or in a child; or at a limit. */
  get mayWaitForPeople(): boolean {
    if (this.status === 'PAUSED') return this.pausedBy !== undefined && this.running.length === 0;
    const open = [...this.nodes.values()].filter(({ status }) => OPEN.has(status));
    const inside = open.filter(({ waitsFor }) => waitsFor !== LOOP);
    const people = inside.every(({ status, waitsFor }) => status === 'WAITING' && PEOPLE.has(waitsFor));
    return this.status === 'RUNNING' && inside.length > 0 && people;
  }

  apply(event: Event__Output): void {
    const data = readData(event);
    this.lastSeq = event.seq;
    this.quietSinceMs = Math.max(this.quietSinceMs, event.atMs, data.retryAtMs ?? 0);
    const change = changeOf(event, data, this.nodes.get(key(event.nodeId, event.iteration)));
    const { item } = data;
    if (event.kind === 'items_opened') {
      for (let each = data.from ?? 0; each < (data.to ?? 0); each += 1) this.put({ ...event, item: each }, READY);
    } else if (change) this.put({ ...event, item }, change);
    else this.applyToExecution(event.kind, data);
    for (const ref of data.ready ?? []) this.put({ ...ref, nodeId: ref.node }, READY);
  }

  private all(status: NodeProgress['status']): NodeProgress[] {
    return [...this.nodes.values(), ...this.items.values()].filter((node) => node.status === status);
  }

  private applyToExecution(kind: string, { waiting, reason }: EventData): void {
    const status = {
      started: waiting ? 'WAITING' : 'RUNNING',
      admitted: 'RUNNING',
      paused: 'PAUSED',
      resumed: 'RUNNING',
      retried: 'RUNNING',
      completed: 'COMPLETED',
      failed: 'FAILED',
      cancelled: 'CANCELLED',
    };
    const [, word] = /^execution_(\w+)$/.exec(kind) ?? [];
    if (word === undefined || !Object.hasOwn(status, word)) return;
    this.status = status[word as keyof typeof status];
    this.pausedBy = word === 'paused' ? reason : undefined;
  }

  private put(ref: Ref, change: Partial<NodeProgress>): void {
    const { nodeId: node, iteration, item } = ref;
    const nodes = item === undefined ? this.nodes : this.items;
    const id = key(node, iteration, item);
    const before = nodes.get(id) ?? { node, iteration, status: 'PENDING', attempt: 0 };
    const after: NodeProgress = { ...before, ...(item === undefined ? {} : { item }), ...change };
    if (item === undefined || !GONE.has(after.status)) nodes.set(id, after);
    else nodes.delete(id);
    if (item !== undefined) this.count(ref, before.status, after.status);
  }

  /** An item has ended, or one that had failed is open again; its map knows how many have. */
  private count({ nodeId, iteration }: Ref, before: NodeProgress['status'], after: NodeProgress['status']): void {
    const completed = Number(after === 'COMPLETED');
    const failed = Number(after === 'FAILED') - Number(before === 'FAILED');
    const { items } = this.nodes.get(key(nodeId, iteration)) ?? {};
    if (!items || (completed === 0 && failed === 0)) return;
    const counted = { total: items.total, completed: items.completed + completed, failed: items.failed + failed };
    this.put({ nodeId, iteration }, { items: counted });
  }
}

const READY: Partial<NodeProgress> = { status: 'READY' };

/** What an event does to its node; undefined for events of the execution. */
function changeOf(
  event: Event__Output,
  data: EventData,
  before: NodeProgress | undefined,
): Partial<NodeProgress> | undefined {
  const { attempt, atMs } = event;
  switch (event.kind) {
    case 'node_leased':
      return { status: 'RUNNING', attempt, startedAtMs: atMs, worker: data.workerId ?? '' };
    case 'attempt_failed':
      return { status: 'READY', problem: errorText(data.error) };
    case 'attempt_lost':
      return { status: 'READY', problem: `lost (${data.reason ?? 'worker gone'})` };
    case 'attempt_released':
      return READY;
    case 'node_waiting':
      return {
        status: 'WAITING',
        waitsFor: data.waitsFor ?? '',
        waits: waitText(data, formatDate),
        startedAtMs: atMs,
      };
    case 'map_expanded':
      return {
        status: 'WAITING',
        waitsFor: 'items',
        startedAtMs: atMs,
        items: { total: data.total ?? 0, completed: 0, failed: 0 },
      };
    case 'round_started':
      return {
        status: 'WAITING',
        waitsFor: 'nodes',
        waits: `round ${data.round ?? 1}`,
        startedAtMs: before?.startedAtMs ?? atMs,
      };
    case 'node_completed':
      return { status: 'COMPLETED', endedAtMs: atMs };
    case 'node_skipped':
      return { status: 'SKIPPED', endedAtMs: atMs };
    case 'node_failed':
      return { status: 'FAILED', endedAtMs: atMs, problem: errorText(data.error) };
    case 'node_cancelled':
      return { status: 'CANCELLED', endedAtMs: atMs };
    case 'node_reopened':
      if (data.child !== undefined) return { status: 'WAITING', waitsFor: 'child', waits: `child ${data.child}` };
      return before?.items && data.item === undefined ? { status: 'WAITING', waitsFor: 'items' } : READY;
    default:
      return undefined;
  }
}

function key(node: string, iteration: number, item?: number): string {
  return `${node}#${iteration}#${item ?? ''}`;
}
