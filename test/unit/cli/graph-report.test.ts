import { describe, expect, test } from 'vitest';
import { executionText } from '../../../src/cli/execution-text.js';
import { graphReport, joinWarnings, limitText, stopText } from '../../../src/cli/graph-report.js';
import { messageReport, messageText } from '../../../src/cli/message-thread.js';
import type { ExecutionDetail__Output } from '../../../src/rpc/generated/nexum/ExecutionDetail.js';
import type { GraphDetail__Output } from '../../../src/rpc/generated/nexum/GraphDetail.js';

const GRAPH: GraphDetail__Output = {
  scheduling: 'eager',
  turns: 20,
  messages: 21,
  stopReason: '',
  stoppedByNode: '',
  stoppedByIteration: 0,
  unsatisfied: [],
  totalTurns: 40,
};

function report(graph: Partial<GraphDetail__Output>) {
  return graphReport({ graph: { ...GRAPH, ...graph } });
}

const TIMES = { createdAtMs: 1000, finishedAtMs: 0, priority: 0 };
const NONE = { parentExecutionId: '', rerunOf: '', schedule: '' };

describe('a graph', () => {
  test('does not exist in other pipelines', () => {
    expect(graphReport({ graph: null })).toBeNull();
    expect([limitText(null), stopText(null), joinWarnings(null)]).toEqual([undefined, undefined, []]);
  });

  test('that goes on has no reason to stop', () => {
    const going = report({});
    expect(going).toMatchObject({ turns: 20, totalTurns: 40, stopReason: null, stoppedBy: null, unsatisfied: [] });
    expect([limitText(going), stopText(going)]).toEqual([undefined, undefined]);
  });

  test('that a limit paused says which, and what it counted', () => {
    expect(limitText(report({ stopReason: 'max_turns' }))).toBe('paused: max_turns (20) reached after 40 turns');
    expect(limitText(report({ stopReason: 'max_messages', totalTurns: 1 }))).toBe(
      'paused: max_messages reached with 21 messages, after 1 turn',
    );
  });

  test('that ended says why, and who stopped it', () => {
    expect(stopText(report({ stopReason: 'complete' }))).toBe('complete');
    const stopped = report({ stopReason: 'stop_when', stoppedByNode: 'reviewer', stoppedByIteration: 2 });
    expect(stopped).toMatchObject({ stopReason: 'stop_when', stoppedBy: { node: 'reviewer', iteration: 2 } });
    expect(stopText(stopped)).toBe('stop_when by reviewer#2');
  });

  test('warns of joins that stayed open', () => {
    const open = report({
      stopReason: 'complete',
      unsatisfied: [
        { nodeId: 'sum', group: 'sum', remaining: 1 },
        { nodeId: 'sum', group: 'extra', remaining: 2 },
      ],
    });
    expect(open?.unsatisfied[1]).toMatchObject({ code: 'JOIN_UNSATISFIED', node: 'sum', group: 'extra', remaining: 2 });
    expect(joinWarnings(open)).toEqual([
      'JOIN_UNSATISFIED: node sum was not activated: of the edges into it, 1 edge did not fire',
      'JOIN_UNSATISFIED: node sum was not activated: of its activation group extra, 2 edges did not fire',
    ]);
  });

  test('shows all that in the text of an execution', () => {
    const detail = {
      summary: {
        executionId: 'exec-1',
        workflowId: 'w',
        versionHash: 'v',
        status: 'PAUSED',
        labels: {},
        ...TIMES,
        ...NONE,
      },
      nodes: [],
      usage: [],
      reruns: [],
      inputJson: '{}',
      outputJson: '',
      graph: { ...GRAPH, stopReason: 'max_turns', unsatisfied: [{ nodeId: 'a', group: 'a', remaining: 1 }] },
    } as unknown as ExecutionDetail__Output;
    const text = executionText(detail, 0);
    expect(text).toContain('graph      eager, 40 turns; stopped: max_turns\n');
    expect(text).toContain(
      'limit      paused: max_turns (20) reached after 40 turns; go on with: nexum resume exec-1\n',
    );
    expect(text).toContain('warning    JOIN_UNSATISFIED: node a ');
  });
});

describe('a message', () => {
  const message = { seq: 7, source: 'reviewer', iteration: 2, content: `APPROVE\n\n  ${'x'.repeat(200)}`, atMs: 1000 };

  test('is one short line, or whole with its line breaks', () => {
    const line = messageText(message, false);
    expect(line).toMatch(/^#7 reviewer#2 {2}APPROVE x+…$/);
    expect(line.length).toBeLessThan(130);
    expect(messageText(message, true)).toBe(`#7 reviewer#2\n  APPROVE\n\n    ${'x'.repeat(200)}\n`);
    expect(messageText({ ...message, source: 'user', iteration: 0, content: 'Go' }, false)).toBe('#7 user  Go');
  });

  test('has stable names with --json', () => {
    expect(messageReport({ ...message, content: 'hi' })).toEqual({
      seq: 7,
      at: '1970-01-01T00:00:01.000Z',
      source: 'reviewer',
      iteration: 2,
      content: 'hi',
    });
    expect(messageReport({ ...message, iteration: 0 })['iteration']).toBeNull();
  });
});
