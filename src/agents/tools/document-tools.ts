/**
 * The tools that an agent can be given. Their results are bounded JSON; what they read is the user's documents, so the
 * text in them is data, never instructions (observation.ts delimits it).
 */
import type { Json, JsonObject } from '../../core/ir.js';
import { nexumError } from '../../errors.js';
import type { DocumentLibrary } from '../../handlers/document-library.js';
import type { ToolDefinition } from '../models/chat.js';
import type { AgentTool } from './agent-tool.js';
import { escapedJson, MAX_RESULT_CHARS } from './observation.js';

export const SEARCH_DOCUMENTS = 'search_documents';
export const READ_DOCUMENT = 'read_document';

const DEFAULT_HITS = 6;
const MAX_HITS = 20;
/** Characters of one hit: enough to judge it; reading is another tool. */
const MAX_HIT_CHARS = 900;
/** Lines of one read when the model names no end. */
const DEFAULT_LINES = 120;

const SEARCH_DEFINITION: ToolDefinition = {
  name: SEARCH_DOCUMENTS,
  description:
    'Full-text search in the documents. Returns the best passages as {path, startLine, endLine, score, text}. ' +
    'Use several short queries of two to four words rather than one long question.',
  parameters: {
    type: 'object',
    properties: {
      query: { type: 'string', minLength: 1, maxLength: 500, description: 'One query; or use `queries`.' },
      queries: {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: 500 },
        minItems: 1,
        maxItems: 8,
        description: 'Several queries whose results are merged.',
      },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: MAX_HITS,
        description: `Passages to return; ${DEFAULT_HITS} by default.`,
      },
    },
    additionalProperties: false,
  },
};

const READ_DEFINITION: ToolDefinition = {
  name: READ_DOCUMENT,
  description:
    'Reads lines of one document verbatim. Returns {path, startLine, endLine, sha256, text, truncated}. ' +
    'Read a passage before you quote it.',
  parameters: {
    type: 'object',
    properties: {
      path: { type: 'string', minLength: 1, maxLength: 1000, description: 'A path that search_documents returned.' },
      start_line: { type: 'integer', minimum: 1, description: 'First line, counted from 1; 1 by default.' },
      end_line: { type: 'integer', minimum: 1, description: 'Last line, included.' },
    },
    required: ['path'],
    additionalProperties: false,
  },
};

/** The document tools over one folder, by name. */
export function documentTools(library: DocumentLibrary, docs: string): ReadonlyMap<string, AgentTool> {
  const search: AgentTool = {
    ...SEARCH_DEFINITION,
    run: (args, { signal }) => searchDocuments(library, docs, args, signal),
  };
  const read: AgentTool = { ...READ_DEFINITION, run: (args, { signal }) => readDocument(library, docs, args, signal) };
  return new Map([search, read].map((tool) => [tool.name, tool]));
}

async function searchDocuments(
  library: DocumentLibrary,
  docs: string,
  args: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const many = Array.isArray(args['queries']) ? (args['queries'] as readonly Json[]) : [];
  const queries = [args['query'], ...many].filter((query) => typeof query === 'string');
  if (queries.length === 0) throw nexumError('INVALID_REQUEST', 'pass `query` or `queries`');
  const limit = typeof args['limit'] === 'number' ? args['limit'] : DEFAULT_HITS;
  const hits = await library.search(docs, queries, limit, { signal });
  const shown: JsonObject[] = [];
  let used = 0;
  for (const hit of hits.slice(0, limit)) {
    const { path, startLine, endLine, score, heading } = hit;
    // A plain cut, without dots: what stands in `text` stays verbatim.
    const text = hit.text.slice(0, MAX_HIT_CHARS);
    const result = { path, startLine, endLine, score, ...(heading === undefined ? {} : { heading }), text };
    used += escapedJson(result).length + 1;
    if (used > MAX_RESULT_CHARS) break;
    shown.push(result);
  }
  return { hits: shown };
}

async function readDocument(
  library: DocumentLibrary,
  docs: string,
  args: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const path = typeof args['path'] === 'string' ? args['path'] : '';
  const start = typeof args['start_line'] === 'number' ? args['start_line'] : 1;
  const end = typeof args['end_line'] === 'number' ? args['end_line'] : start + DEFAULT_LINES - 1;
  if (end < start) throw nexumError('INVALID_REQUEST', `end_line ${end} is before start_line ${start}`);
  const excerpt = await library.read(docs, path, start, end, { signal });
  const bounded = boundLines(excerpt.text);
  return {
    path: excerpt.path,
    startLine: excerpt.startLine,
    endLine: bounded.lines === undefined ? excerpt.endLine : excerpt.startLine + bounded.lines - 1,
    sha256: excerpt.sha256,
    text: bounded.text,
    truncated: bounded.lines !== undefined,
  };
}

/** Whole lines up to the limit, so that line numbers stay true; only a first line that is too long alone is cut. */
function boundLines(text: string): { text: string; lines?: number } {
  if (escapedJson(text).length <= MAX_RESULT_CHARS) return { text };
  const lines = text.split('\n');
  let used = 0;
  let count = 0;
  for (const line of lines) {
    used += escapedJson(line).length;
    if (used > MAX_RESULT_CHARS) break;
    count += 1;
  }
  if (count > 0) return { text: lines.slice(0, count).join('\n'), lines: count };
  // Escaping makes at most six characters of one.
  return { text: text.slice(0, Math.floor(MAX_RESULT_CHARS / 6)), lines: 1 };
}
