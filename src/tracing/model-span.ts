/**
 * Spans of requests to models and of tools that run for them, named by the semantic conventions of OpenTelemetry for
 * generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/). They exist only where something ran: a replayed
 * call asks no model and costs no tokens. Never prompts, arguments or answers.
 */
import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './span.js';

interface Reply {
  /** The model that answered, as the provider names it. */
  readonly model?: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** @param id `provider/model` */
export function traceChat<T extends Reply>(id: string, ask: () => Promise<T>): Promise<T> {
  const slash = id.indexOf('/');
  const model = id.slice(slash + 1);
  return inSpan(
    {
      name: `chat ${model}`,
      kind: SpanKind.CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': slash === -1 ? id : id.slice(0, slash),
        'gen_ai.request.model': model,
      },
      codeOnly: true,
    },
    async (span) => {
      const reply = await ask();
      const { inputTokens, outputTokens } = reply.usage;
      if (reply.model !== undefined) span.setAttribute('gen_ai.response.model', reply.model);
      // 0 stands for "the provider did not say" as well; a sum over spans is the same without it.
      if (inputTokens > 0) span.setAttribute('gen_ai.usage.input_tokens', inputTokens);
      if (outputTokens > 0) span.setAttribute('gen_ai.usage.output_tokens', outputTokens);
      return reply;
    },
  );
}

export function traceTool<T>(tool: string, run: () => Promise<T>): Promise<T> {
  return inSpan(
    {
      name: `execute_tool ${tool}`,
      kind: SpanKind.INTERNAL,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool, 'gen_ai.tool.type': 'function' },
      codeOnly: true,
    },
    run,
  );
}
