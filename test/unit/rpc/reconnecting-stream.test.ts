/** Streams that come back: when they do, and that the closing of their client ends it. */
import { EventEmitter } from 'node:events';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReconnectingStream, type StreamSource } from '../../../src/rpc/reconnecting-stream.js';

class Source implements StreamSource<string, string> {
  readonly streams: EventEmitter[] = [];
  closed = false;

  isClosed(): boolean {
    return this.closed;
  }
  prepare(): undefined {
    return undefined;
  }
  connect(): ClientDuplexStream<string, string> {
    if (this.closed) throw new Error('Channel has been shut down');
    const stream = new EventEmitter();
    this.streams.push(stream);
    return stream as unknown as ClientDuplexStream<string, string>;
  }
  succeeded(): void {
    return undefined;
  }
  failed(): boolean {
    return false;
  }
  breakNewest(): void {
    this.streams.at(-1)?.emit('error', new Error('broken'));
  }
}

function open(source: Source): void {
  new ReconnectingStream(source, { onOpen: () => undefined, onMessage: () => undefined });
}

describe('a stream', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('opens again after every break', () => {
    const source = new Source();
    open(source);
    for (const streams of [2, 3, 4]) {
      source.breakNewest();
      vi.runAllTimers();
      expect(source.streams).toHaveLength(streams);
    }
  });

  it('ends with its client, even between a break and the next try', () => {
    const source = new Source();
    open(source);
    source.breakNewest();
    source.closed = true;
    vi.runAllTimers();
    expect(source.streams).toHaveLength(1);
  });

  it('that breaks because its client was closed is not tried again', () => {
    const source = new Source();
    open(source);
    source.closed = true;
    source.breakNewest();
    expect(vi.getTimerCount()).toBe(0);
  });
});
