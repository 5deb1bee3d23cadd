/** Every command and every answer of `decide`. TestExecution checks E1..E5 and the joins after each command. */
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/core/command.js';
import type { RetryPolicy } from '../../../src/core/ir.js';
import { EXECUTION_ID, NO_DELAY, START_MS, TestExecution } from '../../support/engine-execution.js';

const APPLIED: Reply = { ok: true, alreadyApplied: false };
const ALREADY: Reply = { ok: true, alreadyApplied: true };
const BACKOFF: RetryPolicy = { ...NO_DELAY, initialIntervalMs: 100, multiplier: 2, maxIntervalMs: 1000, jitter: 0.5 };

function refused(code: string): object {
  return { ok: false, code, message: expect.any(String) as string };
}

describe('start', () => {
  it('opens every node without dependencies, and nothing else', () => {
    const execution = TestExecution.of({ a: {}, b: {}, c: { needs: ['a', 'b'] } });
    expect(execution.start()).toEqual(APPLIED);
    expect(execution.nodes()).toEqual({ a: 'READY', b: 'READY' });
    expect(execution.execution).toMatchObject({ status: 'RUNNING', open: 2, lastSeq: 1, createdAtMs: START_MS });
  });

  it('repeated under its key with the same request is already applied', () => {
    const execution = TestExecution.of({ a: {} });
    const key = { idempotencyKey: 'k', requestHash: 'r' };
    execution.start('1', key);
    expect(execution.start('1', key)).toEqual(ALREADY);
    expect(execution.kinds).toEqual(['execution_started']);
  });

  it('repeated under its key with another request is IDEMPOTENCY_CONFLICT and names the execution', () => {
    const execution = TestExecution.of({ a: {} });
    execution.start('1', { idempotencyKey: 'k', requestHash: 'r' });
    const command = {
      kind: 'start',
      executionId: 'exec-other',
      input: '2',
      idempotencyKey: 'k',
      requestHash: 'q',
    } as const;
    expect(execution.sendWithoutEffect(command)).toBe('IDEMPOTENCY_CONFLICT');
    expect(execution.decide(command).reply).toMatchObject({ message: expect.stringContaining(EXECUTION_ID) as string });
  });

  it('of a workflow whose entries are all skipped ends in the same transition (E2)', () => {
    const execution = TestExecution.started({ a: { if: 'false' }, b: { needs: ['a'] } });
    expect(execution.nodes()).toEqual({ a: 'SKIPPED', b: 'SKIPPED' });
    expect(execution.status).toBe('COMPLETED');
    expect(execution.events.at(-1)).toMatchObject({ kind: 'execution_completed', payload: 'null' });
  });

  it('whose entry condition fails ends FAILED with that node and takes back what it opened', () => {
    const execution = TestExecution.started({ a: {}, b: { if: 'throws' } });
    expect(execution.nodes()).toEqual({ a: 'CANCELLED', b: 'FAILED' });
    expect(execution.execution).toMatchObject({
      status: 'FAILED',
      failedNode: 'b',
      error: { code: 'EXPRESSION_FAILED' },
    });
  });

  it.each(['lease', 'complete', 'fail', 'release', 'heartbeat', 'reap', 'cancel', 'pause', 'resume'] as const)(
    'must come first: %s of an execution that does not exist is EXECUTION_NOT_FOUND',
    (kind) => {
      const execution = TestExecution.of({ a: {} });
      const task = { executionId: EXECUTION_ID, node: 'a', iteration: 1, attempt: 1, nonce: 'n' };
      const failure = { code: 'X', message: '', retryable: true };
      const rest = { task, output: '1', failure, workerId: 'w', leaseMs: 1, reason: 'lease_expired' } as const;
      expect(execution.sendWithoutEffect({ kind, ...task, ...rest } as never)).toBe('EXECUTION_NOT_FOUND');
    },
  );
});

