// A user's `--import ./otel.mjs`: an SDK that appends each ended span to the file named by SPANS, one JSON per line.
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const file = process.env['SPANS'];
const ms = ([seconds, nanoseconds]) => seconds * 1000 + nanoseconds / 1e6;

function line(span) {
  const { name, attributes, status, startTime, endTime, parentSpanContext } = span;
  const { traceId, spanId } = span.spanContext();
  const ids = { traceId, spanId, parentSpanId: parentSpanContext?.spanId };
  const where = { pid: process.pid, isMainThread };
  return JSON.stringify({ name, ...ids, attributes, status, startMs: ms(startTime), endMs: ms(endTime), ...where });
}

const exporter = {
  export(spans, done) {
    appendFileSync(file, spans.map((span) => `${line(span)}\n`).join(''));
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};
const storage = new AsyncLocalStorage();
context.setGlobalContextManager({
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, fn, self, ...args) => storage.run(active, () => fn.apply(self, args)),
  bind: (_context, target) => target,
  enable() {},
  disable() {},
});
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
appendFileSync(file, `${JSON.stringify({ name: 'loaded', pid: process.pid, isMainThread })}\n`);
