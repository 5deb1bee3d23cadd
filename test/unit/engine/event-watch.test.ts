import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/core/event.js';
import { EventWatch } from '../../../src/engine/event-watch.js';
import { completedOf, executionIdOf, executionOf } from '../../support/store-records.js';

function open(afterSeq: number, ...pages: readonly (readonly ExecutionEvent[])[]) {
  const pushed: number[][] = [];
  const lagging: EventWatch[] = [];
  const reader = {
    async *eventPages(_id: string, after: number) {
      for (const page of pages) {
        const fresh = page.filter(({ seq }) => seq > after);
        if (fresh.length > 0) yield await Promise.resolve(fresh);
      }
    },
    findRecord: () => Promise.resolve(executionOf(1)),
  };
  const owner = { lag: (watch: EventWatch): void => void lagging.push(watch), end: (): void => undefined };
  const sink = (events: readonly ExecutionEvent[]): void => void pushed.push(events.map(({ seq }) => seq));
  return { watch: new EventWatch(executionIdOf(1), afterSeq, reader, sink, owner), pushed, lagging };
}

const event = (seq: number): ExecutionEvent => completedOf(1, seq, '1', `n${seq}`);

describe('a watch', () => {
  it('passes on what follows on the last event, once', () => {
    const { watch, pushed, lagging } = open(3);
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

  it('passes on page by page', async () => {
    const { watch, pushed } = open(3, [event(4), event(5)], [event(6)]);
    await watch.catchUp();
    expect(pushed).toEqual([[4, 5], [6]]);
  });

  it('does not take the end of a page for the end of an execution that was retried in the next one', async () => {
    const at = { executionId: executionIdOf(1), atMs: 1 };
    const failed: ExecutionEvent = { ...at, seq: 4, kind: 'execution_failed', error: { code: 'C', message: '' } };
    const retried: ExecutionEvent = { ...at, seq: 5, kind: 'execution_retried', ready: [] };
    const { watch, pushed } = open(3, [failed], [retried, event(6)], [event(7)]);
    await watch.catchUp();
    expect(pushed).toEqual([[4, 5, 6], [7]]);
    watch.offer([event(8)]);
    expect(pushed.at(-1)).toEqual([8]);
  });

  it('ends with the closing event, even when it fills a page', async () => {
    const closing: ExecutionEvent = {
      executionId: executionIdOf(1),
      atMs: 1,
      seq: 5,
      kind: 'execution_completed',
      payload: '1',
    };
    const { watch, pushed } = open(3, [event(4), closing]);
    await watch.catchUp();
    expect(pushed).toEqual([[4, 5], []]);
  });
});
