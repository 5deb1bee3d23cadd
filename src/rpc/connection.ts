/**
 * How a client reaches its servers: plain data, so that it can be handed to the heartbeat thread.
 * Holds secrets (the token, the private key): never print one of these.
 */
import { nexumError } from '../errors.js';

/** PEM texts. Everything left out: the CAs that Node trusts, and no certificate of our own. */
export interface ClientTls {
  /** Certificates of the CAs whose servers are trusted. */
  readonly ca?: string;
  /** What this client shows to a server that asks for a certificate (mTLS); `key` belongs to it. */
  readonly cert?: string;
  readonly key?: string;
}

export interface Connection {
  /** `host:port` each; a DNS name stands for all addresses that it has. */
  readonly addresses: readonly string[];
  /** Sent with every call and stream. */
  readonly token?: string;
  /** Present: TLS. Absent: no encryption. */
  readonly tls?: ClientTls;
  /** Lets the token travel without TLS to other machines. */
  readonly insecure?: boolean;
}

export interface HostPort {
  /** IPv6 addresses without their brackets. */
  readonly host: string;
  readonly port: number;
}

/** Splits a list such as `a:1,b:2`. @throws NexumError USAGE that lists every part which is no address */
export function parseAddresses(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  const wrong = parts.filter((part) => splitAddress(part) === undefined);
  if (wrong.length > 0) {
    const list = wrong.map((part) => JSON.stringify(part)).join(', ');
    throw nexumError('USAGE', `not an address: ${list}; write host:port, several separated by commas`);
  }
  return [...new Set(parts)];
}

/** `host:port` or `[ipv6]:port`; undefined for anything else. Port 0 is accepted: servers listen on it. */
export function splitAddress(address: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/,]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** True for an address that no other machine can reach. A name other than `localhost` can mean anything. */
export function isLoopback(address: string): boolean {
  const host = splitAddress(address)?.host ?? '';
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
}

/** How this machine reaches a server that listens on `address`: where all interfaces are meant, by the loopback one. */
export function localAddress(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

/** @throws NexumError INSECURE_TOKEN when the token would travel in clear to another machine */
export function checkToken({ addresses, token, tls, insecure }: Connection): void {
  if (token === undefined || tls || insecure === true) return;
  const far = addresses.filter((address) => !isLoopback(address));
  if (far.length === 0) return;
  throw nexumError('INSECURE_TOKEN', `the token would travel to ${far.join(', ')} without encryption`, {
    addresses: far,
  });
}
