/** What `nexum session show` prints: the calls of a session in their order, and what an agent made of them. */
import type { AgentStep } from '../agents/steps.js';
import type { CallRecord } from '../durable/call-record.js';
import type { Json } from '../core/ir.js';
import { maskSecrets } from '../worker/task-secrets.js';
import { callLabel } from './agent/call-label.js';
import { table } from './output.js';
import { formatDuration, isoTime, shorten } from './text-format.js';

const LABEL_WIDTH = 60;
const TEXT_WIDTH = 100;
const MAX_ERROR = 80;

export interface ShowFlags {
  readonly args?: boolean;
  readonly results?: boolean;
  /** False: only the calls. */
  readonly steps?: boolean;
}

export interface ShownSession {
  readonly session: string;
  readonly calls: readonly CallRecord[];
  /** Empty when no agent made the calls, or nobody wants them. */
  readonly steps: readonly AgentStep[];
}

export function sessionReport({ session, calls, steps }: ShownSession, flags: ShowFlags): Record<string, unknown> {
  return {
    session,
    calls: calls.map((call, index) => {
      const { args, result, startedAtMs, finishedAtMs, version, ordinal, error, ...rest } = call;
      return {
        number: index + 1,
        ...rest,
        version: version ?? null,
        ordinal: ordinal ?? null,
        startedAt: isoTime(startedAtMs),
        finishedAt: isoTime(finishedAtMs ?? 0),
        ms: finishedAtMs === undefined ? null : finishedAtMs - startedAtMs,
        error: error ?? null,
        ...(flags.args === true ? { args: args ?? null } : {}),
        ...(flags.results === true ? { result: result ?? null } : {}),
      };
    }),
    steps,
  };
}

export function sessionText(
  { session, calls, steps }: ShownSession,
  flags: ShowFlags,
  secrets: Readonly<Record<string, string>> = {},
): string {
  const rows = calls.map((call, index) => [
    String(index + 1),
    shorten(callLabel(call.tool, call.args ?? null, secrets), LABEL_WIDTH),
    call.status,
    String(call.attempts),
    call.finishedAtMs === undefined ? '' : formatDuration(call.finishedAtMs - call.startedAtMs),
    call.status === 'COMPLETED' ? `${call.resultBytes} B` : '',
    call.error === undefined
      ? ''
      : shorten(maskSecrets(`${call.error.code}: ${call.error.message}`, secrets), MAX_ERROR),
  ]);
  const [header = '', ...lines] = table(['#', 'CALL', 'STATUS', 'ATTEMPTS', 'TOOK', 'RESULT', ''], rows).split('\n');
  const body = lines.flatMap((line, index) => [line, ...payloadLines(calls[index], flags)]);
  const parts = [[`session ${session}`, header, ...body].join('\n')];
  if (steps.length > 0) parts.push(['steps', ...steps.flatMap(stepLines)].join('\n'));
  return parts.join('\n\n');
}

function payloadLines(call: CallRecord | undefined, { args, results }: ShowFlags): string[] {
  return [
    ...(args === true && call?.args !== undefined ? [`     args    ${JSON.stringify(call.args)}`] : []),
    ...(results === true && call?.result !== undefined ? [`     result  ${JSON.stringify(call.result)}`] : []),
  ];
}

function stepLines(step: AgentStep): string[] {
  const who = step.agent === undefined ? '' : `${step.agent}: `;
  switch (step.kind) {
    case 'system_prompt':
      return [line('', 'system_prompt', `${who}${step.text}`)];
    case 'task':
      return step.messages.map(({ content }) => line('', 'task', `${who}${content}`));
    case 'planning':
      return [line(step.step, step.kind, `${who}${step.text}`)];
    case 'action': {
      const done = step.code ?? step.text;
      const calls = step.calls.map(({ name, arguments: args, failed }) => {
        return line('', '', `${failed === true ? 'failed ' : ''}${name} ${args}`);
      });
      const error = step.error === undefined ? [] : [line('', '', `error: ${step.error}`)];
      return [line(step.step, step.kind, `${who}${done}`), ...calls, ...error];
    }
    case 'final_answer': {
      const refused = step.refused === undefined ? [] : [line('', '', `not accepted: ${step.refused}`)];
      return [line(step.step, step.kind, `${who}${plain(step.answer)}`), ...refused];
    }
  }
}

function line(number: number | '', kind: string, text: string): string {
  return `${String(number).padStart(3)}  ${kind.padEnd(13)}  ${shorten(text, TEXT_WIDTH)}`.trimEnd();
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
