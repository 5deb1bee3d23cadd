import { describe, expect, it } from 'vitest';
import { baseKey, CallKeys } from '../../../src/durable/call-key.js';

describe('the keys of a sequence', () => {
  const next = (keys: CallKeys): string => keys.next('model:x', { turn: 1 }, { repeat: 'sequence' });
  const base = baseKey('s', 'model:x', { turn: 1 }, {});

  it('count identical calls', () => {
    const keys = new CallKeys('s');
    expect([next(keys), next(keys)]).toEqual([`${base}#1`, `${base}#2`]);
  });

  it('give the newest call again when it was forgotten, so that a replay finds what runs in its place', () => {
    const keys = new CallKeys('s');
    next(keys);
    keys.again(base, 1);
    expect([next(keys), next(keys)]).toEqual([`${base}#1`, `${base}#2`]);
  });

  it('go on when an older call was forgotten, or one that was never made', () => {
    const keys = new CallKeys('s');
    keys.again(base, 1);
    next(keys);
    next(keys);
    keys.again(base, 1);
    expect(next(keys)).toBe(`${base}#3`);
  });
});
