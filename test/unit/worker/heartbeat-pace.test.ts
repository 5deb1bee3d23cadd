/** How often a worker beats: each lease often enough, and never for nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeartbeatPace } from '../../../src/worker/heartbeat-pace.js';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function open() {
  const beats: string[] = [];
  const pace = new HeartbeatPace((taskIds) => void beats.push(`${Date.now()} ${taskIds.join(',')}`));
  return { pace, beats };
}

describe('the pace of heartbeats', () => {
  it('is three per lease, for all leases at once', () => {
    const { pace, beats } = open();
    pace.hold([{ taskId: 'a', leaseMs: 30_000 }]);
    vi.advanceTimersByTime(4000);
    pace.hold([{ taskId: 'b', leaseMs: 30_000 }]);
    vi.advanceTimersByTime(20_000);
    expect(beats).toEqual(['10000 a,b', '20000 a,b']);
  });

  it('counts from the moment when a lease began, however late that is heard', () => {
    const { pace, beats } = open();
    pace.hold([{ taskId: 'a', leaseMs: 3000 }], 700);
    vi.advanceTimersByTime(1500);
    expect(beats).toEqual(['300 a', '1300 a']);
    pace.hold([{ taskId: 'b', leaseMs: 3000 }], 5000);
    vi.advanceTimersByTime(1);
    expect(beats.at(-1)).toBe('1500 a,b');
  });

  it('is that of the shortest lease, from the moment when it is held to the moment when it is not', () => {
    const { pace, beats } = open();
    pace.hold([{ taskId: 'long', leaseMs: 30_000 }]);
    vi.advanceTimersByTime(5000);
    pace.hold([{ taskId: 'short', leaseMs: 3000 }]);
    vi.advanceTimersByTime(2500);
    pace.drop(['short']);
    vi.advanceTimersByTime(20_000);
    expect(beats).toEqual(['6000 long,short', '7000 long,short', '8000 long', '18000 long']);
  });

  it('puts no beat off, however often new leases come', () => {
    const { pace, beats } = open();
    for (let at = 0; at < 12_000; at += 1000) {
      pace.hold([{ taskId: 'again', leaseMs: 30_000 }]);
      vi.advanceTimersByTime(1000);
    }
    expect(beats).toEqual(['10000 again']);
  });

  it('is no timer at all when nothing is held', () => {
    const { pace, beats } = open();
    pace.hold([{ taskId: 'a', leaseMs: 3000 }]);
    pace.drop(['a']);
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
    pace.hold([{ taskId: 'b', leaseMs: 3000 }]);
    vi.advanceTimersByTime(1000);
    expect(beats).toEqual(['2000 b']);
  });
});
