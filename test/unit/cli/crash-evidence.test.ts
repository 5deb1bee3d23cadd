import { expect, test } from 'vitest';
import type { ChildEvent } from '../../../src/cli/demo/child.js';
import { callEvidence, crashEvidence, findReport, type CrashScene } from '../../../src/cli/demo/crash-evidence.js';

type Detail = CrashScene['atEnd'];

function detail(nodes: Record<string, { status: string; attempts: number; finishedAtMs?: number }>): Detail {
  return {
    nodes: Object.entries(nodes).map(([nodeId, { status, attempts, finishedAtMs = 0 }]) => ({
      nodeId,
      iteration: 1,
      status,
      finishedAtMs,
      attempts: Array.from({ length: attempts }, (_, index) => ({ attempt: index + 1 })),
    })),
  } as unknown as Detail;
}

function event(name: string, fields: Record<string, unknown>): ChildEvent {
  return { event: name, atMs: 1000, executionId: 'e', iteration: 1, ...fields };
}

function scene(changes: Partial<CrashScene> = {}): CrashScene {
  return {
    executionId: 'e',
    atCrash: detail({
      b: { status: 'COMPLETED', attempts: 1, finishedAtMs: 2 },
      a: { status: 'COMPLETED', attempts: 1, finishedAtMs: 1 },
      c: { status: 'READY', attempts: 0 },
    }),
    atEnd: detail({
      b: { status: 'COMPLETED', attempts: 1 },
      a: { status: 'COMPLETED', attempts: 1 },
      c: { status: 'COMPLETED', attempts: 1 },
    }),
    worker1: [],
    worker2: [event('taken', { node: 'c' }), event('taken', { node: 'x', executionId: 'other' })],
    worker2SpawnedAtMs: 700,
    ...changes,
  };
}

test('nothing committed ran again', () => {
  expect(crashEvidence(scene())).toEqual({
    committedBeforeCrash: ['a', 'b'],
    ranAfterCrash: ['c'],
    reExecuted: [],
    resumeMs: 300,
  });
});

test('a committed node that worker 2 took is found', () => {
  expect(crashEvidence(scene({ worker2: [event('taken', { node: 'b' })] })).reExecuted).toEqual(['b']);
});

test('a committed node with a further attempt is found, whoever ran it', () => {
  const atEnd = detail({ a: { status: 'COMPLETED', attempts: 2 }, b: { status: 'COMPLETED', attempts: 1 } });
  expect(crashEvidence(scene({ atEnd })).reExecuted).toEqual(['a']);
});

test('calls are compared by key, within the node', () => {
  const call = (key: string, outcome: string, session = 'e/a#1'): ChildEvent =>
    event('call', { session, key, outcome });
  const worker1 = [call('k1', 'executed'), call('k2', 'executed'), call('k9', 'executed', 'e/ab#1')];
  const worker2 = [call('k1', 'replayed'), call('k2', 'executed'), call('k3', 'executed'), call('k4', 'failed')];
  expect(callEvidence(scene({ worker1, worker2 }), 'a')).toEqual({
    replayedCalls: 1,
    executedCalls: 4,
    repeatedCalls: ['k2'],
  });
});

test('the report is found wherever the output holds it', () => {
  expect([{ path: '/r' }, { report: { path: '/r' }, documents: 3 }].map(findReport)).toEqual(['/r', '/r']);
  expect([null, 'text', { bytes: 1 }].map(findReport)).toEqual([null, null, null]);
});
