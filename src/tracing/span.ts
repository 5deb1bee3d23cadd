/**
 * Runs work inside a span, through the API of OpenTelemetry alone: without an SDK that the user registered nothing is
 * recorded. Other files here name the spans and their attributes; nobody else imports the API.
 */
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanKind,
} from '@opentelemetry/api';

const SCOPE = 'nexum-pipelines';
const UNSAMPLED: SpanContext = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: TraceFlags.NONE };

export interface SpanSketch {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Default: what is active. */
  readonly parent?: Context;
  /** Texts of errors may hold secrets here; the span of the durable call around it has them masked. */
  readonly codeOnly?: true;
}

/** False: no SDK was registered so far, and every span would be thrown away. */
export function isTracing(): boolean {
  // The API has no question for it. Its own tracer hands the parent back, an SDK mints an id; what is never ended is
  // never exported.
  const probe = trace.getTracer(SCOPE).startSpan('probe', {}, trace.setSpanContext(ROOT_CONTEXT, UNSAMPLED));
  return probe.spanContext().spanId !== UNSAMPLED.spanId;
}

export function startSpan({ name, kind, attributes, parent }: SpanSketch, startTime?: number): Span {
  return trace
    .getTracer(SCOPE)
    .startSpan(name, { kind, attributes, ...(startTime === undefined ? {} : { startTime }) }, parent);
}

/** Runs `work` with a span that is active while it runs; what it throws fails the span. */
export async function inSpan<T>(sketch: SpanSketch, work: (span: Span) => T | Promise<T>): Promise<T> {
  const span = startSpan(sketch);
  const active = trace.setSpan(sketch.parent ?? context.active(), span);
  try {
    return await context.with(active, () => work(span));
  } catch (error) {
    const code = codeOf(error);
    if (sketch.codeOnly) recordFailure(span, code, code);
    else recordFailure(span, code, error instanceof Error ? error : String(error));
    throw error;
  } finally {
    span.end();
  }
}

/** The span has failed: `error.type` is the code of the error, as the execution shows it. */
export function recordFailure(span: Span, code: string, error: Error | string): void {
  const message = typeof error === 'string' ? error : error.message;
  span.setAttribute('error.type', code);
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error ? error.name : '_OTHER';
}
