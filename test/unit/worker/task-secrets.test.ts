import { describe, expect, test } from 'vitest';
import { maskedLog, maskSecrets } from '../../../src/worker/task-secrets.js';

const KEY = "a b+c/ü'(k)~=";
const inQuery = (name: string): string => `https://a.example/?${new URLSearchParams({ [name]: KEY }).toString()}`;

describe('secrets are masked', () => {
  test.each([
    ['as they are', `key ${KEY}.`, 'key ***.'],
    ['in JSON', JSON.stringify({ k: `${KEY}"\n` }), '{"k":"***\\"\\n"}'],
    ['in a path', `https://a.example/${encodeURIComponent(KEY)}/x`, 'https://a.example/***/x'],
    ['in a query or a form', `${inQuery('key')}&n=1`, 'https://a.example/?key=***&n=1'],
  ])('%s', (_, text, masked) => {
    expect(maskSecrets(text, { KEY })).toBe(masked);
  });

  test('in lines of a log and in their fields', () => {
    const lines: unknown[] = [];
    const write = (...line: unknown[]) => void lines.push(line);
    const log = maskedLog({ info: write, warn: write, error: write }, (text) => maskSecrets(text, { KEY }));
    log.info(`asking ${inQuery('k')}`, { url: inQuery('k') });
    expect(lines).toEqual([['asking https://a.example/?k=***', { url: 'https://a.example/?k=***' }]]);
  });

  test('longest first, and empty ones never', () => {
    expect(maskSecrets('a+b+c and a+b', { SHORT: 'a b', LONG: 'a b c', EMPTY: '' })).toBe('*** and ***');
  });

  test('half a surrogate pair, which has no form in URLs, does no harm', () => {
    expect(maskSecrets('x\ud800y', { HALF: 'x\ud800y' })).toBe('***');
  });
});
