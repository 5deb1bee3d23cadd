/** The oracle of the crash tests must be able to fail: each history here breaks one of its rules. */
import { describe, expect, it } from 'vitest';
import { judgeHistory, type HistoryEvent } from '../support/history-oracle.js';
import type { LogLine } from '../support/oracle.js';

type Short = readonly [kind: string, attempt?: number];

const START: Short = ['execution_started'];
const END: Short = ['execution_completed'];
const WHOLE: readonly Short[] = [START, ['node_leased', 1], ['node_completed', 1], END];
const RETRIED: readonly Short[] = [
  START,
  ['node_leased', 1],
  ['attempt_lost', 1],
  ['node_leased', 2],
  ['node_completed', 2],
  END,
];

function history(events: readonly Short[]): HistoryEvent[] {
  return events.map(([kind, attempt], index) => ({
    executionId: 'exec-1',
    seq: index + 1,
    atMs: index,
    kind,
    ...(attempt === undefined ? {} : { node: 'a', iteration: 1, attempt }),
  }));
}

function log(attempts: readonly number[], fields: Partial<LogLine> = {}): LogLine[] {
  return attempts.map((attempt) => ({
    executionId: 'exec-1',
    node: 'a',
    attempt,
    key: 'k',
    pid: 1,
    atMs: 0,
    ...fields,
  }));
}

describe('the oracle of many executions', () => {
  it('accepts what is right, and counts it', () => {
    expect(judgeHistory(history(WHOLE), log([1]), ['a'])).toEqual({ executions: 1, completed: 1, lost: 0 });
    expect(judgeHistory(history(RETRIED), log([1, 2]), ['a'])).toEqual({ executions: 1, completed: 1, lost: 1 });
    // The first worker died before it ran anything.
    expect(judgeHistory(history(RETRIED), log([2]), ['a'])).toEqual({ executions: 1, completed: 1, lost: 1 });
  });

  const gap = history(WHOLE).filter(({ seq }) => seq !== 2);
  it.each<[string, string, HistoryEvent[], LogLine[]]>([
    ['a gap in the events', 'H1', gap, log([1])],
    ['an execution that has not ended', 'H1', history(WHOLE.slice(0, 3)), log([1])],
    ['an execution that failed', 'H1', history([START, ['node_leased', 1], ['execution_failed']]), log([1])],
    ['an execution that ended twice', 'H1', history([...WHOLE, END]), log([1])],
    ['a node that nobody knows', 'H1', history(WHOLE).map((event) => ({ ...event, node: 'b' })), []],
    [
      'a second lease before the end of the first',
      'H2',
      history([START, ['node_leased', 1], ['node_leased', 2], ['node_completed', 2], END]),
      log([2]),
    ],
    ['an attempt that was left out', 'H2', history([START, ['node_leased', 2], ['node_completed', 2], END]), log([2])],
    [
      'a commit of an attempt that was lost',
      'H2',
      history([START, ['node_leased', 1], ['attempt_lost', 1], ['node_completed', 1], END]),
      log([1]),
    ],
    [
      'two commits',
      'H2',
      history([START, ['node_leased', 1], ['node_completed', 1], ['node_completed', 1], END]),
      log([1]),
    ],
    ['no commit', 'H2', history([START, END]), []],
    ['an attempt that ran twice', 'H3', history(WHOLE), log([1, 1])],
    ['an attempt that ran without a lease', 'H3', history(WHOLE), log([1, 2])],
    ['a commit of what never ran', 'H3', history(RETRIED), log([1])],
    [
      'a run of an execution that does not exist',
      'H3',
      history(WHOLE),
      [...log([1]), ...log([1], { executionId: 'exec-2' })],
    ],
    ['a second idempotency key', 'H4', history(RETRIED), [...log([1]), ...log([2], { key: 'other' })]],
  ])('refuses %s (%s)', (_what, rule, events, lines) => {
    expect(() => judgeHistory(events, lines, ['a'])).toThrow(new RegExp(`^${rule}:`));
  });
});
