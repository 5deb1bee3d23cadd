/** The commands of `nexum` on a PostgreSQL database: they do not know the difference, and say nothing of passwords. */
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder, type CliResult } from '../support/cli.js';
import { emptyDatabases } from '../support/empty-database.js';
import { createDatabase, describeOwnPostgres, describePostgres, startPostgresServer } from '../support/postgres.js';

const PIPELINE = join(ROOT, 'pipelines/research.yaml');
const INPUTS = ['-i', 'query=What is a lease?', '-i', `docs=${join(ROOT, 'docs')}`];
const SECRET = 'correct-horse';

afterAll(cleanUp);

describePostgres('a PostgreSQL database instead of a data folder', () => {
  const empty = emptyDatabases();

  it('is chosen by --database and by DATABASE_URL; what one command did, the next one sees', async () => {
    const url = await empty();
    const cwd = temporaryFolder();
    const ran = await runCli(['run', PIPELINE, ...INPUTS, '--database', url, '--json'], { cwd });
    expect(ran.code).toBe(0);
    const { executionId } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { executionId: string };
    const listed = await runCli(['ps', '--all', '--json'], { cwd, env: { DATABASE_URL: url } });
    expect(listed.stdout).toContain(executionId);
    const got = await runCli(['get', executionId, '--json'], { cwd, env: { DATABASE_URL: url } });
    expect(JSON.parse(got.stdout)).toMatchObject({ executionId, status: 'COMPLETED' });
    // Nothing of it is in a folder.
    const folder = await runCli(['ps', '--json', '--data-dir', join(cwd, '.nexum')], { cwd });
    expect(folder.code).toBe(7);
  });

  it('is seen by commands beside a server that runs on it', async () => {
    const url = await empty();
    const cwd = temporaryFolder();
    const server = startCli(['server', '--listen', 'localhost:0', '--database', url], { cwd });
    const [, address = ''] = await server.until(/listening on (\S+)/);
    const worker = startCli(['worker', PIPELINE, '--server', address], { cwd });
    await worker.until(/vm-|worker|on /);
    const ran = await runCli(['run', PIPELINE, ...INPUTS, '--server', address, '--json'], { cwd });
    expect(ran.code).toBe(0);
    const { executionId } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { executionId: string };
    const events = await runCli(['events', executionId, '--database', url, '--json'], { cwd });
    expect(events.stdout).toContain('execution_completed');
    for (const one of [worker, server]) one.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  it('is named without user and password, wherever it is named', async () => {
    const url = new URL(await empty());
    url.password = SECRET;
    const cwd = temporaryFolder();
    const env = { DATABASE_URL: url.href };
    const server = startCli(['server', '--listen', 'localhost:0'], { cwd, env });
    await server.until(/listening on/);
    server.kill('SIGTERM');
    const { stderr } = await server.ended;
    expect(stderr).toContain(`postgres://${url.host}${url.pathname}`);
    // Of Node, about what the driver does.
    expect(stderr).not.toContain('Warning');
    const nowhere = new URL(url);
    nowhere.port = '1';
    const doctor = await runCli(['doctor', '--json'], { cwd, env: { DATABASE_URL: nowhere.href } });
    expect(doctor.stdout).toContain('does not answer');
    const broken = await runCli(['ps', '--database', `mysql://root:${SECRET}@localhost/x`], { cwd });
    expect(broken.code).toBe(2);
    const said: CliResult[] = [await server.ended, doctor, broken];
    expect(said.map(({ stdout, stderr: text }) => stdout + text).join('')).not.toContain(SECRET);
  });

  it('is not chosen by a DATABASE_URL of another kind, nor when a data folder is named', async () => {
    const cwd = temporaryFolder();
    const other = { DATABASE_URL: 'mysql://root@localhost/x' };
    expect((await runCli(['ps'], { cwd, env: other })).stderr).toContain('holds no data');
    const named = await runCli(['ps', '--data-dir', cwd], { cwd, env: { DATABASE_URL: await empty() } });
    expect(named.stderr).toContain('holds no data');
    const both = await runCli(['ps', '--data-dir', cwd, '--database', 'postgres://localhost/x'], { cwd });
    expect(both.code).toBe(2);
  });

  it('is refused when DATABASE_URL means it and is no URL: nothing begins in a file instead', async () => {
    const cwd = temporaryFolder();
    for (const wrong of [
      `postgres://nexum:${SECRET}#x@localhost/nexum`,
      `postgresql+asyncpg://u:${SECRET}@localhost/x`,
    ]) {
      const { code, stdout, stderr } = await runCli(['server', '--listen', 'localhost:0'], {
        cwd,
        env: { DATABASE_URL: wrong },
      });
      expect(code).toBe(2);
      expect(stderr).toContain('DATABASE_URL must be postgres://');
      expect(stdout + stderr).not.toContain(SECRET);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('gets its schema from servers, not from commands that look', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const looked = await runCli(['ps', '--database', database.url], { cwd: temporaryFolder() });
    expect(looked.code).toBe(7);
    expect(looked.stderr).toContain('the database holds no data');
    expect(await database.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'nexum'`)).toEqual([]);
  });
});

// One of its own: that of the other tests does not sync, and doctor warns of it.
describeOwnPostgres('a PostgreSQL server', () => {
  it('is looked at by doctor', async () => {
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const { url, drop } = await createDatabase(server);
    onTestFinished(drop);
    const { code, stdout } = await runCli(['doctor', '--json', '--database', url], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string }[] };
    expect(checks.find(({ name }) => name === 'Database')).toMatchObject({ status: 'ok' });
    expect(checks.find(({ name }) => name === 'Database')?.detail).toMatch(/^PostgreSQL \d+/);
  });
});
