/** Binds a server to its addresses, with or without TLS. */
import { ServerCredentials, type Server } from '@grpc/grpc-js';
import { errorMessage, nexumError } from '../errors.js';
import { splitAddress } from './connection.js';
import type { ServerTls } from './listen-rule.js';

export function serverCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) };
  const ca = tls.ca === undefined ? null : Buffer.from(tls.ca);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

/**
 * `localhost` means both loopback families, port 0 a free port.
 * @returns where clients connect
 * @throws NexumError USAGE, ADDRESS_IN_USE
 */
export async function bindAll(server: Server, listen: string, credentials: ServerCredentials): Promise<string> {
  const address = splitAddress(listen);
  if (!address) throw nexumError('USAGE', `--listen must be host:port, not ${JSON.stringify(listen)}`);
  if (address.host !== 'localhost') {
    const port = await bind(server, listen, credentials);
    return `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`;
  }
  const bound = await bind(server, `127.0.0.1:${address.port}`, credentials);
  try {
    await bind(server, `[::1]:${bound}`, credentials);
  } catch (error) {
    // A machine without IPv6 is fine; a port that somebody else holds there is not ours to share.
    if (errorMessage(error).includes('EADDRINUSE')) throw error;
  }
  return `127.0.0.1:${bound}`;
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error)
        reject(nexumError('ADDRESS_IN_USE', `cannot listen on ${address}: ${error.message}`, { address }, error));
      else resolve(port);
    });
  });
}
