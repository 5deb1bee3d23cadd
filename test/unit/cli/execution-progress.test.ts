import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../../src/core/event.js';
import { NEVER_MS } from '../../../src/core/execution.js';
import { eventText, progressText } from '../../../src/cli/event-text.js';
import { ExecutionProgress } from '../../../src/cli/execution-progress.js';
import { LogLines } from '../../../src/cli/log-lines.js';
import { Output } from '../../../src/cli/output.js';
import { openProgressView, renderProgress } from '../../../src/cli/progress-view.js';
import { formatDate, formatLocal } from '../../../src/cli/text-format.js';
import { eventMessage } from '../../../src/rpc/detail-messages.js';
import type { Event__Output } from '../../../src/rpc/generated/nexum/Event.js';

const AT = Date.UTC(2026, 10, 20, 12);
const node = 'n';
const iteration = 1;
const error = { code: 'Boom', message: 'no luck' };

function events(...bodies: EventBody[]): Event__Output[] {
  return bodies.map(
    (body, index) => eventMessage({ ...body, executionId: 'exec-1', seq: index + 1, atMs: AT }) as Event__Output,
  );
}

function leased(item?: number): EventBody {
  return { kind: 'node_leased', node, iteration, item, attempt: 1, workerId: 'w', nonce: 'x', leaseMs: 1 };
}

function folded(...bodies: EventBody[]): ExecutionProgress {
  const progress = new ExecutionProgress(['n']);
  for (const event of events(...bodies)) progress.apply(event);
  return progress;
}

function picture(progress: ExecutionProgress): string {
  return renderProgress(progress, AT, { columns: 120 }, (_style, text) => text);
}

describe('progress', () => {
  test('O1: errors command no terminal, also in the live table', async () => {
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 24 });
    const hostile = { code: 'Boom', message: 'no \u001b]0;title\u0007luck\u009b' };
    const progress = folded(leased(), { kind: 'node_failed', node, iteration, error: hostile, ready: [] });
    const view = await openProgressView(new Output(false, new PassThrough(), stderr), progress);
    view.stop();
    const shown = String(stderr.read());
    expect(shown).toContain('no ]0;titleluck');
    for (const control of ['\u001b]', '\u0007', '\u009b']) expect(shown).not.toContain(control);
  });

  test('a waiting node shows for what it waits and until when', () => {
    const timer = folded({ kind: 'node_waiting', node, iteration, waitsFor: 'timer', untilMs: AT });
    expect(picture(timer)).toContain(`WAITING    timer until ${formatDate(AT)}`);
    const approval = folded({ kind: 'node_waiting', node, iteration, waitsFor: 'approval', untilMs: NEVER_MS });
    expect(picture(approval)).toMatch(/WAITING {4}approval 0 ms$/);
  });

  const opened: EventBody[] = [
    { kind: 'map_expanded', node, iteration, total: 100, pageSize: 100, pages: 1 },
    { kind: 'items_opened', node, iteration, from: 0, to: 3 },
    leased(0),
    leased(1),
  ];
  const failed: EventBody = { kind: 'node_failed', node, iteration, item: 1, error, ready: [] };

  test('a map counts its items and is not taken for one of them', () => {
    const progress = folded(
      ...opened,
      { kind: 'node_completed', node, iteration, item: 0, attempt: 1, payload: '1', ready: [] },
      failed,
    );
    expect(picture(progress)).toContain('WAITING    2/100, 1 failed 0 ms');
    expect(progress.waiting.map(({ item }) => item)).toEqual([2]);
    expect(progress.running).toEqual([]);
  });

  test('a retry opens a failed item again', () => {
    const progress = folded(
      ...opened,
      failed,
      { kind: 'execution_failed', node, error },
      { kind: 'execution_retried', ready: [] },
      { kind: 'node_reopened', node, iteration },
      { kind: 'node_reopened', node, iteration, item: 1 },
    );
    expect(progress.status).toBe('RUNNING');
    expect(progress.nodes.get('n#1#')).toMatchObject({ status: 'WAITING', items: { completed: 0, failed: 0 } });
    expect(progress.waiting.map(({ item }) => item)).toEqual([1, 2]);
  });

  test('an execution that waits for its turn says so until it is admitted', () => {
    const started: EventBody = {
      kind: 'execution_started',
      workflowId: 'w',
      versionHash: 'v',
      ready: [],
      waiting: true,
      payload: '{}',
    };
    expect(picture(folded(started))).toContain('waits for its turn');
    expect(picture(folded(started, { kind: 'execution_admitted', ready: [] }))).not.toContain('waits for its turn');
  });
});

