/** The tools that `nexum agent` can give its agent. */
import { DocumentLibrary } from '../../handlers/document-library.js';
import type { AgentTool } from '../../agents/tools/agent-tool.js';
import { AGENT_TOOL_NAMES, documentTools } from '../../agents/tools/document-tools.js';

export const KNOWN_TOOLS: readonly string[] = AGENT_TOOL_NAMES;
/** They read the documents folder, and nothing else. */
export const USUAL_TOOLS: readonly string[] = AGENT_TOOL_NAMES;

const OF_DOCUMENTS: ReadonlySet<string> = new Set(AGENT_TOOL_NAMES);

export function needsDocuments(names: readonly string[]): boolean {
  return names.some((name) => OF_DOCUMENTS.has(name));
}

export function openTools(docs: string): ReadonlyMap<string, AgentTool> {
  return documentTools(new DocumentLibrary(), docs);
}
