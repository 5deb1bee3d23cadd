/** What this machine can do at most, measured without any of our code: the denominators of every ratio. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  type ClientDuplexStream,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import Database from 'better-sqlite3';
import { run } from './processes.js';

const ECHO_SECONDS = 2;
const ECHO_WINDOW = 256;
const COMMIT_SECONDS = 1;

export interface EchoMessage {
  id: number;
  text: string;
}

/** Messages per second through one bidirectional stream to another process, each answered, `ECHO_WINDOW` under way. */
export async function streamEcho(): Promise<number> {
  const server = run(fileURLToPath(new URL('./echo-server.js', import.meta.url)), []);
  const address = await server.line('stdout', (line) => line.startsWith('127.0.0.1:'));
  const definition = loadPackageDefinition(loadSync(ECHO_PROTO, { longs: Number }));
  const Echo = definition['Echo'] as ServiceClientConstructor;
  const client = new Echo(address, credentials.createInsecure(), { 'grpc.enable_channelz': 0 });
  const call = client['Talk'] as () => ClientDuplexStream<EchoMessage, EchoMessage>;
  const stream = call.call(client);
  const endMs = performance.now() + ECHO_SECONDS * 1000;
  const count = await new Promise<number>((resolve, reject) => {
    let answered = 0;
    stream.on('error', reject);
    stream.on('data', () => {
      answered += 1;
      if (performance.now() < endMs) stream.write({ id: answered, text: 'one small message' });
      else resolve(answered);
    });
    for (let id = 0; id < ECHO_WINDOW; id++) stream.write({ id, text: 'one small message' });
  });
  stream.removeAllListeners('error');
  stream.on('error', () => undefined);
  stream.cancel();
  client.close();
  await server.stop();
  return count / ECHO_SECONDS;
}

export const ECHO_PROTO = fileURLToPath(new URL('../../bench/echo.proto', import.meta.url));

/** Fsynced commits per second of `rows` small rows each, and the milliseconds of one such commit. */
export function batchedCommits(folder: string, rows: number): { rowsPerSecond: number; commitMs: number } {
  const database = new Database(join(folder, `limit-${rows}.db`));
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO row (text) VALUES (?)');
  const text = 'x'.repeat(200);
  const begin = performance.now();
  let commits = 0;
  while (performance.now() - begin < COMMIT_SECONDS * 1000) {
    database.exec('BEGIN IMMEDIATE');
    for (let index = 0; index < rows; index++) insert.run(text);
    database.exec('COMMIT');
    commits += 1;
  }
  const ms = performance.now() - begin;
  database.close();
  return { rowsPerSecond: (commits * rows * 1000) / ms, commitMs: ms / commits };
}
