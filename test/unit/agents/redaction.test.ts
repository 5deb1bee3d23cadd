import { describe, expect, it } from 'vitest';
import { redactor } from '../../../src/agents/models/redaction.js';
import { retryAfterMs } from '../../../src/agents/models/retry-after.js';

const KEY = 'sk-"live"+4f9c2b7a/e8';

describe('what is taken out of a text', () => {
  const keys = redactor([KEY, 'short', 'sk-"live"+4f9c2b7a']);
  it.each([
    ['as it is', KEY],
    ['in JSON', JSON.stringify({ key: KEY })],
    ['in a URL', `https://x/?k=${encodeURIComponent(KEY)}`],
    ['in hexadecimal', Buffer.from(KEY).toString('hex')],
    ['in base64', Buffer.from(KEY).toString('base64')],
    ['in base64 after one byte', Buffer.from(`:${KEY}:`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`a:${KEY}:`).toString('base64')],
    ['in base64 after a word', Buffer.from(`Bearer ${KEY}`).toString('base64')],
    ['in the base64 of URLs', Buffer.from(`user:${KEY}?`).toString('base64url')],
  ])('a key %s', (_form, text) => {
    const clean = keys.error(`before ${text} after`);
    expect(clean).toMatch(/^before .*\[key\].* after$/);
    for (const part of [KEY, KEY.slice(4), '4f9c2b7a/e8']) expect(clean).not.toContain(part);
    for (const word of clean.split(' ')) expect(Buffer.from(word, 'base64').toString('latin1')).not.toContain('9c2b7');
  });

  it.each([
    ['Authorization: Bearer abcdefgh12345', 'Authorization: Bearer [key]'],
    ['authorization: basic dXNlcjpwYXNz==', 'authorization: basic [key]'],
    ['GET https://user:pass@host/v1', 'GET https://[key]@host/v1'],
    ['GET https://host/v1?key=abc&x=1 failed', 'GET https://host/v1?key=[key]&x=1 failed'],
    ['the bearer of bad news, at example@host', 'the bearer of bad news, at example@host'],
  ])('of an error, secrets that nobody here knows: %s', (text, clean) => {
    expect(keys.error(text)).toBe(clean);
  });

  it('of a reply, known keys only; a clean reply stays the same object', () => {
    const clean = { content: 'Bearer abcdefgh12345, short, none', n: [1, null] };
    expect(keys.reply(clean)).toBe(clean);
    expect(keys.reply({ content: `say ${KEY}`, raw: [{ [KEY]: 1 }] })).toEqual({
      content: 'say [key]',
      raw: [{ '[key]': 1 }],
    });
  });

  it('nothing, without keys, or with placeholders in their place', () => {
    for (const secrets of [[], ['none'], ['EMPTY', 'lm-studio']]) {
      expect(redactor(secrets).reply('none EMPTY lm-studio')).toBe('none EMPTY lm-studio');
    }
  });

  it('also where pieces share a key, however they are cut', () => {
    const text = `a ${KEY} b ${KEY.slice(0, 8)} c sk-`;
    for (let size = 1; size <= text.length; size += 1) {
      const shown: string[] = [];
      const pieces = redactor([KEY]).pieces((piece) => shown.push(piece));
      for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
      pieces.end();
      expect(shown.join('')).toBe(`a [key] b ${KEY.slice(0, 8)} c sk-`);
    }
  });
});

describe('how long a provider wants to be left alone', () => {
  const NOW = Date.parse('2026-01-01T00:00:00Z');
  it.each<[Record<string, string>, string, number | undefined]>([
    [{ 'retry-after': '2' }, '', 2000],
    [{ 'retry-after': '0.25' }, '', 250],
    [{ 'retry-after-ms': '1500.2', 'retry-after': '9' }, '', 1501],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, '', 9000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, '', 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, '', 0],
    [{ 'retry-after': '31536000' }, '', 86_400_000],
    [{ 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }, '', 86_400_000],
    [{}, '{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}', 34_500],
    [{ 'retry-after': '-1' }, '', undefined],
    [{ 'retry-after': 'Infinity' }, '', undefined],
    [{ 'retry-after': '0x10' }, '', undefined],
    [{ 'retry-after': '1e9' }, '', undefined],
    [{ 'retry-after': 'later' }, '', undefined],
    [{ 'retry-after': '' }, '', undefined],
    [{}, 'nothing', undefined],
  ])('%j %s', (headers, body, expected) => {
    expect(retryAfterMs(new Headers(headers), body, NOW)).toBe(expected);
  });
});
