/** What a server must bring along to listen where other machines can reach it. */
import { nexumError } from '../errors.js';
import { isLoopback, splitAddress } from './connection.js';

/** PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Present: clients must show a certificate that this CA has signed (mTLS). */
  readonly ca?: string;
}

export interface ListenRule {
  readonly listen: string;
  readonly tls?: ServerTls;
  readonly tokensFile?: string;
  /** Listen wherever it is, without whatever is missing. */
  readonly insecure?: boolean;
}

/**
 * Refuses an address that other machines can reach unless both TLS and tokens are there.
 * @returns a warning when `insecure` makes up for what is missing
 * @throws NexumError INSECURE_LISTEN, USAGE
 */
export function checkListen({ listen, tls, tokensFile, insecure }: ListenRule): string | undefined {
  if (!splitAddress(listen)) throw nexumError('USAGE', `--listen must be host:port, not ${JSON.stringify(listen)}`);
  if (isLoopback(listen)) return undefined;
  const missing = [
    ...(tls ? [] : ['TLS (--tls-cert and --tls-key)']),
    ...(tokensFile === undefined ? ['tokens (--tokens-file)'] : []),
  ];
  if (missing.length === 0) return undefined;
  const what = `${listen} can be reached from other machines, and the server has no ${missing.join(' and no ')}`;
  if (insecure === true) return what;
  throw nexumError('INSECURE_LISTEN', what, { listen, missing });
}
