/** What the agent of `nexum agent` works with: its tools, and what checks its citations. */
import type { AgentTask } from '../../agents/agent-task.js';
import { citationProblems } from '../../agents/citation-check.js';
import { documentTools, READ_DOCUMENT, SEARCH_DOCUMENTS } from '../../agents/tools/document-tools.js';
import { AGENT_TOOL_NAMES } from '../../agents/tools/tool-names.js';
import { DocumentLibrary } from '../../handlers/document-library.js';

export const KNOWN_TOOLS: readonly string[] = AGENT_TOOL_NAMES;
/** Without `--tools`: they read the documents folder, and nothing else. */
export const USUAL_TOOLS: readonly string[] = [SEARCH_DOCUMENTS, READ_DOCUMENT];

export function needsDocuments(names: readonly string[]): boolean {
  return names.some((name) => USUAL_TOOLS.includes(name));
}

/** The part of an agent's task that says what it can do. */
export type Equipment = Pick<AgentTask, 'tools' | 'citations'>;

export function equip(docs: string): Equipment {
  const library = new DocumentLibrary();
  return {
    tools: documentTools(library, docs),
    citations: (answer, signal) => citationProblems(library, docs, answer, signal),
  };
}
