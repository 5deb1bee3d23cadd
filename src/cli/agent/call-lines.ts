/** The lines of `nexum agent` on stderr: what each durable call is, and what became of it. */
import { errorMessage } from '../../errors.js';
import { maskSecrets } from '../../worker/task-secrets.js';
import type { Output, Style } from '../output.js';
import { formatDuration, shorten } from '../text-format.js';
import { callLabel } from './call-label.js';
import { ASK, type CallOutcome, type CallWatcher, type EndedCall, type WatchedCall } from './watched-session.js';

const LABEL_WIDTH = 56;
const MAX_ERROR = 160;

/** What people know from the examples of Nexum. */
const SUBMITTED = 'submitted';
export const CACHED = 'already COMPLETED (cached)';

const STYLES: Readonly<Record<CallOutcome, Style>> = {
  executed: 'green',
  passed: 'green',
  cached: 'cyan',
  failed: 'red',
};

/**
 * With --json one object per line, `{event: "call", number, call, state, ms}`.
 * @param before each line: what else stands on the terminal has to go
 */
export function callLines(
  output: Output,
  secrets: Readonly<Record<string, string>>,
  before: () => void = () => undefined,
): CallWatcher {
  const label = ({ tool, args }: WatchedCall): string => callLabel(tool, args, secrets);
  return {
    submitted: (call) => {
      before();
      if (output.json) note(output, call, label(call), SUBMITTED);
      else output.note(`${beginning(call, label(call))}  ${output.paint('dim', SUBMITTED)}${hint(call)}`);
    },
    ended: (call) => {
      before();
      if (output.json) note(output, call, label(call), call.outcome === 'cached' ? 'cached' : stateOf(call), call.ms);
      else
        output.note(
          `${beginning(call, label(call))}  ${output.paint(STYLES[call.outcome], outcomeText(call, secrets))}`,
        );
    },
  };
}

export function outcomeText(
  { outcome, ms, error }: Pick<EndedCall, 'outcome' | 'ms' | 'error'>,
  secrets: Readonly<Record<string, string>> = {},
): string {
  switch (outcome) {
    case 'executed':
      return `done  ${formatDuration(ms)}`;
    case 'passed':
      return `done  ${formatDuration(ms)} (not stored)`;
    case 'cached':
      return CACHED;
    case 'failed':
      return `failed  ${shorten(maskSecrets(errorMessage(error), secrets), MAX_ERROR)}`;
  }
}

function hint({ tool }: WatchedCall): string {
  return tool === ASK ? '; a person answers: nexum approvals, then nexum approve or reject' : '';
}

function beginning({ number }: WatchedCall, label: string): string {
  return `${String(number).padStart(3)}  ${label.padEnd(LABEL_WIDTH)}`;
}

function stateOf({ outcome }: EndedCall): string {
  return outcome === 'failed' ? 'failed' : 'done';
}

function note(output: Output, { number }: WatchedCall, call: string, state: string, ms?: number): void {
  const took = ms === undefined ? {} : { ms: Math.round(ms * 10) / 10 };
  output.note(JSON.stringify({ event: 'call', number, call, state, ...took }));
}
