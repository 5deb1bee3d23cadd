/** What a tool of an agent is. */
import type { JsonObject, ToolPower } from '../../core/ir.js';
import type { ToolDefinition } from '../models/chat.js';

/** What one run of a tool is given besides its arguments. */
export interface ToolRun {
  readonly signal: AbortSignal;
  /** The same over all attempts of this call. */
  readonly idempotencyKey: string;
}

export type { ToolPower } from '../../core/ir.js';

export interface AgentTool extends ToolDefinition {
  /** Absent: it reads what the user trusts, and changes nothing. */
  readonly powers?: readonly ToolPower[];
  /** How often equal calls of one activation run. Default: `memoize`. */
  readonly repeat?: 'memoize' | 'sequence';
  /** Runs with arguments that satisfy `parameters`. */
  run(args: JsonObject, run: ToolRun): Promise<JsonObject>;
}

/** The `parameters` of a tool that takes nothing else. */
export function objectOf(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}
