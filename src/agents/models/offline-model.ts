/**
 * `offline`: a deterministic policy behind the interface of a model, for real work without key or network.
 *
 * O1 It sees only the messages and the tools of the request; equal requests get equal replies.
 * O2 Every sentence of its answer is a verbatim quotation of text that a tool has shown it; it never paraphrases.
 * O3 It reports no confidence: either quotations cover the question, or the answer is `insufficient_evidence`.
 *
 * Rounds: search sub-queries, read the best ranges, search once more for uncovered terms, read those, answer.
 */
import type { Json, JsonObject } from '../../core/ir.js';
import { OFFLINE_ENGINE, type Findings, type Quotation } from '../../handlers/findings.js';
import { compareText } from '../../handlers/terms.js';
import type { Model, ModelReply, ModelRequest, ToolCall } from './chat.js';
import { questionOf, questionTerms, subQueries } from './offline-question.js';
import { extractEvidence } from './offline-quotations.js';
import { readTranscript, type Passage, type Transcript } from './offline-transcript.js';
import { READ_DOCUMENT, SEARCH_DOCUMENTS } from '../tools/document-tools.js';

const HITS_PER_QUERY = 8;
const MAX_READS = 4;
const MAX_SECOND_QUERIES = 4;
/** Lines read around a hit, so that sentences at its borders are whole. */
const LINES_BEFORE = 2;
const LINES_AFTER = 6;
const MAX_READ_LINES = 120;
/** Sentences that the `answer` text repeats; all quotations stand in `quotations`. */
const ANSWER_SENTENCES = 5;
/** The constant of reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009). */
const RRF_K = 60;

export const offlineModel: Model = {
  id: OFFLINE_ENGINE,
  plans: false,
  chat(request: ModelRequest): Promise<ModelReply> {
    return Promise.resolve(reply(request));
  },
};

function reply(request: ModelRequest): ModelReply {
  const transcript = readTranscript(request.messages);
  const question = questionOf(transcript.prompt);
  const calls = nextCalls(transcript, question, new Set(request.tools.map((tool) => tool.name)));
  const content = calls.length > 0 ? '' : JSON.stringify(findings(transcript, question));
  return {
    message: { role: 'assistant', content, toolCalls: calls, raw: { role: 'assistant', content, tool_calls: calls } },
    usage: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
  };
}

function nextCalls(transcript: Transcript, question: string, tools: ReadonlySet<string>): readonly ToolCall[] {
  if (!tools.has(SEARCH_DOCUMENTS)) return [];
  const round = transcript.rounds.length;
  const searches = transcript.rounds.filter((kind) => kind === 'search').length;
  const last = transcript.rounds[round - 1];
  if (last === undefined) return search(subQueries(question), round);
  if (last === 'search' && tools.has(READ_DOCUMENT)) {
    const reads = readBest(transcript, round);
    if (reads.length > 0) return reads;
  }
  if (searches > 1) return [];
  const fresh = uncoveredWords(transcript, question).filter((word) => !transcript.queries.has(word));
  return search(fresh.slice(0, MAX_SECOND_QUERIES), round);
}

function search(queries: readonly string[], round: number): readonly ToolCall[] {
  return queries.map((query, index) => toolCall(SEARCH_DOCUMENTS, { query, limit: HITS_PER_QUERY }, round, index));
}

/** Reads the ranges that rank best over all queries of the round: first one per file, then the rest. */
function readBest(transcript: Transcript, round: number): readonly ToolCall[] {
  const unread = fuse(transcript.lastHits).filter((hit) => !transcript.read.some((passage) => covers(passage, hit)));
  const files = new Set<string>();
  const firsts = unread.filter((hit) => !files.has(hit.path) && files.add(hit.path));
  const ranges: { path: string; start: number; end: number }[] = [];
  for (const hit of new Set([...firsts, ...unread])) {
    const start = Math.max(1, hit.startLine - LINES_BEFORE);
    const end = Math.min(hit.endLine + LINES_AFTER, start + MAX_READ_LINES - 1);
    const near = ranges.find((range) => range.path === hit.path && start <= range.end + 1 && range.start <= end + 1);
    if (near && Math.max(end, near.end) - Math.min(start, near.start) < MAX_READ_LINES) {
      near.start = Math.min(start, near.start);
      near.end = Math.max(end, near.end);
    } else if (!near && ranges.length < MAX_READS) {
      ranges.push({ path: hit.path, start, end });
    }
  }
  return ranges.map(({ path, start, end }, index) =>
    toolCall(READ_DOCUMENT, { path, start_line: start, end_line: end }, round, index),
  );
}

/** Reciprocal rank fusion of ranked lists, the first (all terms together) counting twice; ties in the order of path and line, so that the result is deterministic. */
function fuse(lists: readonly (readonly Passage[])[]): readonly Passage[] {
  const scores = new Map<string, { passage: Passage; score: number }>();
  for (const [index, list] of lists.entries()) {
    for (const [rank, passage] of list.entries()) {
      const key = `${passage.path}:${passage.startLine}-${passage.endLine}`;
      const score = (scores.get(key)?.score ?? 0) + (index === 0 ? 2 : 1) / (RRF_K + rank + 1);
      scores.set(key, { passage, score });
    }
  }
  return [...scores.values()]
    .sort(
      (a, b) =>
        b.score - a.score || compareText(a.passage.path, b.passage.path) || a.passage.startLine - b.passage.startLine,
    )
    .map((entry) => entry.passage);
}

function covers(read: Passage, hit: Passage): boolean {
  return read.path === hit.path && read.startLine <= hit.startLine && read.endLine >= hit.endLine;
}

/** What was read; without a reading tool, what the search has shown. */
function evidenceOf(transcript: Transcript): readonly Passage[] {
  return transcript.rounds.includes('read') ? transcript.read : transcript.shown;
}

function uncoveredWords(transcript: Transcript, question: string): readonly string[] {
  const terms = questionTerms(question);
  const { covered } = extractEvidence(evidenceOf(transcript), terms);
  return [...terms].filter(([term]) => !covered.has(term)).map(([, word]) => word);
}

function findings(transcript: Transcript, question: string): Findings {
  const { quotations } = extractEvidence(evidenceOf(transcript), questionTerms(question));
  const uncovered = uncoveredWords(transcript, question);
  const status = quotations.length > 0 ? 'answered' : 'insufficient_evidence';
  const answer = quotations.slice(0, ANSWER_SENTENCES).map(sentence).join('\n');
  return { question, engine: OFFLINE_ENGINE, status, answer, quotations, uncovered };
}

function sentence(quotation: Quotation): string {
  const { path, startLine, endLine, text } = quotation;
  const place = startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
  return `${text.replace(/\s+/g, ' ')} [${place}]`;
}

function toolCall(name: string, args: JsonObject, round: number, index: number): ToolCall {
  return { id: `call_${round + 1}_${index + 1}`, name, arguments: JSON.stringify(args satisfies Json) };
}
