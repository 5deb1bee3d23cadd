/**
 * One trace per execution. Its id is the UUID of the execution, so servers and workers agree on it without telling each
 * other, today and after a crash. The API lets nobody choose the id of a span: what all spans of the execution name as
 * their parent is the second half of the UUID, a span that nobody records.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { recordFailure, startSpan } from './span.js';

const UUID = /^exec-([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;

export interface ClosedExecution {
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly failedNode?: string;
}

/** The parent of everything that belongs to this execution. */
export function executionContext(executionId: string): Context {
  const hex = UUID.exec(executionId)?.slice(1).join('');
  if (hex === undefined) return ROOT_CONTEXT;
  // Neither half can be zero, which would be invalid: the version and the variant of the UUID stand in them.
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: hex,
    spanId: hex.slice(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/** The span of a whole execution, recorded when its closing event is committed, with the times of its events. */
export function recordExecution(closed: ClosedExecution): void {
  const { executionId, workflowId, versionHash, status, startedAtMs, endedAtMs, error, failedNode } = closed;
  const span = startSpan(
    {
      name: `execution ${workflowId}`,
      kind: SpanKind.INTERNAL,
      parent: executionContext(executionId),
      attributes: {
        'nexum.execution.id': executionId,
        'nexum.execution.status': status,
        'nexum.workflow.id': workflowId,
        'nexum.workflow.version': versionHash,
        ...(failedNode === undefined ? {} : { 'nexum.node.id': failedNode }),
      },
    },
    startedAtMs,
  );
  if (error) recordFailure(span, error.code, error.message);
  else if (status === 'COMPLETED') span.setStatus({ code: SpanStatusCode.OK });
  span.end(endedAtMs);
}
