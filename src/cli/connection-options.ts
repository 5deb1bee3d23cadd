/**
 * Tokens and TLS of the command line. The same three file options name the certificate of whoever runs here: of the
 * server in `nexum server` and `nexum dev`, of the client everywhere else.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { errorMessage, nexumError } from '../errors.js';
import type { ClientTls, Connection } from '../rpc/connection.js';
import type { ServerTls } from '../rpc/listen-rule.js';
import { readTlsFiles, type NamedFile, type TlsFiles } from './tls-files.js';

export interface ConnectionFlags {
  readonly tokenFile?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
}

/** What a server takes beside its address. */
export interface ServerSecurity {
  readonly tls?: ServerTls;
  readonly tokensFile?: string;
  readonly insecure?: boolean;
}

export const TOKENS_FILE_OPTION = 'who may call this server: <role> <name> <token> per line (NEXUM_TOKENS_FILE)';

/** The options that every command has. */
export function addConnectionOptions(program: Command): Command {
  return program
    .option('--token-file <file>', 'the token that this client sends (default: NEXUM_TOKEN, else NEXUM_TOKEN_FILE)')
    .option('--tls', 'talk TLS to the server and trust the usual CAs (NEXUM_TLS=1)')
    .option('--tls-ca <file>', 'trust only this CA: a client its servers, a server its clients (NEXUM_TLS_CA)')
    .option('--tls-cert <file>', 'the certificate of this client or server (NEXUM_TLS_CERT)')
    .option('--tls-key <file>', 'the key of that certificate (NEXUM_TLS_KEY)')
    .option('--insecure', 'accept that tokens and data travel without TLS, or that a server has no tokens');
}

/**
 * Everything of a client's connection but the addresses.
 * @throws NexumError TLS_INVALID, FILE_NOT_FOUND
 */
export function clientSecurity(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Omit<Connection, 'addresses'> {
  const token = readToken(flags, env);
  const tls = clientTls(flags, env);
  return {
    ...(token === undefined ? {} : { token }),
    ...(tls ? { tls } : {}),
    ...(flags.insecure === true ? { insecure: true } : {}),
  };
}

/** @throws NexumError USAGE for an option that only clients have; TLS_INVALID */
export function serverSecurity(
  flags: ConnectionFlags & { readonly tokensFile?: string },
  env: NodeJS.ProcessEnv,
): ServerSecurity {
  if (flags.tls === true) throw nexumError('USAGE', '--tls is for clients; a server takes --tls-cert and --tls-key');
  if (flags.tokenFile !== undefined) {
    throw nexumError('USAGE', '--token-file is for clients; a server takes --tokens-file');
  }
  const tokensFile = flags.tokensFile ?? (env['NEXUM_TOKENS_FILE'] || undefined);
  const tls = serverTls(tlsFiles(flags, env));
  return {
    ...(tls ? { tls } : {}),
    ...(tokensFile === undefined ? {} : { tokensFile }),
    ...(flags.insecure === true ? { insecure: true } : {}),
  };
}

function serverTls(files: TlsFiles): ServerTls | undefined {
  const { cert, key, ca } = readTlsFiles(files);
  if (cert !== undefined && key !== undefined) return { cert, key, ...(ca === undefined ? {} : { ca }) };
  // To leave it out silently would open a server that was meant to be closed.
  if (files.ca) {
    const { by, path } = files.ca;
    throw nexumError('TLS_INVALID', `${by} asks clients for certificates, but the server has none: add --tls-cert`, {
      file: path,
    });
  }
  return undefined;
}

function clientTls(flags: ConnectionFlags, env: NodeJS.ProcessEnv): ClientTls | undefined {
  const tls = readTlsFiles(tlsFiles(flags, env));
  const wanted = flags.tls === true || env['NEXUM_TLS'] === '1';
  return wanted || tls.ca !== undefined || tls.cert !== undefined ? tls : undefined;
}

function tlsFiles(flags: ConnectionFlags, env: NodeJS.ProcessEnv): TlsFiles {
  const ca = named(flags.tlsCa, '--tls-ca', env, 'NEXUM_TLS_CA');
  const cert = named(flags.tlsCert, '--tls-cert', env, 'NEXUM_TLS_CERT');
  const key = named(flags.tlsKey, '--tls-key', env, 'NEXUM_TLS_KEY');
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

function named(
  option: string | undefined,
  flag: string,
  env: NodeJS.ProcessEnv,
  variable: string,
): NamedFile | undefined {
  if (option !== undefined) return { path: option, by: flag };
  const path = env[variable];
  return path ? { path, by: variable } : undefined;
}

/** `--token-file`, else NEXUM_TOKEN, else NEXUM_TOKEN_FILE: never an argument, which everybody on the machine can read. */
function readToken(flags: ConnectionFlags, env: NodeJS.ProcessEnv): string | undefined {
  const file = flags.tokenFile ?? (env['NEXUM_TOKEN'] ? undefined : env['NEXUM_TOKEN_FILE'] || undefined);
  const token = file === undefined ? env['NEXUM_TOKEN'] : readTokenText(file);
  if (!token) return undefined;
  // What a header cannot carry would fail later, with an error that prints it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw nexumError('USAGE', `${file ?? 'NEXUM_TOKEN'} must hold one token: printable ASCII without spaces`);
  }
  return token;
}

function readTokenText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read the token ${file}: ${errorMessage(error)}`, { file }, error);
  }
  if (text === '') throw nexumError('USAGE', `${file} holds no token`, { file });
  return text;
}
