/** The PostgreSQL servers that other tests stand on: where they come from, what survives, what they leave behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { findBinaries, type PostgresKind } from '../support/postgres-binaries.js';
import { PostgresServer, versionOf } from '../support/postgres-server.js';
import { createDatabase, describeOwnPostgres, describePostgres, postgresVersion } from '../support/postgres.js';
import { until } from '../support/processes.js';

const KINDS = (['installed', 'embedded'] as const).filter((kind) => findBinaries(kind) !== undefined);
const WATCHDOG = fileURLToPath(new URL('../support/postgres-watchdog.js', import.meta.url));

async function start(kind: PostgresKind): Promise<PostgresServer> {
  const server = await PostgresServer.start(findBinaries(kind)!);
  onTestFinished(() => server.stop());
  return server;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeOwnPostgres.each(KINDS)('a server of a test (%s)', (kind) => {
  it('syncs its commits, takes enough connections, and keeps what was committed when it is stopped at once', async () => {
    const server = await start(kind);
    const database = await createDatabase(server);
    const settings = await database.query(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'max_connections') ORDER BY name`,
    );
    expect(settings.map(({ name, setting }) => `${String(name)} ${String(setting)}`)).toEqual([
      'fsync on',
      'full_page_writes on',
      'max_connections 200',
      'synchronous_commit on',
    ]);
    await database.query('CREATE TABLE kept (id int)');
    await database.query('INSERT INTO kept VALUES (1)');
    const before = server.pid;
    await server.stopImmediate();
    await expect(database.query('SELECT 1')).rejects.toThrow();
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(await database.query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
    await database.drop();
  });

  it('is gone after its end, with all of its processes', async () => {
    const server = await start(kind);
    const { pid } = server;
    expect(isAlive(pid)).toBe(true);
    await server.stop();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    await expect(versionOf(server.url)).rejects.toThrow();
  });
});

describeOwnPostgres('the watchdog of a server', () => {
  it('ends the server and removes its folder when the process that started it is killed', async () => {
    const server = await start(KINDS[0]!);
    const folder = mkdtempSync(join(tmpdir(), 'nexum-watchdog-'));
    // A parent between this process and the watchdog, with the pipe that a test process would hold.
    const script = `
      const { spawn } = require('node:child_process');
      const options = { stdio: ['pipe', 'ignore', 'ignore'], detached: true };
      const dog = spawn(process.execPath, [${JSON.stringify(WATCHDOG)}, ${JSON.stringify(folder)}], options);
      dog.stdin.write('${server.pid}\\n', () => console.log('ready'));
    `;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    expect(isAlive(server.pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => (existsSync(folder) ? undefined : true), 'the folder is removed');
    expect(isAlive(server.pid)).toBe(false);
  });
});

describePostgres('databases on the server of this run', () => {
  it('are empty, separate, and gone when they are dropped, even with clients connected', async () => {
    const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
    await one.query('CREATE TABLE mine (id int)');
    expect(await two.query(`SELECT 1 FROM pg_tables WHERE tablename = 'mine'`)).toEqual([]);
    await Promise.all([one.drop(), one.drop()]);
    const names = await two.query<{ datname: string }>('SELECT datname FROM pg_database');
    expect(names.map(({ datname }) => `/${datname}`)).not.toContain(new URL(one.url).pathname);
    await two.drop();
  });

  it('know their version', async () => {
    const database = await createDatabase();
    const [row] = await database.query<{ server_version: string }>('SHOW server_version');
    expect(row?.server_version.split(' ')[0]).toBe(await postgresVersion());
    await database.drop();
  });
});
