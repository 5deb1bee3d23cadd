/**
 * Opens connections to checked addresses only. The name is resolved here, every answer is checked, and the socket is
 * opened to exactly that address: between check and connection nobody resolves again, so a name that changes its answer
 * (DNS rebinding) gains nothing.
 */
import { ADDRCONFIG } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { nexumError } from '../../errors.js';
import { hostOf, type WebRules } from './web-rules.js';

/** All addresses of a name; throws when it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** One address that does not answer must not use up the time of the others. */
const CONNECT_TIMEOUT_MS = 5000;
const MAX_ADDRESSES = 4;

export const resolveByDns: Resolve = async (host) => {
  const found = await lookup(host, { all: true, hints: ADDRCONFIG });
  return found.map(({ address }) => address);
};

/** @returns a connector of undici for the host of `url` alone */
export function guardedConnector(url: URL, rules: WebRules, resolve: Resolve): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false });
  return (options, callback) => {
    open(url, rules, resolve, (address) => connectTo(connect, options, address, hostOf(url))).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

type Socket = Parameters<buildConnector.Callback>[1] & object;

async function open(
  url: URL,
  rules: WebRules,
  resolve: Resolve,
  connect: (address: string) => Promise<Socket>,
): Promise<Socket> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  let problem: unknown;
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      rules.checkAddress(url, address);
      return await connect(address);
    } catch (error) {
      problem ??= error;
    }
  }
  if (problem instanceof Error) throw problem;
  throw nexumError('WEB_REQUEST_FAILED', `${host} has no address`);
}

function connectTo(
  connect: buildConnector.connector,
  options: buildConnector.Options,
  address: string,
  host: string,
): Promise<Socket> {
  // The certificate is that of the name. A literal has no server name, and is checked as the address that it is.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return new Promise((resolve, reject) => {
    connect({ ...options, ...servername, hostname: address, host: address }, (...[error, socket]) => {
      if (error) reject(error);
      else resolve(socket);
    });
  });
}
