/** A web server on loopback, and a client that believes it to be public hosts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '../../../../src/handlers/web/web-client.js';
import { WebRules } from '../../../../src/handlers/web/web-rules.js';

export interface Seen {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface LocalWeb {
  readonly port: number;
  /** Of the host that the client sees. */
  url(host: string, path: string): string;
  readonly seen: Seen[];
  /** How often a host was looked up. */
  readonly lookups: Map<string, number>;
  /** A client whose resolver knows `hosts`, and that may reach this port of 127.0.0.1. */
  client(hosts?: Readonly<Record<string, readonly string[] | (() => readonly string[])>>): WebClient;
  close(): Promise<void>;
}

export async function startLocalWeb(answer: (seen: Seen, response: ServerResponse) => void): Promise<LocalWeb> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', headers, url: path = '' } = request;
      const one = { method, host: headers.host ?? '', path, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lookups = new Map<string, number>();
  return {
    port,
    seen,
    lookups,
    url: (host, path) => `http://${host}:${port}${path}`,
    client: (hosts = {}) =>
      new WebClient({
        rules: WebRules.parse(`127.0.0.1:${port}`),
        resolve: (host) => {
          lookups.set(host, (lookups.get(host) ?? 0) + 1);
          const found = hosts[host];
          return Promise.resolve(typeof found === 'function' ? found() : (found ?? ['127.0.0.1']));
        },
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
