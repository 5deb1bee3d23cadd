import { describe, expect, test } from 'vitest';
import { NexumError } from '../../../../src/errors.js';
import { parseUrl, WebRules } from '../../../../src/handlers/web/web-rules.js';
import { INNER, METADATA, PERMITTED, POISONED, REFUSED } from './ssrf-vectors.js';

function problemOf(url: string, rules = WebRules.parse()): string | undefined {
  try {
    rules.checkUrl(parseUrl(url));
    return undefined;
  } catch (error) {
    if (!(error instanceof NexumError) || error.code !== 'WEB_ADDRESS_REFUSED') throw error;
    return error.message;
  }
}

test('the table has at least 100 vectors', () => {
  expect(REFUSED.length + PERMITTED.length + POISONED.length).toBeGreaterThan(100);
  expect(new Set(REFUSED.map(([url]) => url)).size).toBe(REFUSED.length);
});

test.each(REFUSED)('S1, S2, S3: %j is refused: %s', (url, because) => {
  expect(problemOf(url)).toContain(because);
});

test.each(PERMITTED)('%s may be asked', (url) => {
  expect(problemOf(url)).toBeUndefined();
});

test.each(POISONED)('S3: a name with the address %j is refused', (address) => {
  const rules = WebRules.parse();
  expect(() => rules.checkAddress(new URL('http://example.com/'), address)).toThrow(/example\.com is refused/);
});

describe('NEXUM_ALLOW_HOSTS', () => {
  const rules = WebRules.parse(
    ' searx.lan:8080, *.corp.example ,127.0.0.1:8888,[::1]:9000,10.1.0.0/16,fd00::/8,bad.example:6379',
  );

  test.each([
    'http://searx.lan:8080/search',
    'http://SEARX.lan.:8080/',
    'http://wiki.corp.example/',
    'http://a.b.corp.example:9999/',
    'http://127.0.0.1:8888/',
    'http://0x7f.1:8888/',
    'http://[::1]:9000/',
    'http://10.1.255.1/',
    'http://[fd12::1]/',
    'http://bad.example:6379/',
  ])('lets %s pass', (url) => {
    expect(problemOf(url, rules)).toBeUndefined();
  });

  test.each([
    'http://searx.lan/',
    'http://evil.searx.lan:8080/',
    'http://corp.example.lan/',
    'http://127.0.0.1/',
    'http://127.0.0.2:8888/',
    'http://[::1]:9001/',
    'http://10.2.0.1/',
    'http://[fe80::1]/',
    'http://10.1.0.1:6379/',
  ])('does not let %s pass', (url) => {
    expect(problemOf(url, rules)).toContain('is refused');
  });

  test.each(INNER)('S4: an allowed name may have the inner address %s', (address) => {
    expect(() => rules.checkAddress(new URL('http://searx.lan:8080/'), address)).not.toThrow();
  });

  test.each(METADATA)('S4: an allowed name may not have %s; the address itself may be allowed', (address) => {
    const url = new URL('http://searx.lan:8080/');
    expect(() => WebRules.parse('searx.lan:8080').checkAddress(url, address)).toThrow('is not public');
    expect(() => WebRules.parse(`searx.lan:8080,${address}`).checkAddress(url, address)).not.toThrow();
  });

  test('a configured URL is allowed with its port alone', () => {
    const one = WebRules.parse().allowing(new URL('http://[::1]:4000/search'));
    expect(problemOf('http://[::1]:4000/', one)).toBeUndefined();
    expect(problemOf('http://[::1]:4001/', one)).toContain('loopback');
  });

  test.each(['http://a.example', 'a b', '10.0.0.0/99', '*', 'host:port'])('refuses the entry %s', (entry) => {
    expect(() => WebRules.parse(entry)).toThrow('NEXUM_ALLOW_HOSTS');
  });
});
