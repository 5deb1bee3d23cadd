/**
 * Renders a report as Markdown that a person reads and a program can check: every quotation is printed once as a block
 * quote, character for character, directly followed by the line `— path:start-end`.
 */
import { REPORT_MARKER } from './documents.js';
import { OFFLINE_ENGINE } from './findings.js';
import type { ReportBody } from './report-body.js';
import type { SummarySentence } from './summary.js';

export interface ReportFrame {
  readonly title: string;
  readonly executionId: string;
  readonly node: string;
  /** The documents folder as the author named it. */
  readonly docs: string | undefined;
}

/** The table is for orientation; the whole quotation stands above it. */
const MAX_CELL_CHARACTERS = 120;
const SHORT_HASH_CHARACTERS = 12;

/** Contains no time and no random value: the same body gives the same bytes in every attempt. */
export function renderReport(frame: ReportFrame, body: ReportBody): string {
  const sections = [
    `${REPORT_MARKER} execution=${commentSafe(frame.executionId)} node=${commentSafe(frame.node)} -->`,
    `# ${inline(frame.title)}`,
    ...(body.question !== '' && body.question !== frame.title ? [`**Question:** ${inline(body.question)}`] : []),
    engineLine(body),
    ...answerSection(body),
    ...findingsSection(body.sentences),
    ...evidenceSection(body.sentences),
    '## Not covered',
    gaps(body),
    ...rejectedSection(body),
    '## Method',
    method(frame, body),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Nothing in it can end the HTML comment. */
function commentSafe(id: string): string {
  return id.replace(/[^\w.:-]/g, '_');
}

function isOffline(engine: string): boolean {
  return engine === 'offline' || engine.startsWith('offline/');
}

function engineLine({ engine, validation, sentences }: ReportBody): string {
  if (isOffline(engine)) {
    return `Engine: ${OFFLINE_ENGINE} (no language model). Every sentence below is a verbatim quotation.`;
  }
  if (sentences.length === 0) return `Engine: ${inline(engine)}. The text below quotes no source.`;
  const check =
    validation === undefined
      ? 'The quotations below were NOT checked against their sources: no `cite.validate` ran before this report.'
      : 'Each quotation below was checked and stands verbatim in its source; other text is the words of the engine.';
  return `Engine: ${inline(engine)}. ${check}`;
}

/** The words of a model. The offline engine has none of its own: its answer is the quotations. */
function answerSection({ engine, answer, sentences }: ReportBody): string[] {
  if (answer.trim() === '' || (isOffline(engine) && sentences.length > 0)) return [];
  // Escaped: a model's own block quotes must not pass for checked quotations.
  return ['## Answer', answer.trim().replace(/^(\s*)>/gm, '$1\\>')];
}

function findingsSection(sentences: readonly SummarySentence[]): string[] {
  if (sentences.length === 0) return [];
  const entries = sentences.map((sentence, index) => {
    const quote = sentence.text
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n');
    return `[${index + 1}]\n\n${quote}\n— ${place(sentence)}`;
  });
  return ['## Findings', ...entries];
}

function place({ path, startLine, endLine }: SummarySentence): string {
  return path === undefined ? 'source not recorded' : `${path}:${startLine}-${endLine}`;
}

function evidenceSection(sentences: readonly SummarySentence[]): string[] {
  if (sentences.length === 0) return [];
  const rows = sentences.map((sentence, index) => [
    String(index + 1),
    cell(place(sentence)),
    cell(sentence.text),
    sentence.sha256 === undefined ? '' : `\`${sentence.sha256.slice(0, SHORT_HASH_CHARACTERS)}\``,
  ]);
  return ['## Evidence', table(['n', 'Source', 'Quotation', 'sha256'], rows)];
}

function gaps({ uncovered, sentences, validation }: ReportBody): string {
  if (uncovered.length > 0) {
    return `No verified quotation holds these terms of the question:\n\n${uncovered.map((term) => `- ${inline(term)}`).join('\n')}`;
  }
  if (sentences.length === 0 || validation === undefined) return 'Coverage of the question was not measured.';
  return 'Every term of the question stands in at least one verified quotation.';
}

function rejectedSection({ rejected }: ReportBody): string[] {
  if (rejected.length === 0) return [];
  const rows = rejected.map(({ text, place: cited, reason }) => [cell(cited), cell(text), cell(reason)]);
  return ['## Rejected citations', table(['Cited as', 'Text', 'Reason'], rows)];
}

function method({ docs, executionId }: ReportFrame, body: ReportBody): string {
  const { validation, omitted, sentences } = body;
  const files = new Set(sentences.flatMap(({ path }) => path ?? [])).size;
  const lines = [
    `Quotations: ${sentences.length} from ${files} ${files === 1 ? 'document' : 'documents'}${docs === undefined ? '' : ` in ${inline(docs)}`}. Paths are relative to that folder; lines count from 1.`,
    omitted === undefined
      ? 'Selection: none; every quotation is shown.'
      : `Selection: TextRank, overlap with the question and MMR; ${omitted} further sentences were left out.`,
    validation === undefined
      ? 'Check: none.'
      : `Check: ${percent(validation.verifiedFraction)} of the quotations stand verbatim in their sources; the others are left out.`,
    ...(validation === undefined || validation.terms === 0
      ? []
      : [`Coverage: ${validation.covered} of ${validation.terms} terms of the question stand in verified quotations.`]),
    `Execution: ${inline(executionId)}.`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

/** 0.29 * 100 is 28.999999999999996 in binary. */
const ROUNDING_SLACK = 1e-9;

function percent(fraction: number): string {
  // Rounded down: 99.6 % must not read as all.
  return `${Math.floor(fraction * 100 + ROUNDING_SLACK)} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  const flat = text.replace(/\s+/gu, ' ').trim();
  // By code point, so that no surrogate pair is halved.
  const characters = Array.from(flat);
  if (characters.length <= MAX_CELL_CHARACTERS) return inline(flat);
  return `${inline(characters.slice(0, MAX_CELL_CHARACTERS - 1).join(''))}…`;
}

/** Escapes text for one line of Markdown: it shows as it is, whatever it holds. */
function inline(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>#|~!&$]/g, '\\$&');
}
