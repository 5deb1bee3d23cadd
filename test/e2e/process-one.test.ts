/** What a container does: the command is process 1, which gets only the signals that it handles. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { cleanUp, MAIN, temporaryFolder } from '../support/cli.js';
import { until } from '../support/processes.js';

afterAll(cleanUp);

const UNSHARE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** Needs Linux with namespaces for users. */
const possible = spawnSync('unshare', [...UNSHARE, 'true']).status === 0;
const required = process.env['CI'] === 'true';
if (!possible && !required) {
  console.warn(
    '\nNO NAMESPACES: the tests of the command as process 1 are SKIPPED; they need Linux, unshare and user namespaces\n',
  );
}

/** The code with which the command ends after SIGTERM, sent when `ready` was said. */
async function stop(args: readonly string[], ready: string): Promise<number | null> {
  const folder = temporaryFolder();
  const child = spawn('unshare', [...UNSHARE, process.execPath, MAIN, ...args, '--data-dir', join(folder, 'data')], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // With --kill-child, process 1 goes with it.
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await until(() => (text.includes(ready) ? true : undefined), ready);
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  process.kill(Number(children.trim()), 'SIGTERM');
  return ended;
}

describe.skipIf(!possible && !required)('as process 1', () => {
  it('a server drains on SIGTERM', async () => {
    expect(await stop(['server', '--listen', '127.0.0.1:0'], 'listening')).toBe(0);
  });

  it('a worker that still waits for a server ends on SIGTERM', async () => {
    expect(await stop(['worker', '--server', '127.0.0.1:1'], 'waiting for a server')).toBe(143);
  });
});
