/** What the kinds of agents do differently: what the model is offered, and what becomes of its reply. */
import type { Json } from '../core/ir.js';
import type { AssistantMessage, ChatMessage, ToolDefinition } from './models/chat.js';
import type { Asked } from './recorded-reply.js';

export type Acted =
  /** The model goes on with what it hears of its calls. */
  | { readonly kind: 'acted'; readonly heard: readonly ChatMessage[]; readonly tools: readonly string[] }
  | {
      readonly kind: 'answered';
      readonly answer: Json;
      /** What it would hear of other calls beside the answer. */
      readonly heard: readonly ChatMessage[];
      /** What it hears when the answer is not accepted; `heard` is part of it. */
      refused(request: string): readonly ChatMessage[];
    };

export interface Acting {
  readonly asked: Extract<Asked, 'act' | 'code'>;
  /** Tools that the model may call by the means of its provider. */
  readonly offered: readonly ToolDefinition[];
  /** @param turn of the reply, from 1 */
  act(reply: AssistantMessage, turn: number, signal: AbortSignal): Promise<Acted>;
  close(): Promise<void>;
}

/** A reply that does nothing but answer. */
export function answeredBy(text: string): Extract<Acted, { kind: 'answered' }> {
  return {
    kind: 'answered',
    answer: text,
    heard: [],
    refused: (request) => [{ role: 'user', content: request, purpose: 'repair' }],
  };
}
