/** What the agent of `nexum agent` works with: its tools, and what checks its citations. */
import type { AgentTask } from '../../agents/agent-task.js';
import { citationProblems } from '../../agents/citation-check.js';
import { READ_DOCUMENT, SEARCH_DOCUMENTS } from '../../agents/tools/document-tools.js';
import { Toolbox } from '../../agents/tools/toolbox.js';
import { DocumentLibrary } from '../../handlers/document-library.js';

export { AGENT_TOOL_NAMES as KNOWN_TOOLS } from '../../agents/tools/tool-names.js';

/** Without `--tools`: they read the documents folder, and nothing else. */
export const USUAL_TOOLS: readonly string[] = [SEARCH_DOCUMENTS, READ_DOCUMENT];

export function needsDocuments(names: readonly string[]): boolean {
  return names.some((name) => USUAL_TOOLS.includes(name));
}

/** The part of an agent's task that says what it can do. */
export type Equipment = Pick<AgentTask, 'spec' | 'tools' | 'docs' | 'citations'>;

/** @throws NexumError UNKNOWN_TOOL */
export async function equip(
  { spec, docs, env }: Pick<AgentTask, 'spec' | 'docs'> & { readonly env: NodeJS.ProcessEnv },
  log: AgentTask['log'],
): Promise<Equipment> {
  const library = new DocumentLibrary();
  return {
    ...(await new Toolbox({ library, env }).open({ spec, docs, log })),
    docs,
    citations: (answer, signal) => citationProblems(library, docs, answer, signal),
  };
}
