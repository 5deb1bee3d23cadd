/** Where clients start executions and hear of their end, in batches over one stream. */
import { isClosed } from '../core/execution.js';
import { errorMessage, NexumError } from '../errors.js';
import type { Outcome } from './pending.js';
import type { CommitLoop } from './commit-loop.js';
import type { ExecuteFrame, ExecutePush, ExecuteSession } from './engine-port.js';
import type { Outbox } from './outbox.js';
import type { Queries } from './queries.js';
import type { QueueLimit } from './queue-limit.js';
import { alreadyApplied } from './submissions.js';
import { ExecuteClient, type Watchers } from './watchers.js';

export class ExecuteDesk {
  constructor(
    private readonly loop: CommitLoop,
    private readonly starts: QueueLimit,
    private readonly watchers: Watchers,
    private readonly queries: Queries,
    private readonly outbox: Outbox,
  ) {}

  open(sink: (push: ExecutePush) => void): ExecuteSession {
    const client = new ExecuteClient(sink);
    return {
      send: (frame) => this.receive(client, frame),
      close: () => this.watchers.removeClient(client),
    };
  }

  private receive(client: ExecuteClient, frame: ExecuteFrame): void {
    for (const executionId of frame.watchExecutionIds ?? []) this.watchEnd(client, executionId);
    for (const request of frame.starts ?? []) {
      this.starts.pushStart(request, (outcome) => this.answer(client, request.ref, outcome));
    }
  }

  /** Runs between the commit and the publication of its events: an end in this very commit is still heard. */
  private answer(client: ExecuteClient, ref: number, outcome: Outcome | Error): void {
    this.outbox.touch(client);
    if (outcome instanceof Error) {
      const code = outcome instanceof NexumError ? outcome.code : 'INTERNAL';
      client.addStarted({ ref, alreadyApplied: false, code, message: errorMessage(outcome) });
      return;
    }
    if (!outcome.reply.ok) {
      client.addStarted({ ref, alreadyApplied: false, code: outcome.reply.code, message: outcome.reply.message });
      return;
    }
    const { executionId, task, view } = outcome;
    client.addStarted({ ref, executionId, alreadyApplied: alreadyApplied(outcome), ...(task ? { task } : {}) });
    if (alreadyApplied(outcome) && view.execution && isClosed(view.execution.status))
      this.watchEnd(client, executionId);
    // Whoever holds the lease brings the end itself.
    else if (!task) this.watchers.watchEnd(executionId, client);
  }

  /** Tells the client of the end, which may have come already. */
  private watchEnd(client: ExecuteClient, executionId: string): void {
    this.watchers.watchEnd(executionId, client);
    this.loop.background(async () => {
      const finished = await this.queries.findFinished(executionId);
      if (!finished || !this.watchers.forget(executionId, client)) return;
      client.addFinished(finished);
      this.outbox.touch(client);
    });
  }
}
