/** Which server a client talks to: the random start, the move after a failure, names with several addresses. */
import { describe, expect, it } from 'vitest';
import { isLoopback, parseAddresses } from '../../../src/rpc/connection.js';
import { Endpoints, type EndpointOptions } from '../../../src/rpc/endpoints.js';

const THREE = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'];

function started(addresses: readonly string[], options: EndpointOptions = {}): Endpoints {
  return new Endpoints(addresses, { random: () => 0, ...options });
}

function walk(endpoints: Endpoints, failures: number): string[] {
  const seen = [endpoints.current().address];
  for (let turn = 0; turn < failures; turn += 1) {
    endpoints.failed(endpoints.current());
    seen.push(endpoints.current().address);
  }
  return seen;
}

describe('addresses', () => {
  it('are host:port, separated by commas, each once', () => {
    expect(parseAddresses('a:1, b.example:50051,[::1]:2,a:1')).toEqual(['a:1', 'b.example:50051', '[::1]:2']);
  });

  it('that are none are all named', () => {
    expect(() => parseAddresses('a:1,b,:2,::1:3,c:65536,http://d:1')).toThrow(
      'not an address: "b", ":2", "::1:3", "c:65536", "http://d:1"',
    );
    expect(() => parseAddresses('')).toThrow('not an address: ""');
  });

  it('are loopback only when no other machine can mean them', () => {
    for (const address of ['localhost:1', '127.0.0.1:1', '127.9.9.9:1', '[::1]:1'])
      expect(isLoopback(address)).toBe(true);
    for (const address of ['0.0.0.0:1', '[::]:1', 'localhost.example:1', '10.0.0.1:1', '127.0.0.1.example:1', 'x'])
      expect(isLoopback(address)).toBe(false);
  });
});

describe('endpoints', () => {
  it('P1: start anywhere, so that many clients spread over all servers', () => {
    const starts = Array.from({ length: 300 }, () => new Endpoints(THREE).current().address);
    for (const address of THREE) expect(starts.filter((start) => start === address).length).toBeGreaterThan(50);
  });

  it('P2: stay until a failure, then go round', () => {
    const endpoints = started(THREE);
    expect(endpoints.current()).toBe(endpoints.current());
    expect(walk(endpoints, 3)).toEqual([...THREE, THREE[0]]);
  });

  it('P2: pass over what failed lately, and take the oldest failure when all did', () => {
    let nowMs = 0;
    const endpoints = started(THREE, { nowMs: () => nowMs });
    expect(endpoints.failed({ address: THREE[1]! })).toBe(true);
    nowMs += 10;
    expect(endpoints.failed(endpoints.current())).toBe(true);
    expect(endpoints.current().address).toBe(THREE[2]);
    nowMs += 10;
    expect(endpoints.failed(endpoints.current())).toBe(false);
    expect(endpoints.current().address).toBe(THREE[1]);
    nowMs += 60_000;
    expect(endpoints.failed(endpoints.current())).toBe(true);
  });

  it('move on once when many calls of one server fail together', () => {
    const endpoints = started(THREE);
    const first = endpoints.current();
    for (let call = 0; call < 5; call += 1) endpoints.failed(first);
    expect(endpoints.current().address).toBe(THREE[1]);
  });

  it('have nowhere to go when there is one', () => {
    const endpoints = started(['10.0.0.1:1']);
    expect(endpoints.failed(endpoints.current())).toBe(false);
    expect(endpoints.current().address).toBe('10.0.0.1:1');
  });
});

describe('a DNS name', () => {
  it('P3: stands for all its addresses, and keeps the name for the certificate', async () => {
    const endpoints = started(['nexum.test:7'], { lookup: () => Promise.resolve(['10.0.0.1', 'fd00::2']) });
    await endpoints.ready();
    expect(endpoints.count).toBe(2);
    expect(endpoints.current()).toEqual({ address: '10.0.0.1:7', name: 'nexum.test' });
    endpoints.failed(endpoints.current());
    expect(endpoints.current()).toEqual({ address: '[fd00::2]:7', name: 'nexum.test' });
  });

  it('P3: is resolved again after a failure, not more often than once a second, and drops what is gone', async () => {
    let nowMs = 0;
    const answers = [['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.3']]; // prettier-ignore
    let asked = 0;
    const lookup = (): Promise<string[]> => Promise.resolve(answers[Math.min(asked++, 1)]!);
    const endpoints = started(['nexum.test:7'], { lookup, nowMs: () => nowMs });
    await endpoints.ready();
    endpoints.failed(endpoints.current());
    expect(asked).toBe(1);
    nowMs += 1000;
    endpoints.failed({ address: '10.0.0.1:7' });
    expect(asked).toBe(2);
    await expect.poll(() => walk(endpoints, 2)).not.toContain('10.0.0.1:7');
    expect(new Set(walk(endpoints, 4))).toEqual(new Set(['10.0.0.2:7', '10.0.0.3:7']));
  });

  it('with one address is left to the channel; one that cannot be resolved, too', async () => {
    for (const lookup of [() => Promise.resolve(['10.0.0.1']), () => Promise.reject(new Error('ENOTFOUND'))]) {
      const endpoints = started(['nexum.test:7'], { lookup });
      await endpoints.ready();
      expect(endpoints.current()).toEqual({ address: 'nexum.test:7' });
      expect(endpoints.count).toBe(1);
    }
  });

  it('localhost and literal addresses are never looked up', () => {
    const lookup = (): Promise<string[]> => Promise.reject(new Error('asked'));
    const endpoints = started(['localhost:1', '127.0.0.1:2', '[::1]:3'], { lookup });
    expect(endpoints.ready()).toBeUndefined();
    expect(endpoints.count).toBe(3);
  });
});