describe('lease', () => {
  it('gives a READY activation to one worker with a fresh fence and numbers the attempt', () => {
    const execution = TestExecution.started({ a: {} });
    const first = execution.lease('a', 5000);
    expect(execution.node('a')).toMatchObject({ status: 'LEASED', attempt: 1, leaseExpiresAtMs: START_MS + 5000 });
    execution.send({ kind: 'release', task: first });
    const second = execution.lease('a');
    expect(second.attempt).toBe(2);
    expect(second.nonce).not.toBe(first.nonce);
  });

  it('of a leased activation is refused: two workers never get one task (Nexum 0.2: poll = select, then update)', () => {
    const execution = TestExecution.started({ a: {} });
    execution.lease('a');
    const again = { kind: 'lease', node: 'a', iteration: 1, workerId: 'w2', nonce: 'x', leaseMs: 1 } as const;
    expect(execution.sendWithoutEffect(again)).toBe('WRONG_STATE');
  });

  it('before the retry delay has passed is refused, and accepted at its end', () => {
    const execution = TestExecution.started({ a: { retry: BACKOFF } });
    execution.fail(execution.lease('a'));
    const lease = { kind: 'lease', node: 'a', iteration: 1, workerId: 'w', nonce: 'x', leaseMs: 1 } as const;
    execution.nowMs += 99;
    expect(execution.sendWithoutEffect(lease)).toBe('WRONG_STATE');
    execution.nowMs += 1;
    expect(execution.send(lease)).toEqual(APPLIED);
  });

  it.each(['unknown', 'b'])('of an activation that does not exist is refused: %s', (node) => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    const lease = { kind: 'lease', node, iteration: 1, workerId: 'w', nonce: 'x', leaseMs: 1 } as const;
    expect(execution.sendWithoutEffect(lease)).toBe('WRONG_STATE');
  });
});

describe('complete', () => {
  it('first and valid commits the output and starts what follows, in one transition', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    expect(execution.run('a', '{"x":1}')).toEqual(APPLIED);
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'READY' });
    expect(execution.output(execution.node('a'))).toBe('{"x":1}');
    expect(execution.events.at(-1)).toMatchObject({ kind: 'node_completed', ready: [{ node: 'b', iteration: 1 }] });
  });

  it('again by the same attempt with the same result is already applied: the acknowledgement was lost', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    const task = execution.lease('a');
    execution.send({ kind: 'complete', task, output: '1' });
    expect(execution.send({ kind: 'complete', task, output: '1' })).toEqual(ALREADY);
  });

  it('again after the execution has ended is still already applied', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a');
    execution.send({ kind: 'complete', task, output: '1' });
    expect(execution.status).toBe('COMPLETED');
    expect(execution.send({ kind: 'complete', task, output: '1' })).toEqual(ALREADY);
  });

  it('again by the same attempt with another result is RESULT_CONFLICT without effect (Nexum 0.2: double completion)', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    const task = execution.lease('a');
    execution.send({ kind: 'complete', task, output: '1' });
    expect(execution.sendWithoutEffect({ kind: 'complete', task, output: '2' })).toBe('RESULT_CONFLICT');
  });

  it('by a superseded attempt is STALE_LEASE without effect, before and after its successor (Nexum 0.2: no fence)', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    const zombie = execution.lease('a');
    execution.reap(zombie);
    expect(execution.sendWithoutEffect({ kind: 'complete', task: zombie, output: '1' })).toBe('STALE_LEASE');
    const owner = execution.lease('a');
    expect(execution.sendWithoutEffect({ kind: 'complete', task: zombie, output: '1' })).toBe('STALE_LEASE');
    execution.send({ kind: 'complete', task: owner, output: '1' });
    expect(execution.sendWithoutEffect({ kind: 'complete', task: zombie, output: '1' })).toBe('STALE_LEASE');
  });

  it('by a zombie of a closed execution is EXECUTION_CLOSED without effect', () => {
    const execution = TestExecution.started({ a: {} });
    const zombie = execution.lease('a');
    execution.reap(zombie);
    execution.run('a');
    expect(execution.sendWithoutEffect({ kind: 'complete', task: zombie, output: '1' })).toBe('EXECUTION_CLOSED');
  });

  it('of a node that does not exist is STALE_LEASE', () => {
    const execution = TestExecution.started({ a: {} });
    const task = { ...execution.lease('a'), node: 'nobody' };
    expect(execution.sendWithoutEffect({ kind: 'complete', task, output: '1' })).toBe('STALE_LEASE');
  });

  it('with an expired lease that nobody has taken back is accepted: safety does not depend on clocks', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a', 1000);
    execution.nowMs += 1_000_000;
    expect(execution.send({ kind: 'complete', task, output: '1' })).toEqual(APPLIED);
  });

  it('compares results as text: another spelling of the same JSON is another result', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a');
    execution.send({ kind: 'complete', task, output: '1.0' });
    expect(execution.sendWithoutEffect({ kind: 'complete', task, output: '1' })).toBe('RESULT_CONFLICT');
  });
});

