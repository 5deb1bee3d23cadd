/** The tools that agents can be given, by name, with what they can do: data for the compiler, which loads no tool. */
import type { ToolPower } from '../../core/ir.js';

/** Kept equal to the tools themselves by a test. */
export const AGENT_TOOLS = {
  search_documents: [],
  read_document: [],
  ask_human: [],
  final_answer: [],
  run_js: [],
  calculate: [],
  // The words of a query go to the engine that the operator chose, and to nobody else.
  web_search: ['reads_web'],
  wikipedia_search: ['reads_web'],
  // An address that the model writes can carry words to anybody.
  visit_webpage: ['reads_web', 'writes'],
  http_request: ['reads_web', 'writes'],
  read_file: ['holds_secrets'],
  write_file: ['writes'],
  run_shell: ['reads_web', 'holds_secrets', 'writes'],
} as const satisfies Readonly<Record<string, readonly ToolPower[]>>;

/** Every tool name that an agent may list, besides those of MCP servers; the compiler refuses others. */
export const AGENT_TOOL_NAMES: readonly string[] = Object.keys(AGENT_TOOLS);

export function powersOf(name: string): readonly ToolPower[] {
  const table: Readonly<Record<string, readonly ToolPower[]>> = AGENT_TOOLS;
  return Object.hasOwn(table, name) ? (table[name] ?? []) : [];
}
