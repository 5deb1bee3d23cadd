/** `--http`, of the commands that run a server for others. */
import { Option } from 'commander';
import type { ServerOptions } from '../server/server.js';

export const HTTP_ENV = 'NEXUM_HTTP';

export function httpOption(): Option {
  return new Option('--http <host:port>', 'serve /metrics, /healthz and /readyz there').env(HTTP_ENV);
}

/** An empty text, as of an unset variable in a compose file, means off. */
export function httpServer(listen: string | undefined): Pick<ServerOptions, 'http'> {
  return listen === undefined || listen === '' ? {} : { http: { listen } };
}