describe('fail', () => {
  it('with attempts left makes the node READY after the backoff and keeps code and text (Nexum 0.2: retry errors thrown away)', () => {
    const execution = TestExecution.started({ a: { retry: BACKOFF } });
    expect(execution.fail(execution.lease('a'), { code: 'MODEL_FAILED', message: '429 slow down' })).toEqual(APPLIED);
    expect(execution.node('a')).toMatchObject({ status: 'READY', failed: 1, lost: 0, readyAtMs: START_MS + 100 });
    expect(execution.events.at(-1)).toMatchObject({
      kind: 'attempt_failed',
      attempt: 1,
      error: { code: 'MODEL_FAILED', message: '429 slow down' },
      retryAtMs: START_MS + 100,
    });
  });

  it('waits longer each time, by the injected randomness', () => {
    const execution = TestExecution.started({ a: { retry: BACKOFF } });
    execution.random = 1;
    execution.fail(execution.lease('a'));
    expect(execution.node('a').readyAtMs).toBe(START_MS + 50);
    execution.nowMs += 50;
    execution.random = 0;
    execution.fail(execution.lease('a'));
    expect(execution.node('a').readyAtMs).toBe(START_MS + 50 + 200);
  });

  it('without attempts left fails the node and the execution, with the last error', () => {
    const execution = TestExecution.started({ a: { retry: NO_DELAY } });
    execution.fail(execution.lease('a'), { message: 'first' });
    execution.fail(execution.lease('a'), { message: 'second' });
    execution.fail(execution.lease('a'), { message: 'third' });
    expect(execution.node('a')).toMatchObject({ status: 'FAILED', attempt: 3, failed: 3 });
    expect(execution.execution).toMatchObject({
      status: 'FAILED',
      failedNode: 'a',
      error: { code: 'HANDLER_FAILED', message: 'third' },
      finishedAtMs: START_MS,
    });
  });

  it.each([
    ['not retryable', { retryable: false }],
    ['of a code that the policy excludes', { code: 'BAD_KEY' }],
  ])('%s ends the node at once', (_what, failure) => {
    const execution = TestExecution.started({ a: { retry: { ...NO_DELAY, nonRetryable: ['BAD_KEY'] } } });
    execution.fail(execution.lease('a'), failure);
    expect(execution.status).toBe('FAILED');
  });

  it('with `retryAfterMs` is not tried again before', () => {
    const execution = TestExecution.started({ a: { retry: BACKOFF } });
    execution.fail(execution.lease('a'), { retryAfterMs: 5000 });
    expect(execution.node('a').readyAtMs).toBe(START_MS + 5000);
  });

  it('again by the same attempt is already applied, whether it was retried or final', () => {
    const execution = TestExecution.started({ a: { retry: { ...NO_DELAY, maxAttempts: 2 } } });
    const first = execution.lease('a');
    execution.fail(first);
    expect(execution.fail(first)).toEqual(ALREADY);
    const second = execution.lease('a');
    execution.fail(second);
    expect(execution.fail(second)).toEqual(ALREADY);
    expect(execution.node('a').failed).toBe(2);
  });

  it('by a superseded or lost attempt is STALE_LEASE without effect', () => {
    const execution = TestExecution.started({ a: {} });
    const zombie = execution.lease('a');
    execution.reap(zombie);
    const fail = { kind: 'fail', task: zombie, failure: { code: 'X', message: '', retryable: true } } as const;
    expect(execution.sendWithoutEffect(fail)).toBe('STALE_LEASE');
    execution.lease('a');
    expect(execution.sendWithoutEffect(fail)).toBe('STALE_LEASE');
  });

  it('after completion cannot put finished work back (Nexum 0.2: late Fail)', () => {
    const execution = TestExecution.started({ a: {}, b: { needs: ['a'] } });
    const task = execution.lease('a');
    execution.send({ kind: 'complete', task, output: '1' });
    const fail = { kind: 'fail', task, failure: { code: 'X', message: '', retryable: true } } as const;
    expect(execution.sendWithoutEffect(fail)).toBe('STALE_LEASE');
  });
});