describe('progress of graphs and loops', () => {
  test('each activation has its own row', () => {
    const ready = [{ node, iteration: 2 }];
    const progress = folded({ kind: 'node_completed', node, iteration, attempt: 1, payload: '1', fired: [0], ready });
    expect([...progress.nodes.keys()]).toEqual(['n#1#', 'n#2#']);
    expect(picture(progress)).toMatch(/✔ n {5}COMPLETED[\s\S]*○ n#2 {3}READY/);
  });

  test('a wave opens what it starts', () => {
    expect(folded({ kind: 'wave_started', ready: [{ node, iteration: 3 }] }).waiting).toMatchObject([{ iteration: 3 }]);
  });

  test('a loop shows its round', () => {
    const round = (count: number): EventBody => {
      return { kind: 'round_started', node, iteration, round: count, serial: count, ready: [] };
    };
    expect(picture(folded(round(1), round(2)))).toContain('WAITING    round 2');
  });

  test('a limit pauses until somebody resumes, and then there is nothing to wait for', () => {
    const paused: EventBody = { kind: 'execution_paused', reason: 'max_turns' };
    const progress = folded(paused);
    expect(picture(progress)).toContain('paused by max_turns: nexum resume goes on');
    expect(progress.mayWaitForPeople).toBe(true);
    expect(folded(leased(), paused).mayWaitForPeople).toBe(false);
    expect(folded({ kind: 'execution_paused' }).mayWaitForPeople).toBe(false);
    const resumed = folded(paused, { kind: 'execution_resumed' });
    expect(resumed).toMatchObject({ status: 'RUNNING', pausedBy: undefined });
  });
});

describe('events as sentences', () => {
  const ready = [
    { node: 'a', iteration: 2 },
    { node: 'b', iteration: 1 },
  ];
  const completed = { kind: 'node_completed', node, iteration: 2, attempt: 1, payload: '1' } as const;
  const sentences: [EventBody, string][] = [
    [{ ...completed, fired: [0, 2], ready }, 'n#2 completed, 2 edges fired, activates a#2, b'],
    [{ ...completed, fired: [1], ready: [] }, 'n#2 completed, 1 edge fired'],
    [{ ...completed, fired: [], ready: [] }, 'n#2 completed, no edge fired'],
    [{ ...completed, fired: [0], stops: true, ready: [] }, 'n#2 completed, 1 edge fired, meets stop_when'],
    [{ ...completed, fired: [0], late: true, ready: [] }, 'n#2 completed, 1 edge fired after the execution had failed'],
    [{ kind: 'edges_fired', node, iteration, fired: [0], ready }, 'n 1 edge fired late, activates a#2, b'],
    [{ kind: 'wave_started', ready }, 'next wave: a#2, b'],
    [{ kind: 'round_started', node, iteration, round: 3, serial: 5, ready: [] }, 'n round 3 began'],
    [{ kind: 'message_added', ready: [], payload: '"hi"' }, 'message from the user'],
    [{ kind: 'message_added', ready, payload: '"hi"' }, 'message from the user, activates a#2, b'],
    [{ kind: 'execution_paused' }, 'execution paused'],
    [{ kind: 'execution_paused', reason: 'max_messages' }, 'execution paused: max_messages reached'],
    [
      {
        kind: 'execution_completed',
        payload: '1',
        stoppedBy: { node: 'a', iteration: 2 },
        unsatisfied: [{ node: 'b', group: 'g', remaining: 1 }],
      },
      'execution completed: stop_when by a#2; JOIN_UNSATISFIED: b',
    ],
    [{ kind: 'execution_failed', node, error }, 'execution failed at n: Boom: no luck'],
    [leased(5), 'n[5] started, attempt 1, worker w'],
    [{ kind: 'attempt_failed', node, iteration: 2, attempt: 1, error }, 'n#2 attempt 1 failed: Boom: no luck'],
    [
      { kind: 'attempt_lost', node, iteration, attempt: 1, reason: 'lease_expired', retryAtMs: AT },
      `n attempt 1 lost: lease_expired; again at ${formatDate(AT)}`,
    ],
    [
      { kind: 'node_waiting', node, iteration, waitsFor: 'child', child: 'exec-2', childWorkflowId: 'c' },
      'n waits for child c exec-2',
    ],
    [{ kind: 'node_waiting', node, iteration, waitsFor: 'signal', signal: 'go' }, 'n waits for signal go'],
    [
      { kind: 'node_completed', node, iteration, attempt: 0, payload: '1', routedTo: 'b', ready: [] },
      'n completed, route b',
    ],
    [
      {
        kind: 'node_completed',
        node,
        iteration,
        attempt: 0,
        payload: '1',
        ready: [],
        answer: { approved: true, approver: 'ada' },
      },
      'n approved by ada',
    ],
    [{ kind: 'node_skipped', node, iteration, reason: 'condition', ready: [] }, 'n skipped (condition)'],
    [{ kind: 'signal_received', name: 'go', payload: '1' }, 'signal go received'],
  ];

  test.each(sentences)('%o', (body, sentence) => {
    expect(events(body).map((event) => eventText(event, formatDate))).toEqual([sentence]);
  });

  test('an unknown kind of a newer server is named', () => {
    const [event] = events({ kind: 'execution_paused' });
    expect(event && eventText({ ...event, kind: 'node_teleported', nodeId: 'n' }, formatDate)).toBe(
      'n node_teleported',
    );
  });

  test('progress leaves out the bookkeeping of maps', () => {
    expect(events({ kind: 'map_items', node, iteration, page: 0, payload: '[]' }).map(progressText)).toEqual([
      undefined,
    ]);
  });

  test('lines of a log name the worker of the attempt that ended', () => {
    const lines = new LogLines();
    const [, end] = events(leased(), { kind: 'attempt_failed', node, iteration, attempt: 1, error }).map((event) =>
      lines.line(event),
    );
    expect(end).toBe(`${formatLocal(AT)}  n attempt 1 failed: Boom: no luck (worker w)`);
  });
});
