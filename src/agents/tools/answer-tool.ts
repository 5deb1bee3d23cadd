/** The tool with which a model gives its final answer, where an agent lists it: some models answer better so than in a text. */
import type { Json, JsonObject } from '../../core/ir.js';
import type { ToolDefinition } from '../models/chat.js';
import { isJsonObject } from './observation.js';

export const FINAL_ANSWER = 'final_answer';

/** @param schema of the answer */
export function answerTool(schema: JsonObject | undefined): ToolDefinition {
  const answer: JsonObject = schema === undefined ? { type: 'string' } : nested(schema);
  return {
    name: FINAL_ANSWER,
    description: 'Gives the final answer and ends the work. Call it alone, when everything else is done.',
    parameters: { type: 'object', properties: { answer }, required: ['answer'], additionalProperties: false },
  };
}

/** What such a call answers: its `answer`, or arguments of another shape as they are; undefined when they are no JSON. */
export function answerIn(args: string): Json | undefined {
  try {
    const value = JSON.parse(args) as Json;
    return isJsonObject(value) && value['answer'] !== undefined ? value['answer'] : value;
  } catch {
    return undefined;
  }
}

/** References are relative to the root of a schema: below another root they would lead nowhere. */
function nested(schema: JsonObject): JsonObject {
  const { $schema: _dialect, ...rest } = schema;
  return /"\$(?:ref|dynamicRef|id|defs)"/.test(JSON.stringify(rest)) ? {} : rest;
}
