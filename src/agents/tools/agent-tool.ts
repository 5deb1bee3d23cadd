/** What a tool of an agent is. */
import type { JsonObject } from '../../core/ir.js';
import type { ToolDefinition } from '../models/chat.js';

/** What one run of a tool is given besides its arguments. */
export interface ToolRun {
  readonly signal: AbortSignal;
  /** The same over all attempts of this call. */
  readonly idempotencyKey: string;
  readonly attempt: number;
}

/** What a tool can do that a stranger's text must not be able to make it do. */
export type ToolPower = 'reads_web' | 'writes';

export interface AgentTool extends ToolDefinition {
  /** Absent: it reads what the user trusts, and changes nothing. */
  readonly powers?: readonly ToolPower[];
  /** How often equal calls of one activation run. Default: `memoize`. */
  readonly repeat?: 'memoize' | 'sequence' | 'never';
  /** Runs with arguments that satisfy `parameters`. */
  run(args: JsonObject, run: ToolRun): Promise<JsonObject>;
}
