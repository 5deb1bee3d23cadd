/**
 * Claims of durable calls over one Execute stream per process: "here is the stored result", "somebody else holds it,
 * wait", or "you hold the lease, run it".
 */
import { isErrorCode, nexumError, type NexumError } from '../errors.js';
import type { NexumClient } from '../rpc/client.js';
import type { ExecuteFinished__Output } from '../rpc/generated/nexum/ExecuteFinished.js';
import type { ExecuteRequest } from '../rpc/generated/nexum/ExecuteRequest.js';
import type { ExecuteResponse__Output } from '../rpc/generated/nexum/ExecuteResponse.js';
import type { ExecuteStart } from '../rpc/generated/nexum/ExecuteStart.js';
import type { ExecuteStarted__Output } from '../rpc/generated/nexum/ExecuteStarted.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { ReconnectingStream } from '../rpc/reconnecting-stream.js';

/** Codes of a server that cannot answer just now: asked again, because the call is not at fault. */
const AGAIN: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'SERVER_STOPPING']);
const AGAIN_MS = 200;

export interface ClaimRequest {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly inputJson: string;
  readonly idempotencyKey: string;
  readonly workerId: string;
  readonly leaseMs: number;
}

export type Claim =
  | { readonly kind: 'run'; readonly task: PollResponse__Output }
  | { readonly kind: 'stored'; readonly outputJson: string };

interface Pending {
  readonly start: ExecuteStart;
  resolve(claim: Claim): void;
  reject(error: NexumError): void;
}

export class CallStream {
  private readonly starting = new Map<number, Pending>();
  private readonly waiting = new Map<string, Pending[]>();
  private stream: ReconnectingStream<ExecuteRequest, ExecuteResponse__Output> | undefined;
  private lastRef = 0;

  constructor(private readonly client: NexumClient) {}

  /** Resolves when the result is stored, or when this process holds the lease and must run the call. */
  claim(request: ClaimRequest): Promise<Claim> {
    return new Promise((resolve, reject) => {
      const { workerId, leaseMs, ...start } = request;
      this.lastRef += 1;
      const pending = {
        start: { ref: this.lastRef, request: start, claim: { workerId, leaseMs } },
        resolve,
        reject,
      };
      this.begin(pending);
    });
  }

  async close(): Promise<void> {
    await this.stream?.close();
  }

  private begin(pending: Pending): void {
    this.starting.set(Number(pending.start.ref), pending);
    if (this.stream) this.stream.send({ starts: [pending.start] });
    else
      this.stream = this.client.execute({
        onOpen: (send) => this.repeat(send),
        onMessage: (response) => this.receive(response),
      });
  }

  /** R1: starts are idempotent by their key, so everything that is unanswered is sent again. */
  private repeat(send: (request: ExecuteRequest) => void): void {
    send({
      starts: [...this.starting.values()].map((pending) => pending.start),
      watchExecutionIds: [...this.waiting.keys()],
    });
  }

  private receive(response: ExecuteResponse__Output): void {
    for (const started of response.started) this.onStarted(started);
    for (const finished of response.finished) this.onFinished(finished);
  }

  private onStarted(started: ExecuteStarted__Output): void {
    const pending = this.starting.get(started.ref);
    if (!pending) return;
    this.starting.delete(started.ref);
    if (AGAIN.has(started.code)) {
      setTimeout(() => this.begin(pending), AGAIN_MS).unref();
    } else if (started.code !== '') {
      pending.reject(nexumError(isErrorCode(started.code) ? started.code : 'INTERNAL', started.message));
    } else if (started.task) {
      pending.resolve({ kind: 'run', task: started.task });
    } else {
      this.waiting.set(started.executionId, [...(this.waiting.get(started.executionId) ?? []), pending]);
    }
  }

  private onFinished(finished: ExecuteFinished__Output): void {
    const list = this.waiting.get(finished.executionId) ?? [];
    this.waiting.delete(finished.executionId);
    for (const pending of list) {
      if (finished.status === 'COMPLETED') pending.resolve({ kind: 'stored', outputJson: finished.outputJson });
      // The holder failed or died: whoever asks first holds the lease now.
      else if (finished.status === 'READY') this.begin(pending);
      else
        pending.reject(
          nexumError('TOOL_FAILED', finished.message === '' ? `the call is ${finished.status}` : finished.message),
        );
    }
  }
}
