/** What `nexum agent` prints: the answer with its citations, or one object for machines; and what it says around them. */
import type { AgentOutcome } from '../../agents/agent-loop.js';
import type { Json } from '../../core/ir.js';
import { OFFLINE_ENGINE, parseFindings, type Findings, type Quotation } from '../../handlers/findings.js';
import { isJsonMap } from '../../pipeline/json-shape.js';
import { formatDuration } from '../text-format.js';
import type { AgentPlan } from './agent-plan.js';

export interface AgentResult {
  readonly sessionId: string;
  readonly question: string;
  /** `provider/model` */
  readonly model: string;
  readonly outcome: AgentOutcome;
  readonly calls: { readonly executed: number; readonly replayed: number };
  readonly durationMs: number;
}

/** Stable: fields are added, never renamed. `findings` is null when the answer is a text or other JSON. */
export function agentReport({
  sessionId,
  question,
  model,
  outcome,
  calls,
  durationMs,
}: AgentResult): Record<string, unknown> {
  const findings = findingsOf(outcome.output);
  const { costUsd, ...usage } = outcome.usage;
  return {
    session: sessionId,
    question,
    model,
    state: outcome.state,
    answer: findings ? findings.answer : outcome.output,
    findings: findings ?? null,
    steps: outcome.steps,
    calls: { executed: calls.executed, replayed: calls.replayed },
    usage,
    costUsd: costUsd ?? null,
    durationMs: Math.round(durationMs),
  };
}

export function startText({ sessionId, derived, docs }: AgentPlan, model: string): string {
  return `session ${sessionId}${derived ? ' (of this question)' : ''}, model ${model}, documents ${docs}`;
}

export function endText({ outcome, calls, durationMs }: AgentResult): string {
  const { executed, replayed } = calls;
  const state = outcome.state === 'completed' ? '' : ` (${outcome.state}: a best effort)`;
  return `answered in ${formatDuration(durationMs)}${state}: ${executed} calls executed, ${replayed} cached`;
}

export function answerText(output: Json): string {
  const findings = findingsOf(output);
  if (!findings) return typeof output === 'string' ? output : JSON.stringify(output, null, 2);
  const parts = [headText(findings), quotationsText(findings.quotations)];
  if (findings.uncovered.length > 0) parts.push(`No evidence was found for: ${findings.uncovered.join(', ')}`);
  return parts.filter((part) => part !== '').join('\n\n');
}

function headText({ engine, status, answer }: Findings): string {
  const head = status === 'insufficient_evidence' ? 'Insufficient evidence: the documents do not carry an answer.' : '';
  // The answer of the offline engine is its quotations; they stand below, with their places.
  if (engine !== OFFLINE_ENGINE) return [head, answer].filter((part) => part !== '').join('\n\n');
  return head === ''
    ? 'Engine: offline/extractive (no language model). Every sentence below is a verbatim quotation.'
    : head;
}

function quotationsText(quotations: readonly Quotation[]): string {
  return quotations
    .map((quotation, index) => `[${index + 1}] ${placeOf(quotation)}\n${indented(quotation.text)}`)
    .join('\n');
}

/** `leases.md:4-5`; without lines when the model named none. */
function placeOf({ path, startLine, endLine }: Quotation): string {
  if (startLine === 0) return path;
  return startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}

/** Undefined for every other answer, also for what a model meant to be findings and is none. */
function findingsOf(output: Json): Findings | undefined {
  if (!isJsonMap(output) || !Array.isArray(output['quotations']) || typeof output['engine'] !== 'string')
    return undefined;
  try {
    return parseFindings(output);
  } catch {
    return undefined;
  }
}
