import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatExecutionId, formatTaskId, idempotencyKey, parseTaskId, type TaskRef } from '../../../src/core/ids.js';

const EXECUTION_ID = 'exec-01890000-0000-7000-8000-00000000abcd';
const TASK: TaskRef = { executionId: EXECUTION_ID, node: 'a', iteration: 1, attempt: 2, nonce: 'Zm9vYmFy_-x' };

const nodeName = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

describe('task ids', () => {
  it.each([
    'a',
    'a.b..c',
    '.',
    '..',
    'größe',
    '日本語',
    '😀',
    'a#2',
    'a b',
    '100%',
    '%41',
    '__proto__',
    'a/b:c',
    '\u0000',
    "it's",
  ])('round-trip with the node name %j', (node) => {
    expect(parseTaskId(formatTaskId({ ...TASK, node }))).toEqual({ ...TASK, node });
  });

  it('round-trip with any node name, iteration and attempt', () => {
    fc.assert(
      fc.property(nodeName, fc.integer({ min: 1 }), fc.integer({ min: 1 }), (node, iteration, attempt) => {
        const task = { ...TASK, node, iteration, attempt };
        expect(parseTaskId(formatTaskId(task))).toEqual(task);
      }),
    );
  });

  it('are ASCII without spaces, so that they survive logs, headers and shells', () => {
    fc.assert(fc.property(nodeName, (node) => /^[\x21-\x7e]+$/.test(formatTaskId({ ...TASK, node }))));
  });

  it('differ whenever any part of what they name differs', () => {
    const others: TaskRef[] = [
      { ...TASK, node: 'b' },
      { ...TASK, node: 'a#2' },
      { ...TASK, iteration: 2 },
      { ...TASK, attempt: 3 },
      { ...TASK, nonce: 'other' },
      { ...TASK, executionId: EXECUTION_ID.replace('abcd', 'abce') },
    ];
    expect(new Set([TASK, ...others].map(formatTaskId)).size).toBe(others.length + 1);
  });

  const valid = formatTaskId(TASK);
  it.each([
    ['empty', ''],
    ['another prefix', valid.replace('task-', 'exec-')],
    ['an id of Nexum 0.2', 'task-550e8400-e29b-41d4-a716-446655440000'],
    ['no nonce', `task-${EXECUTION_ID.slice(5)}.1.1..a`],
    ['no node', `task-${EXECUTION_ID.slice(5)}.1.1.nonce.`],
    ['an iteration that is no number', `task-${EXECUTION_ID.slice(5)}.x.1.nonce.a`],
    ['an absent iteration', `task-${EXECUTION_ID.slice(5)}..1.nonce.a`],
    ['an attempt in another notation', `task-${EXECUTION_ID.slice(5)}.1.1e0.nonce.a`],
    ['broken percent-encoding', `task-${EXECUTION_ID.slice(5)}.1.1.nonce.%`],
    ['a name that is not encoded', `task-${EXECUTION_ID.slice(5)}.1.1.nonce.a b`],
    ['a uuid in capitals', valid.toUpperCase().replace('TASK-', 'task-')],
  ])('are refused when they were not made here: %s', (_what, taskId) => {
    expect(() => parseTaskId(taskId)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('execution ids', () => {
  const random = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 255]);

  it('are version 7 UUIDs (RFC 9562) behind `exec-`', () => {
    expect(formatExecutionId(0x0189_abcd_ef01, random)).toBe('exec-0189abcd-ef01-7102-8304-0506070809ff');
  });

  it('order by their time as text, whatever the random part is', () => {
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
    const time = fc.integer({ min: 0, max: 2 ** 47 });
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 2 ** 40 }), bytes, bytes, (nowMs, laterByMs, first, second) => {
        const [earlier, later] = [formatExecutionId(nowMs, first), formatExecutionId(nowMs + laterByMs, second)];
        expect(earlier < later).toBe(true);
        expect(earlier).toMatch(/^exec-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });

  it('are accepted inside task ids', () => {
    const executionId = formatExecutionId(1_700_000_000_000, random);
    expect(parseTaskId(formatTaskId({ ...TASK, executionId })).executionId).toBe(executionId);
  });
});

describe('idempotency keys', () => {
  it('name execution, node and version, and from the second iteration on the iteration', () => {
    expect(idempotencyKey('exec-1', { node: 'a', iteration: 1 }, 'sha256:v')).toBe('exec-1:a:sha256:v');
    expect(idempotencyKey('exec-1', { node: 'a', iteration: 3 }, 'sha256:v')).toBe('exec-1:a#3:sha256:v');
  });
});
