/** What the agent of `nexum agent` works with: its tools, and what checks its citations. */
import type { AgentTask } from '../../agents/agent-task.js';
import { citationProblems } from '../../agents/citation-check.js';
import { documentTools, READ_DOCUMENT, SEARCH_DOCUMENTS } from '../../agents/tools/document-tools.js';
import { AGENT_TOOL_NAMES } from '../../agents/tools/tool-names.js';
import { Toolbox } from '../../agents/tools/toolbox.js';
import { DocumentLibrary } from '../../handlers/document-library.js';
import type { Permissions } from '../../handlers/permissions.js';

export const KNOWN_TOOLS: readonly string[] = AGENT_TOOL_NAMES;
/** Without `--tools`: they read the documents folder, and nothing else. */
export const USUAL_TOOLS: readonly string[] = [SEARCH_DOCUMENTS, READ_DOCUMENT];

export function needsDocuments(names: readonly string[]): boolean {
  return names.some((name) => USUAL_TOOLS.includes(name));
}

/** The part of an agent's task that says what it can do. */
export type Equipment = Pick<AgentTask, 'spec' | 'tools' | 'citations'>;

/** With the usual tools alone. */
export function equipForDocuments(docs: string): Pick<AgentTask, 'tools' | 'citations'> {
  const library = new DocumentLibrary();
  return {
    tools: documentTools(library, docs),
    citations: (answer, signal) => citationProblems(library, docs, answer, signal),
  };
}

export async function equip(
  task: Pick<AgentTask, 'spec' | 'docs' | 'session' | 'log' | 'signal'>,
  env: NodeJS.ProcessEnv,
  permissions: Permissions,
): Promise<Equipment> {
  const library = new DocumentLibrary();
  const opened = await new Toolbox({ library, env, permissions }).open(task);
  return { ...opened, citations: (answer, signal) => citationProblems(library, task.docs, answer, signal) };
}
