import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import { EventWatch } from '../../../src/engine/event-watch.js';
import { completedOf, executionIdOf, executionOf } from '../../support/store-records.js';

function open(afterSeq: number, stored: readonly ExecutionEvent[]) {
  const pushed: number[][] = [];
  const lagging: EventWatch[] = [];
  const reader = {
    listAllEvents: (_id: string, after: number) => Promise.resolve(stored.filter(({ seq }) => seq > after)),
    findRecord: () => Promise.resolve(executionOf(1)),
  };
  const owner = { lag: (watch: EventWatch): void => void lagging.push(watch), end: (): void => undefined };
  const sink = (events: readonly ExecutionEvent[]): void => void pushed.push(events.map(({ seq }) => seq));
  return { watch: new EventWatch(executionIdOf(1), afterSeq, reader, sink, owner), pushed, lagging };
}

const event = (seq: number): ExecutionEvent => completedOf(1, seq, '1', `n${seq}`);

describe('a watch', () => {
  it('passes on what follows on the last event, once', () => {
    const { watch, pushed, lagging } = open(3, []);
    watch.offer([event(3), event(4)]);
    watch.offer([event(4)]);
    watch.offer([event(5)]);
    expect(pushed).toEqual([[4], [5]]);
    expect(lagging).toEqual([]);
  });

  it('C1: reads nothing by itself when events are missing: it asks its owner for the moment', async () => {
    const { watch, pushed, lagging } = open(3, [event(4), event(5), event(6)]);
    watch.offer([event(6)]);
    expect(pushed).toEqual([]);
    expect(lagging).toEqual([watch]);
    await watch.catchUp();
    expect(pushed).toEqual([[4, 5, 6]]);
    watch.offer([event(6)]);
    expect(pushed).toEqual([[4, 5, 6]]);
  });
});
