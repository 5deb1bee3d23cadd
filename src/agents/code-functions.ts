/** The tools of an agent as functions of the code that it writes. */
import { nexumError } from '../errors.js';
import type { ToolDefinition } from './models/chat.js';
import { FINAL_ANSWER } from './tools/answer-tool.js';

export interface CodeFunction {
  /** As the code calls it. */
  readonly name: string;
  readonly tool: string;
  readonly definition: ToolDefinition;
}

/** Names that mean something else in JavaScript, or in the sandbox. */
const TAKEN = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return static ' +
    'super switch this throw true try typeof var void while with yield async eval arguments undefined globalThis ' +
    `print console ${FINAL_ANSWER}`
  ).split(' '),
);

/**
 * Names each tool as JavaScript can: `fs/read-file` is `fs_read_file`.
 * @throws NexumError INVALID_WORKFLOW when two tools would have one name
 */
export function codeFunctions(definitions: readonly ToolDefinition[], node: string): readonly CodeFunction[] {
  const byName = new Map<string, CodeFunction>();
  for (const definition of definitions) {
    const plain = definition.name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');
    const name = TAKEN.has(plain) ? `${plain}_` : plain;
    const other = byName.get(name);
    if (other) {
      const message = `the agent of node ${node} writes code, in which its tools ${other.tool} and ${definition.name} would both be ${name}`;
      throw nexumError('INVALID_WORKFLOW', message, { node });
    }
    byName.set(name, { name, tool: definition.name, definition });
  }
  return [...byName.values()];
}
