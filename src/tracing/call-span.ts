/** The span of one durable call: it waits for its claim, and runs the call unless the result is stored already. */
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './span.js';

/** Never the arguments or the result: they are the user's data. */
export function traceCall<T extends { readonly replayed: boolean }>(
  call: { readonly tool: string; readonly key: string },
  run: () => Promise<T>,
): Promise<T> {
  return inSpan(
    {
      name: `call ${call.tool}`,
      kind: SpanKind.INTERNAL,
      attributes: { 'nexum.call.tool': call.tool, 'nexum.call.key': call.key },
    },
    async (span) => {
      const result = await run();
      span.setAttribute('nexum.call.replayed', result.replayed);
      return result;
    },
  );
}
