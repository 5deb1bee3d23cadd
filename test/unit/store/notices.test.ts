/** Hints on their way through NOTIFY: small enough for it, complete, and deaf to noise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotice, writeNotices } from '../../../src/store/postgres/notices.js';
import type { Hint } from '../../../src/store/store.js';

/** PostgreSQL takes payloads that are shorter than this, in bytes. */
const LIMIT_BYTES = 8000;
/** As long as the characters of a queue or worker may make them: nothing here depends on ASCII. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('😀', 'ü', '"', '\\', 'x', '\u0001'), minLength: 100, maxLength: 300 }),
);
const hints: fc.Arbitrary<Hint> = fc.record({
  queues: fc.array(
    name.map((text) => `handler:${text}`),
    { maxLength: 60 },
  ),
  executionIds: fc.array(
    fc.uuid().map((uuid) => `exec-${uuid}`),
    { maxLength: 400 },
  ),
  stops: fc.array(fc.record({ workerId: name, taskId: name }), { maxLength: 60 }),
});

function readAll(self: string, payloads: readonly string[]): Hint {
  const read = payloads.map((payload) => readNotice(self, payload));
  return {
    queues: read.flatMap((hint) => hint?.queues ?? []),
    executionIds: read.flatMap((hint) => hint?.executionIds ?? []),
    stops: read.flatMap((hint) => hint?.stops ?? []),
  };
}

describe('notices', () => {
  it('carry every hint in payloads that PostgreSQL takes', () => {
    fc.assert(
      fc.property(hints, (hint) => {
        const payloads = writeNotices('server-a', hint);
        for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(LIMIT_BYTES);
        expect(readAll('server-b', payloads)).toEqual(hint);
      }),
    );
  });

  it('are few: a payload is filled before the next one begins', () => {
    const executionIds = Array.from(
      { length: 1000 },
      (_, index) => `exec-01890000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    );
    const payloads = writeNotices('server-a', { queues: [], executionIds, stops: [] });
    expect(payloads.length).toBeLessThanOrEqual(8);
    expect(writeNotices('server-a', { queues: [], executionIds: [], stops: [] })).toEqual([]);
  });

  it('pass over a single name that no payload can hold, and carry the rest', () => {
    const endless = { workerId: 'w'.repeat(LIMIT_BYTES), taskId: 't' };
    const hint: Hint = {
      queues: [`handler:${'x'.repeat(LIMIT_BYTES)}`, 'handler:h'],
      executionIds: [],
      stops: [endless],
    };
    const payloads = writeNotices('server-a', hint);
    for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(LIMIT_BYTES);
    expect(readAll('server-b', payloads)).toEqual({ queues: ['handler:h'], executionIds: [], stops: [] });
  });

  it('of oneself are ignored', () => {
    const [payload = ''] = writeNotices('server-a', { queues: ['handler:h'], executionIds: [], stops: [] });
    expect(readNotice('server-a', payload)).toBeUndefined();
    expect(readNotice('server-b', payload)).toEqual({ queues: ['handler:h'], executionIds: [], stops: [] });
  });

  it.each(['', 'garbage', '{', 'null', '1', '"text"', '[]', '{}', '{"from":"x"}', '{"from":"x","facts":1}'])(
    'that make no sense are ignored: %s',
    (payload) => {
      expect(readNotice('server-a', payload)).toBeUndefined();
    },
  );

  it('of a newer version are understood as far as they are known', () => {
    const facts = [['weather', 'sunny'], 7, null, ['queue'], ['queue', 7], ['stop', 'w'], ['queue', 'handler:h']];
    expect(readNotice('server-a', JSON.stringify({ from: 'x', facts, more: 1 }))).toEqual({
      queues: ['handler:h'],
      executionIds: [],
      stops: [],
    });
  });

  it('never throw, whatever anybody sends on the channel', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
        readNotice('server-a', payload);
      }),
    );
  });
});
