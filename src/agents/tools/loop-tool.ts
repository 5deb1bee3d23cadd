/** A tool that the loop itself brings. What it does are durable calls of its own, so no durable call is around it. */
import type { Json, JsonObject } from '../../core/ir.js';
import type { ToolDefinition } from '../models/chat.js';

export interface LoopTool extends ToolDefinition {
  /** @throws NexumError TOOL_FAILED for what is text for the model */
  runInLoop(args: JsonObject, signal: AbortSignal): Promise<Json>;
  /** How a model is told the result. Default: as data that was fetched. */
  render?(result: Json): string;
}

export function isLoopTool(tool: ToolDefinition): tool is LoopTool {
  return 'runInLoop' in tool;
}