describe('a FAILED execution', () => {
  const failed = (): TestExecution => {
    const execution = TestExecution.started({
      a: { retry: { ...NO_DELAY, maxAttempts: 1 } },
      sibling: {},
      waiting: {},
      after: { needs: ['sibling'] },
    });
    execution.lease('sibling');
    execution.fail(execution.lease('a'), { message: 'broke' });
    return execution;
  };

  it('keeps the node, its code and its text readable', () => {
    expect(failed().execution).toMatchObject({ failedNode: 'a', error: { code: 'HANDLER_FAILED', message: 'broke' } });
  });

  it('takes back what no worker holds, and starts nothing (Nexum 0.2: FAILED executions keep running)', () => {
    const execution = failed();
    expect(execution.nodes()).toEqual({ a: 'FAILED', sibling: 'LEASED', waiting: 'CANCELLED' });
  });

  it('lets a leased sibling commit, and starts nothing after it', () => {
    const execution = failed();
    expect(execution.send({ kind: 'complete', task: execution.taskOf('sibling'), output: '1' })).toEqual(APPLIED);
    expect(execution.nodes()).toEqual({ a: 'FAILED', sibling: 'COMPLETED', waiting: 'CANCELLED' });
    expect(execution.execution).toMatchObject({ status: 'FAILED', open: 0, failedNode: 'a' });
  });

  it('ends a leased sibling that fails, without a retry, and keeps the first error', () => {
    const execution = failed();
    execution.fail(execution.taskOf('sibling'), { message: 'me too' });
    expect(execution.nodes()).toMatchObject({ sibling: 'FAILED' });
    expect(execution.execution).toMatchObject({ open: 0, failedNode: 'a', error: { message: 'broke' } });
  });

  it.each(['release', 'reap'] as const)('cancels a leased sibling on %s', (kind) => {
    const execution = failed();
    const task = execution.taskOf('sibling');
    if (kind === 'reap') execution.reap(task);
    else execution.send({ kind, task });
    expect(execution.node('sibling').status).toBe('CANCELLED');
    expect(execution.execution?.open).toBe(0);
  });

  it('still extends the lease of a sibling', () => {
    const execution = failed();
    execution.nowMs += 10_000;
    expect(execution.send({ kind: 'heartbeat', task: execution.taskOf('sibling') })).toEqual(APPLIED);
    expect(execution.node('sibling').leaseExpiresAtMs).toBe(execution.nowMs + 30_000);
  });

  it.each(['cancel', 'pause', 'resume'] as const)('refuses %s: it is closed', (kind) => {
    expect(failed().sendWithoutEffect({ kind })).toBe('EXECUTION_CLOSED');
  });
});

describe('heartbeat', () => {
  it('extends the lease from now, without an event (E5)', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a', 1000);
    const events = execution.events.length;
    execution.nowMs += 900;
    expect(execution.send({ kind: 'heartbeat', task })).toEqual(APPLIED);
    expect(execution.node('a').leaseExpiresAtMs).toBe(START_MS + 1900);
    expect(execution.events).toHaveLength(events);
  });

  it('never shortens a lease, whatever the clock does', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a', 1000);
    execution.nowMs -= 5000;
    expect(execution.sendWithoutEffect({ kind: 'heartbeat', task })).toBe('ok');
    expect(execution.node('a').leaseExpiresAtMs).toBe(START_MS + 1000);
  });

  it('does not extend beyond the deadline: a hung handler with a live heartbeat still ends', () => {
    const execution = TestExecution.started({ a: { timeoutMs: 2000 } });
    const task = execution.lease('a', 1000);
    expect(execution.node('a').deadlineAtMs).toBe(START_MS + 3000);
    execution.nowMs += 2500;
    execution.send({ kind: 'heartbeat', task });
    expect(execution.node('a').leaseExpiresAtMs).toBe(START_MS + 3000);
  });

  it('of a superseded attempt is STALE_LEASE, of a closed execution EXECUTION_CLOSED', () => {
    const execution = TestExecution.started({ a: {} });
    const zombie = execution.lease('a');
    execution.reap(zombie);
    const owner = execution.lease('a');
    expect(execution.sendWithoutEffect({ kind: 'heartbeat', task: zombie })).toBe('STALE_LEASE');
    execution.send({ kind: 'cancel' });
    expect(execution.sendWithoutEffect({ kind: 'heartbeat', task: owner })).toBe('EXECUTION_CLOSED');
  });
});

describe('release', () => {
  it('gives the task back at once and counts neither as failed nor as lost', () => {
    const execution = TestExecution.started({ a: { retry: BACKOFF } });
    execution.send({ kind: 'release', task: execution.lease('a') });
    expect(execution.node('a')).toMatchObject({ status: 'READY', failed: 0, lost: 0, readyAtMs: START_MS, attempt: 1 });
  });

  it('again is already applied, of a superseded attempt STALE_LEASE', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a');
    execution.send({ kind: 'release', task });
    expect(execution.send({ kind: 'release', task })).toEqual(ALREADY);
    execution.lease('a');
    expect(execution.sendWithoutEffect({ kind: 'release', task })).toBe('STALE_LEASE');
  });
});

