/** How far an execution has come, folded from its events. */
import type { Event__Output } from '../rpc/generated/nexum/Event.js';

export interface NodeProgress {
  readonly node: string;
  readonly iteration: number;
  readonly status: 'PENDING' | 'READY' | 'RUNNING' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
  readonly attempt: number;
  readonly worker?: string;
  /** Of a WAITING node: timer, approval, signal, child, items. */
  readonly waitsFor?: string;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** The newest failure of an attempt. */
  readonly problem?: string;
}

interface EventData {
  readonly workerId?: string;
  readonly reason?: string;
  readonly retryAtMs?: number;
  readonly waitsFor?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly ready?: readonly { readonly node: string; readonly iteration: number }[];
}

const OPEN: ReadonlySet<NodeProgress['status']> = new Set(['READY', 'RUNNING', 'WAITING']);

export class ExecutionProgress {
  /** In the order of the workflow; later iterations behind. */
  readonly nodes = new Map<string, NodeProgress>();
  status = 'RUNNING';
  lastSeq = 0;
  /** The newest event, or a retry that is due later: until then nobody has to do anything. */
  quietSinceMs = 0;

  constructor(nodes: Iterable<string>) {
    for (const node of nodes) this.nodes.set(key(node, 1), { node, iteration: 1, status: 'PENDING', attempt: 0 });
  }

  get waiting(): NodeProgress[] {
    return [...this.nodes.values()].filter(({ status }) => status === 'READY');
  }

  get running(): NodeProgress[] {
    return [...this.nodes.values()].filter(({ status }) => status === 'RUNNING');
  }

  /** Nothing runs or could run now, and all that is waited for may be people: here, or in a child. */
  get mayWaitForPeople(): boolean {
    const open = [...this.nodes.values()].filter(({ status }) => OPEN.has(status));
    const people = open.every(({ waitsFor }) => waitsFor === 'approval' || waitsFor === 'child');
    return this.status === 'RUNNING' && open.length > 0 && people;
  }

  apply(event: Event__Output): void {
    const data = readData(event);
    this.lastSeq = event.seq;
    this.quietSinceMs = Math.max(this.quietSinceMs, event.atMs, data.retryAtMs ?? 0);
    const { attempt, atMs } = event;
    switch (event.kind) {
      case 'node_leased':
        this.put(event, { status: 'RUNNING', attempt, startedAtMs: atMs, worker: data.workerId ?? '' });
        break;
      case 'attempt_failed':
        this.put(event, { status: 'READY', problem: `${data.error?.code ?? ''}: ${data.error?.message ?? ''}` });
        break;
      case 'attempt_lost':
        this.put(event, { status: 'READY', problem: `lost (${data.reason ?? 'worker gone'})` });
        break;
      case 'attempt_released':
        this.put(event, { status: 'READY' });
        break;
      case 'node_waiting':
        this.put(event, { status: 'WAITING', waitsFor: data.waitsFor ?? '' });
        break;
      case 'map_expanded':
        this.put(event, { status: 'WAITING', waitsFor: 'items' });
        break;
      case 'node_reopened':
        this.put(event, { status: 'READY' });
        break;
      case 'node_completed':
        this.put(event, { status: 'COMPLETED', endedAtMs: atMs });
        break;
      case 'node_skipped':
        this.put(event, { status: 'SKIPPED', endedAtMs: atMs });
        break;
      case 'node_failed':
        this.put(event, {
          status: 'FAILED',
          endedAtMs: atMs,
          problem: `${data.error?.code ?? ''}: ${data.error?.message ?? ''}`,
        });
        break;
      case 'node_cancelled':
        this.put(event, { status: 'CANCELLED', endedAtMs: atMs });
        break;
      default:
        this.applyToExecution(event.kind);
    }
    for (const ref of data.ready ?? []) this.put({ nodeId: ref.node, iteration: ref.iteration }, { status: 'READY' });
  }

  private applyToExecution(kind: string): void {
    const status = {
      paused: 'PAUSED',
      resumed: 'RUNNING',
      retried: 'RUNNING',
      completed: 'COMPLETED',
      failed: 'FAILED',
      cancelled: 'CANCELLED',
    };
    const [, word] = /^execution_(\w+)$/.exec(kind) ?? [];
    if (word !== undefined && Object.hasOwn(status, word)) this.status = status[word as keyof typeof status];
  }

  private put(ref: { nodeId: string; iteration: number }, change: Partial<NodeProgress>): void {
    const { nodeId: node, iteration } = ref;
    const before = this.nodes.get(key(node, iteration)) ?? { node, iteration, status: 'PENDING', attempt: 0 };
    const { waitsFor, ...rest } = { ...before, ...change };
    const waiting = rest.status === 'WAITING' && waitsFor !== undefined;
    this.nodes.set(key(node, iteration), waiting ? { ...rest, waitsFor } : rest);
  }
}

export function readData(event: Event__Output): EventData {
  return event.dataJson === '' ? {} : (JSON.parse(event.dataJson) as EventData);
}

function key(node: string, iteration: number): string {
  return `${node}#${iteration}`;
}
