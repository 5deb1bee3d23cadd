import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { runAttempts, type CallAttempt, type Execute } from '../../../src/durable/call-attempt.js';
import { isFailedResult } from '../../../src/durable/failed-result.js';
import { NonRetryableError, RetryableError } from '../../../src/errors.js';

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(() => Promise.resolve()) }));

const NEVER = new AbortController().signal;
const FAST = { maxAttempts: 3, initialIntervalMs: 1 };

function run(execute: Execute, options: CallAttempt['options'] = {}, signal = NEVER): Promise<string> {
  return runAttempts({ tool: 't', idempotencyKey: 'k', attempt: 4, execute, options }, signal);
}

/** Fails so often, then succeeds. */
function failing(times: number, error: Error): { execute: Execute; attempts: number[] } {
  const attempts: number[] = [];
  return {
    attempts,
    execute: ({ attempt }) => {
      attempts.push(attempt);
      if (attempts.length <= times) throw error;
      return 'done';
    },
  };
}

describe('one durable call', () => {
  it('hands its key, its attempt and a signal to the function, and returns JSON text', async () => {
    const execute = vi.fn<Execute>(() => ({ a: 1 }));
    expect(await run(execute)).toBe('{"a":1}');
    expect(execute).toHaveBeenCalledWith(expect.objectContaining({ idempotencyKey: 'k', attempt: 4 }));
    expect(await run(() => undefined)).toBe('null');
  });

  it('is tried once without `retry`, and as often as it says with it', async () => {
    const once = failing(1, new Error('no'));
    await expect(run(once.execute)).rejects.toThrow('no');
    expect(once.attempts).toEqual([4]);
    const twice = failing(2, new Error('no'));
    expect(await run(twice.execute, { retry: FAST })).toBe('"done"');
    expect(twice.attempts).toEqual([4, 5, 6]);
    const always = failing(9, new Error('no'));
    await expect(run(always.execute, { retry: FAST })).rejects.toThrow('no');
    expect(always.attempts).toHaveLength(3);
  });

  it('is not tried again after NonRetryableError, nor after a result that is not JSON', async () => {
    const final = failing(1, new NonRetryableError('never'));
    await expect(run(final.execute, { retry: FAST })).rejects.toThrow('never');
    expect(final.attempts).toHaveLength(1);
    const execute = vi.fn<Execute>(() => ({ when: new Date(0) }));
    await expect(run(execute, { retry: FAST })).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
    expect(execute).toHaveBeenCalledTimes(1);
  });

  it('waits as long as RetryableError says, and otherwise longer each time', async () => {
    vi.mocked(pause).mockClear();
    const { execute } = failing(1, new RetryableError('busy', { retryAfterMs: 5000 }));
    expect(await run(execute, { retry: FAST })).toBe('"done"');
    expect(vi.mocked(pause).mock.calls.map(([ms]) => ms)).toEqual([5000]);
    vi.mocked(pause).mockClear();
    await run(failing(2, new Error('no')).execute, {
      retry: { maxAttempts: 3, initialIntervalMs: 1000, multiplier: 10 },
    });
    const [first = 0, second = 0] = vi.mocked(pause).mock.calls.map(([ms]) => ms ?? 0);
    expect(first).toBeLessThanOrEqual(1000);
    expect(second).toBeGreaterThan(first * 5);
  });

  it('A1: ends at its timeout although the function does not listen, and aborts its signal', async () => {
    let seen: AbortSignal | undefined;
    const running = run(
      ({ signal }) => {
        seen = signal;
        return new Promise(() => undefined);
      },
      { timeoutMs: 5 },
    );
    await expect(running).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(seen?.aborted).toBe(true);
  });

  it('begins its timeout anew with every progress', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let progress = (): void => undefined;
      let end = (_: string): void => undefined;
      const running = run(
        (context) => {
          progress = () => context.progress();
          return new Promise((resolve) => (end = resolve));
        },
        { timeoutMs: 1000 },
      );
      for (let turn = 0; turn < 5; turn += 1) {
        await vi.advanceTimersByTimeAsync(900);
        progress();
      }
      end('long');
      expect(await running).toBe('"long"');
    } finally {
      vi.useRealTimers();
    }
  });

  it('A1: ends when its caller stops, and is not tried again', async () => {
    const stop = new AbortController();
    const execute = vi.fn<Execute>(() => new Promise(() => undefined));
    const running = run(execute, { retry: FAST }, stop.signal);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(execute).toHaveBeenCalledTimes(1);
    await expect(run(execute, {}, stop.signal)).rejects.toThrow('enough');
    expect(execute).toHaveBeenCalledTimes(1);
  });

  it('drains streams: a list of the pieces, and the text of bytes', async () => {
    async function* pieces(): AsyncGenerator {
      yield await Promise.resolve(1);
      yield { b: 2 };
    }
    expect(await run(() => pieces())).toBe('[1,{"b":2}]');
    expect(await run(() => new Blob(['grün']).stream())).toBe('"grün"');
    expect(await run(() => Promise.resolve(new Response('x').body))).toBe('"x"');
    const bytes = run(() => new Blob([new Uint8Array([0xff])]).stream());
    await expect(bytes).rejects.toMatchObject({ code: 'OUTPUT_NOT_JSON' });
  });

  it('A1: rejects with the reason of the signal also between two tries', async () => {
    vi.mocked(pause).mockClear();
    vi.mocked(pause).mockImplementationOnce(() => new Promise(() => undefined));
    const stop = new AbortController();
    const running = run(failing(1, new Error('no')).execute, { retry: FAST }, stop.signal);
    await vi.waitFor(() => expect(pause).toHaveBeenCalled());
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('takes a result that reports a failure for one', async () => {
    const execute = vi.fn<Execute>(() => 'Error: not found');
    const failed = run(execute, { isFailure: isFailedResult, retry: FAST });
    await expect(failed).rejects.toMatchObject({ code: 'TOOL_FAILED', message: 'Error: not found' });
    await expect(failed).rejects.toHaveProperty('details.result', 'Error: not found');
    expect(execute).toHaveBeenCalledTimes(3);
    expect(await run(execute)).toBe('"Error: not found"');
  });

  it.each([
    ['Error: no', true],
    ['  TypeError: x is not a function', true],
    ['error - no', true],
    ['Errors happen', false],
    ['the error: fine', false],
    [{ isError: true, content: [] }, true],
    [{ isError: false }, false],
    [['Error: no'], false],
    [null, false],
  ])('isFailedResult: %j is %s', (result, failed) => {
    expect(isFailedResult(result)).toBe(failed);
  });

  it('refuses a result above 64 MiB', async () => {
    const running = run(() => 'x'.repeat(64 * 1024 * 1024));
    await expect(running).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });
});