describe('reap', () => {
  it('takes back an expired lease as LOST, ready at once, and spends no retry (Nexum 0.2: crashes spend the retry budget)', () => {
    const execution = TestExecution.started({ a: { retry: { ...BACKOFF, maxAttempts: 1 } } });
    const task = execution.lease('a', 1000);
    execution.nowMs += 1000;
    execution.reap(task, 'lease_expired');
    expect(execution.node('a')).toMatchObject({ status: 'READY', lost: 1, failed: 0, readyAtMs: execution.nowMs });
    expect(execution.events.at(-1)).toMatchObject({ kind: 'attempt_lost', reason: 'lease_expired', attempt: 1 });
  });

  it('leaves a lease that was extended in the meantime', () => {
    const execution = TestExecution.started({ a: {} });
    const { nonce } = execution.lease('a', 1000);
    execution.nowMs += 999;
    const reap = { kind: 'reap', node: 'a', iteration: 1, nonce, reason: 'lease_expired' } as const;
    expect(execution.sendWithoutEffect(reap)).toBe('ok');
  });

  it('leaves the attempt after the one it was meant for', () => {
    const execution = TestExecution.started({ a: {} });
    const first = execution.lease('a');
    execution.reap(first);
    execution.lease('a');
    const again = { kind: 'reap', node: 'a', iteration: 1, nonce: first.nonce, reason: 'worker_disconnected' } as const;
    expect(execution.sendWithoutEffect(again)).toBe('ok');
  });

  it('fails the node with TOO_MANY_LOST after `maxLost` lost attempts: a poison task does not kill workers for ever', () => {
    const execution = TestExecution.started({ a: { retry: { ...NO_DELAY, maxLost: 3 } } });
    execution.reap(execution.lease('a'));
    execution.reap(execution.lease('a'));
    expect(execution.status).toBe('RUNNING');
    execution.reap(execution.lease('a'));
    expect(execution.node('a')).toMatchObject({ status: 'FAILED', lost: 3, failed: 0 });
    expect(execution.execution).toMatchObject({ status: 'FAILED', error: { code: 'TOO_MANY_LOST' } });
  });

  it('counts LOST and FAILED apart: two of each leave a limit of three unspent', () => {
    const execution = TestExecution.started({ a: { retry: { ...NO_DELAY, maxAttempts: 3, maxLost: 3 } } });
    for (const step of ['fail', 'reap', 'fail', 'reap'] as const) execution[step](execution.lease('a'));
    expect(execution.node('a')).toMatchObject({ status: 'READY', failed: 2, lost: 2, attempt: 4 });
  });

  it('after the deadline is NODE_TIMEOUT, a failure with the retries of the policy', () => {
    const execution = TestExecution.started({ a: { timeoutMs: 2000, retry: { ...BACKOFF, maxAttempts: 2 } } });
    const expire = (): void => {
      const task = execution.lease('a', 1000);
      execution.nowMs += 3000;
      execution.reap(task, 'lease_expired');
    };
    expire();
    expect(execution.node('a')).toMatchObject({
      status: 'READY',
      failed: 1,
      lost: 0,
      readyAtMs: execution.nowMs + 100,
    });
    execution.nowMs += 100;
    expire();
    expect(execution.execution).toMatchObject({ status: 'FAILED', error: { code: 'NODE_TIMEOUT' } });
  });

  it('before the deadline is LOST although the node has a timeout', () => {
    const execution = TestExecution.started({ a: { timeoutMs: 60_000 } });
    execution.reap(execution.lease('a', 1000));
    expect(execution.node('a')).toMatchObject({ lost: 1, failed: 0 });
  });

  it('gives the next attempt a deadline of its own', () => {
    const execution = TestExecution.started({ a: { timeoutMs: 2000 } });
    execution.reap(execution.lease('a', 1000));
    execution.nowMs += 10_000;
    execution.lease('a', 1000);
    expect(execution.node('a').deadlineAtMs).toBe(execution.nowMs + 3000);
  });
});

