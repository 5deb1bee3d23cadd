/** What the loop commits: the replies of models with what they heard, and a few calls of its own. */
import type { ChatMessage, ModelReply, Usage } from './models/chat.js';

/**
 * What a model was asked for: a plan, tool calls or an answer (`act`), code or an answer (`code`), an answer only
 * (`answer`), or an answer because the steps are used up (`best_effort`).
 */
export type Asked = 'plan' | 'act' | 'code' | 'answer' | 'best_effort';

export type RecordedReply = ModelReply & {
  /** Hex sha256 of what was asked. */
  readonly request: string;
  /** Absent in records of older releases, as the rest below. */
  readonly asked?: Asked;
  /** The messages since the reply before; in the first record the system prompt and the task. */
  readonly heard?: readonly ChatMessage[];
  /** Milliseconds that the call took. */
  readonly ms?: number;
  /** What the replies had used that were forgotten for this one. */
  readonly forgotten?: readonly Usage[];
};

/** When the agent began: the clock of its code. */
export const CLOCK_CALL = 'agent:clock';
/** What its code gave as final answer, by the conversation and the request that the code answered. */
export const ANSWER_CALL = 'agent:final_answer';
/** Whether what an answer quotes stands in the documents: they may change, the verdict may not. */
export const CITATIONS_CALL = 'agent:citations';

/** Part of the arguments of every call of an agent that another one has asked. */
export function inScope(scope: string | undefined): { readonly agent?: string } {
  return scope === undefined ? {} : { agent: scope };
}
