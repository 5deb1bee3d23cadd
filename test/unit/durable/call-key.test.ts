import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { baseKey, CallKeys, checkSessionId, checkToolName } from '../../../src/durable/call-key.js';

describe('keys of durable calls', () => {
  it('are sha256 of the tool name and the canonical JSON of the arguments, in the session', () => {
    const digest = createHash('sha256').update('fetch{"a":1,"b":[true,null]}').digest('hex');
    expect(baseKey('s1', 'fetch', { b: [true, null], a: 1 }, {})).toBe(`s1/${digest}`);
  });

  it('carry version and ordinal outside of the hash', () => {
    const base = baseKey('s1', 'fetch', { a: 1 }, {});
    expect(baseKey('s1', 'fetch', { a: 1 }, { version: '2' })).toBe(`${base}@2`);
    const keys = new CallKeys('s1');
    const next = (): string => keys.next('fetch', { a: 1 }, { repeat: 'sequence', version: '2' });
    expect([next(), next()]).toEqual([`${base}@2#1`, `${base}@2#2`]);
    expect(keys.next('fetch', { a: 1 }, {})).toBe(base);
  });

  it('are made of `key` where there is one', () => {
    expect(baseKey('s', 't', { a: 1, at: 17 }, { key: { a: 1 } })).toBe(baseKey('s', 't', { a: 1 }, {}));
  });

  it.each(['', '.hidden', '-x', 'a/b', '../up', 'a b', 'x'.repeat(65), 'é', 'a#1', 'exec-1', 'a\n'])(
    'refuse the session id %j',
    (id) => {
      expect(() => checkSessionId(id)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    },
  );

  it.each(['a', 'Z9', 'demo-1', 'a.b_c-d', '0', 'x'.repeat(64), 'executor'])('accept the session id %j', (id) => {
    expect(() => checkSessionId(id)).not.toThrow();
  });

  it.each(['', 'a b', 'a#b', 'é', 'x'.repeat(129), 'a\n'])('refuse the tool name %j', (tool) => {
    expect(() => checkToolName(tool)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  it('refuse a version that would look like another part of the key', () => {
    for (const version of ['', 'a/b', 'a#1', 'a@b'])
      expect(() => baseKey('s', 't', 1, { version })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  it('name the place of an argument that is not JSON', () => {
    const args = { list: [1, (): number => 2] } as never;
    expect(() => baseKey('s', 'fetch', args, {})).toThrow(/arguments of fetch.*\$\.list\[1\]/);
  });
});
