/** The span of one attempt of a node, in the worker that executes it; active while the handler runs. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { executionContext } from './execution-span.js';
import { inSpan, recordFailure } from './span.js';

export interface AttemptSpan {
  readonly executionId: string;
  readonly workflowId: string;
  readonly nodeId: string;
  readonly iteration: number;
  readonly attempt: number;
  readonly workerId: string;
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string };

/** Runs the attempt, which returns its failure and does not throw it. */
export function traceAttempt<Result extends Outcome>(of: AttemptSpan, run: () => Promise<Result>): Promise<Result> {
  return inSpan(
    {
      name: `node ${of.nodeId}`,
      kind: SpanKind.INTERNAL,
      parent: executionContext(of.executionId),
      attributes: {
        'nexum.execution.id': of.executionId,
        'nexum.workflow.id': of.workflowId,
        'nexum.node.id': of.nodeId,
        'nexum.node.iteration': of.iteration,
        'nexum.node.attempt': of.attempt,
        'nexum.worker.id': of.workerId,
      },
    },
    async (span) => {
      const result = await run();
      if (result.ok) span.setStatus({ code: SpanStatusCode.OK });
      else recordFailure(span, result.code, result.message);
      return result;
    },
  );
}
