/**
 * Durable calls on a Nexum 0.2 server, with what its twelve calls offer: each call has a workflow of its own, whose id and
 * hash are made of the key; its result is the output of a COMPLETED execution of that workflow.
 *
 * N1  A committed result is found by every later caller, in any process.
 * N2  In one process a key has one attempt at a time. Between processes the lease of the server decides, which lasts 60 s
 *     without heartbeats and has no fence: a call that takes longer may run twice, and so may one that two processes ask for
 *     in the same moment.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { NexumError, nexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import { abortable } from './abortable.js';
import type { CallDesk, CallRequest, Claim, HeldCall } from './call-desk.js';

/** How often is asked whether another process has brought its result, in milliseconds: this server tells nobody. */
const LOOK_MS = 250;
/** Executions of one call: more than one only after failures. */
const MAX_EXECUTIONS = 20;
const NODE = 'call';

interface KeyWorkflow {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly irJson: string;
}

export class Nexum02Calls implements CallDesk {
  readonly keepsLeases = false;
  readonly #registered = new Map<string, Promise<unknown>>();
  /** N2: by key, until the attempt of this process has ended. */
  readonly #held = new Map<string, { readonly taskId: string; readonly over: Promise<void>; end(): void }>();

  constructor(
    private readonly client: NexumClient,
    private readonly workerId: string,
  ) {}

  // It has no stream that could be kept open.
  begin(): void {}
  end(): void {}

  async claim({ key, inputJson }: CallRequest, signal: AbortSignal): Promise<Claim> {
    const workflow = workflowOf(key);
    await this.#register(workflow);
    for (let polled = false; ; polled = true) {
      // N2: nobody else of this process looks, starts or polls for this key meanwhile.
      for (let other; (other = this.#held.get(key));) await abortable(other.over, signal);
      signal.throwIfAborted();
      const hold = this.#hold(key);
      try {
        const claim = await this.#look(workflow, key, inputJson);
        if (claim?.kind === 'run') hold.taskId = claim.held.taskId;
        if (claim) return claim;
      } finally {
        if (hold.taskId === '') hold.end();
      }
      // Another process is at it, or died less than a lease ago.
      if (polled) await abortable(pause(LOOK_MS, undefined, { signal }), signal);
    }
  }

  async complete({ taskId }: HeldCall, outputJson: string): Promise<void> {
    // In an object: a bare text that looks like JSON would come back as something else.
    const request = { taskId, outputJson: `{"result":${outputJson}}` };
    for (let done = false; !done;) {
      done = await this.client.call('CompleteTask', request, { waitForReady: true }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof NexumError) || !error.retryable) throw error;
          return false;
        },
      );
      if (!done) await pause(LOOK_MS);
    }
    this.#letGo(taskId);
  }

  /** Its leases are never heard to be lost. */
  isForgotten(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Its lease cannot be given back: the next caller gets it when it is over, if the server does not count it as failed. */
  async release(held: HeldCall): Promise<void> {
    await this.fail(held, 'CANCELLED', 'its caller stopped waiting');
  }

  async fail({ taskId }: HeldCall, _code: string, errorMessage: string): Promise<void> {
    await this.client.call('FailTask', { taskId, errorMessage }).catch(() => undefined);
    this.#letGo(taskId);
  }

  forget(): Promise<never> {
    return Promise.reject(unsupported('forgetting a call, or a ttl,'));
  }

  breakWith(): void {
    // Only an embedded server can break for good.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Undefined: somebody else is at it. */
  async #look(workflow: KeyWorkflow, key: string, inputJson: string): Promise<Claim | undefined> {
    const { workflowId, versionHash } = workflow;
    const { executions } = await this.client.call('ListExecutions', { workflowId, limit: MAX_EXECUTIONS });
    const stored = executions.find(({ status }) => status === 'COMPLETED');
    if (stored) return this.#read(stored.executionId, key);
    const isUnderWay = executions.some(({ status }) => status === 'RUNNING');
    if (!isUnderWay) await this.client.call('StartExecution', { workflowId, versionHash, inputJson });
    const { hasTask, taskId } = await this.client.call('PollTask', { workerId: this.workerId, versionHash });
    return hasTask ? { kind: 'run', held: { taskId, attempt: 1, leaseMs: 0 } } : undefined;
  }

  async #read(executionId: string, key: string): Promise<Claim> {
    const { completedNodesJson } = await this.client.call('GetStatus', { executionId });
    const outputs = JSON.parse(completedNodesJson) as Readonly<Record<string, unknown>>;
    // Some of its versions give outputs as texts.
    const output = typeof outputs[NODE] === 'string' ? (JSON.parse(outputs[NODE]) as unknown) : outputs[NODE];
    if (typeof output !== 'object' || output === null || !('result' in output))
      throw nexumError('INTERNAL', `execution ${executionId} holds no result of the call ${key}`);
    // How old it is this server does not say in terms of its own clock; calls with a ttl are refused before.
    return { kind: 'stored', executionId, outputJson: JSON.stringify(output.result), ageMs: 1 };
  }

  #hold(key: string): { taskId: string; end(): void } {
    const entry = { taskId: '', over: Promise.resolve(), end: (): void => undefined };
    entry.over = new Promise((resolve) => {
      entry.end = () => {
        if (this.#held.get(key) === entry) this.#held.delete(key);
        resolve();
      };
    });
    this.#held.set(key, entry);
    return entry;
  }

  #letGo(taskId: string): void {
    for (const entry of [...this.#held.values()]) if (entry.taskId === taskId) entry.end();
  }

  async #register(workflow: KeyWorkflow): Promise<void> {
    const { versionHash } = workflow;
    const registered = this.#registered.get(versionHash) ?? this.client.call('RegisterWorkflow', { ...workflow });
    this.#registered.set(versionHash, registered);
    try {
      await registered;
    } catch (error) {
      this.#registered.delete(versionHash);
      throw error;
    }
  }
}

/** @param what is wanted, as the subject of a sentence */
export function unsupported(what: string): NexumError {
  const cure = 'Nexum 0.2 has no such call: start `nexum server`';
  return nexumError('UNSUPPORTED_SERVER', `${what} needs the capability \`calls\`; ${cure}`, { capability: 'calls' });
}

/** Nexum 0.2 hands out tasks by hash alone, so the key is part of the IR. */
function workflowOf(key: string): KeyWorkflow {
  const irJson = JSON.stringify({
    pipeline: { name: 'nexum.call', key },
    nodes: { [NODE]: { type: 'EFFECT', dependencies: [] } },
  });
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  return { workflowId: `nexum.call.${hash(key)}`, versionHash: `sha256:${hash(irJson)}`, irJson };
}