describe('cancel', () => {
  it('ends everything that is open in one transition, and says why', () => {
    const execution = TestExecution.started({ a: {}, b: {}, c: { needs: ['a'] }, d: { needs: ['b'] } });
    execution.run('a');
    execution.lease('b');
    expect(execution.send({ kind: 'cancel', reason: 'changed my mind' })).toEqual(APPLIED);
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'CANCELLED', c: 'CANCELLED' });
    expect(execution.events.at(-1)).toMatchObject({ kind: 'execution_cancelled', reason: 'changed my mind' });
  });

  it('again is already applied', () => {
    const execution = TestExecution.started({ a: {} });
    execution.send({ kind: 'cancel' });
    expect(execution.send({ kind: 'cancel' })).toEqual(ALREADY);
  });

  it('of a finished execution is refused (Nexum 0.2: it "works")', () => {
    const execution = TestExecution.started({ a: {} });
    execution.run('a');
    expect(execution.sendWithoutEffect({ kind: 'cancel' })).toBe('EXECUTION_CLOSED');
  });

  it('is final: a worker that finishes afterwards changes nothing (Nexum 0.2: CANCELLED becomes COMPLETED)', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a');
    execution.send({ kind: 'cancel' });
    expect(execution.sendWithoutEffect({ kind: 'complete', task, output: '1' })).toBe('EXECUTION_CLOSED');
    expect(execution.sendWithoutEffect({ kind: 'release', task })).toBe('EXECUTION_CLOSED');
    const failure = { code: 'X', message: '', retryable: true };
    expect(execution.sendWithoutEffect({ kind: 'fail', task, failure })).toBe('EXECUTION_CLOSED');
  });
});

describe('pause and resume', () => {
  it('parks what is ready; what is leased goes on', () => {
    const execution = TestExecution.started({ a: {}, b: {} });
    execution.lease('a');
    expect(execution.send({ kind: 'pause' })).toEqual(APPLIED);
    expect(execution.nodes()).toEqual({ a: 'LEASED', b: 'PENDING' });
    const lease = { kind: 'lease', node: 'b', iteration: 1, workerId: 'w', nonce: 'x', leaseMs: 1 } as const;
    expect(execution.sendWithoutEffect(lease)).toBe('WRONG_STATE');
  });

  it('parks what becomes ready meanwhile: by completion, failure, release and loss', () => {
    const execution = TestExecution.started({ a: {}, b: { retry: BACKOFF }, c: {}, d: {}, e: { needs: ['a'] } });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((node) => execution.lease(node));
    execution.send({ kind: 'pause' });
    execution.send({ kind: 'complete', task: a!, output: '1' });
    execution.fail(b!);
    execution.send({ kind: 'release', task: c! });
    execution.reap(d!);
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'PENDING', c: 'PENDING', d: 'PENDING', e: 'PENDING' });
    execution.send({ kind: 'resume' });
    expect(execution.nodes()).toEqual({ a: 'COMPLETED', b: 'READY', c: 'READY', d: 'READY', e: 'READY' });
    expect(execution.node('b').readyAtMs).toBe(START_MS + 100);
  });

  it('ends the execution when the last leased node completes while paused (E2)', () => {
    const execution = TestExecution.started({ a: {} });
    const task = execution.lease('a');
    execution.send({ kind: 'pause' });
    execution.send({ kind: 'complete', task, output: '1' });
    expect(execution.status).toBe('COMPLETED');
  });

  it('fails and cancels a paused execution with its parked nodes', () => {
    const failing = TestExecution.started({ a: { retry: { ...NO_DELAY, maxAttempts: 1 } }, b: {} });
    const task = failing.lease('a');
    failing.send({ kind: 'pause' });
    failing.fail(task);
    expect(failing.nodes()).toEqual({ a: 'FAILED', b: 'CANCELLED' });
    const cancelled = TestExecution.started({ a: {} });
    cancelled.send({ kind: 'pause' });
    cancelled.send({ kind: 'cancel' });
    expect(cancelled.nodes()).toEqual({ a: 'CANCELLED' });
  });

  it('repeated are already applied, on a closed execution refused', () => {
    const execution = TestExecution.started({ a: {} });
    expect(execution.send({ kind: 'resume' })).toEqual(ALREADY);
    execution.send({ kind: 'pause' });
    expect(execution.send({ kind: 'pause' })).toEqual(ALREADY);
    execution.send({ kind: 'resume' });
    execution.run('a');
    expect(execution.send({ kind: 'pause' })).toEqual(refused('EXECUTION_CLOSED'));
    expect(execution.send({ kind: 'resume' })).toEqual(refused('EXECUTION_CLOSED'));
  });
});
