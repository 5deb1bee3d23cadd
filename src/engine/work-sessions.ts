/**
 * The workers that are attached now, and who gets the next task. Volatile: after a crash workers attach again.
 *
 * Owns: credits and routing. Does not own leases (the store does): a session that vanishes loses nothing but its place.
 */
import type { ActivationRecord } from '../core/execution.js';
import { splitDispatchKey } from '../core/ids.js';
import type { PeerWorker } from '../store/store.js';
import type { Task, TaskAnswer, WorkHello, WorkPush } from './engine-port.js';

export class AttachedWorker {
  credits = 0;
  open = true;
  /** False until the leases of an earlier connection were looked through: a task before that would be taken for one. */
  admitted = false;
  /** The other servers know of it. */
  announced = false;
  private tasks: Task[] = [];
  private answers: TaskAnswer[] = [];
  private stops: string[] = [];
  private idle = false;

  constructor(
    readonly hello: WorkHello,
    /** Tells this connection from another one of the same worker, at whatever server. */
    readonly sessionId: string,
    private readonly attachedAtMs: number,
    private readonly sink: (push: WorkPush) => void,
  ) {}

  /** As people and the other servers see it: handlers without the queue that their tasks wait in. */
  get info(): PeerWorker {
    const { workerId, filter } = this.hello;
    const keys = 'handlers' in filter ? filter.handlers.map(splitDispatchKey) : [];
    const queue = keys.find((key) => key.queue !== undefined)?.queue;
    return {
      workerId,
      handlers: [...new Set(keys.map(({ handler }) => handler))],
      ...(queue === undefined ? {} : { queue }),
      attachedAtMs: this.attachedAtMs,
      credits: this.credits,
    };
  }

  addTask(task: Task): void {
    this.tasks.push(task);
  }

  addAnswer(answer: TaskAnswer): void {
    this.answers.push(answer);
  }

  addStop(taskId: string): void {
    this.stops.push(taskId);
  }

  /** No credit is left, and nothing is under way: the next push says so. */
  withdraw(): void {
    this.credits = 0;
    this.idle = true;
  }

  /** Hands over everything gathered since the last push, in one push. */
  flush(): void {
    if (this.tasks.length + this.answers.length + this.stops.length === 0 && !this.idle) return;
    const push = { tasks: this.tasks, answers: this.answers, stops: this.stops, idle: this.idle };
    this.idle = false;
    this.tasks = [];
    this.answers = [];
    this.stops = [];
    if (this.open) this.sink(push);
  }
}

/** A place where tasks wait: one handler, or one version that old clients poll. */
export type QueueKey = `handler:${string}` | `version:${string}`;

export function queueKeys(activation: Pick<ActivationRecord, 'handler' | 'versionHash'>): QueueKey[] {
  const version: QueueKey = `version:${activation.versionHash}`;
  return activation.handler === undefined ? [version] : [`handler:${activation.handler}`, version];
}

/** What a search of this queue asks the store. */
export function readyFilter(key: QueueKey): { handler: string } | { versionHash: string } {
  return key.startsWith('handler:') ? { handler: key.slice(8) } : { versionHash: key.slice(8) };
}

export class WorkSessions {
  private readonly queues = new Map<QueueKey, AttachedWorker[]>();
  private readonly byWorkerId = new Map<string, AttachedWorker>();

  attach(worker: AttachedWorker): void {
    const { workerId, poll } = worker.hello;
    if (poll !== true) this.byWorkerId.set(workerId, worker);
    for (const key of keysOf(worker.hello)) this.queues.set(key, [...(this.queues.get(key) ?? []), worker]);
  }

  detach(worker: AttachedWorker): void {
    worker.open = false;
    if (this.byWorkerId.get(worker.hello.workerId) === worker) this.byWorkerId.delete(worker.hello.workerId);
    for (const key of keysOf(worker.hello)) {
      const rest = (this.queues.get(key) ?? []).filter((other) => other !== worker);
      if (rest.length > 0) this.queues.set(key, rest);
      else this.queues.delete(key);
    }
  }

  /** Without polls. */
  get workers(): Iterable<AttachedWorker> {
    return this.byWorkerId.values();
  }

  /** Polls are not counted: they are gone with their answer. */
  get load(): { workers: number; credits: number } {
    let credits = 0;
    for (const worker of this.byWorkerId.values()) credits += worker.credits;
    return { workers: this.byWorkerId.size, credits };
  }

  find(workerId: string): AttachedWorker | undefined {
    return this.byWorkerId.get(workerId);
  }

  /** The attached worker with the most credits left that may take this activation: load balances itself. */
  pick(activation: Pick<ActivationRecord, 'handler' | 'versionHash'>): AttachedWorker | undefined {
    let best: AttachedWorker | undefined;
    for (const key of queueKeys(activation)) {
      for (const worker of this.queues.get(key) ?? []) {
        if (worker.credits > (best?.credits ?? 0)) best = worker;
      }
    }
    return best;
  }

  /** Queues that somebody with credits left listens to, with the sum of those credits. */
  *hungry(): Generator<[QueueKey, number], void> {
    for (const [key, workers] of this.queues) {
      const credits = workers.reduce((sum, worker) => sum + worker.credits, 0);
      if (credits > 0) yield [key, credits];
    }
  }
}

function keysOf(hello: WorkHello): QueueKey[] {
  if ('versionHash' in hello.filter) return [`version:${hello.filter.versionHash}`];
  return hello.filter.handlers.map((handler): QueueKey => `handler:${handler}`);
}
