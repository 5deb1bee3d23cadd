/** How a conversation begins: what was said in the graph, then the prompt; and where in it the question stands. */
import type { Json } from '../core/ir.js';
import { USER } from '../core/thread.js';
import { nexumError } from '../errors.js';
import type { HandlerMessage } from '../worker/handler.js';
import type { ChatMessage, UserMessage } from './models/chat.js';
import { isJsonObject } from './tools/observation.js';

/** @throws NexumError INVALID_WORKFLOW when nobody says anything */
export function openingMessages(task: {
  readonly node: string;
  readonly prompt: string;
  readonly messages?: readonly HandlerMessage[];
}): readonly UserMessage[] {
  const { node, prompt, messages } = task;
  const heard = (messages ?? []).map(({ source, content }): UserMessage => ({
    role: 'user',
    content,
    speaker: source,
  }));
  if (prompt.trim() !== '') return [...heard, { role: 'user', content: prompt }];
  if (heard.length > 0) return heard;
  const why =
    messages === undefined ? 'its prompt is empty' : 'it has no prompt, and nobody has said anything new to it';
  throw nexumError('INVALID_WORKFLOW', `nothing is asked of the agent of node ${node}: ${why}; give the node a prompt`);
}

/** The prompt; without one the newest words of the user, and without these what was said last. Never words of the loop. */
export function questionIn(messages: readonly ChatMessage[]): string {
  const answer = messages.findIndex(({ role }) => role === 'assistant');
  const opening = (answer === -1 ? messages : messages.slice(0, answer))
    .filter((message) => message.role === 'user')
    .filter(({ purpose }) => purpose === undefined);
  const prompt = opening.find(({ speaker }) => speaker === undefined);
  if (prompt) return prompt.content;
  const spoken = opening.findLast(({ speaker }) => speaker === USER) ?? opening.at(-1);
  return spoken === undefined ? '' : questionOfText(spoken.content);
}

/** Findings, and other outputs of their kind, say themselves which question they are about. */
function questionOfText(content: string): string {
  if (!content.startsWith('{')) return content;
  try {
    const value = JSON.parse(content) as Json;
    const question = isJsonObject(value) ? value['question'] : undefined;
    return typeof question === 'string' && question.trim() !== '' ? question : content;
  } catch {
    return content;
  }
}
