/** What `npm pack` puts into the tarball is enough to run: proto, migrations, pipelines and documents travel along. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the packed package, installed elsewhere', () => {
  let elsewhere = '';
  let installed = '';

  beforeAll(() => {
    elsewhere = mkdtempSync(join(tmpdir(), 'nexum-package-'));
    installed = join(elsewhere, 'node_modules', 'nexum-pipelines');
    mkdirSync(installed, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    // Without scripts: dist is built already (test/support/build.ts).
    execFileSync(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', elsewhere], { cwd: ROOT });
    const tarball = readdirSync(elsewhere).find((name) => name.endsWith('.tgz')) ?? '';
    execFileSync('tar', ['-xzf', join(elsewhere, tarball), '-C', installed, '--strip-components=1']);
    // The dependencies of the checkout stand in for the ones that npm would install.
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
  });

  afterAll(() => {
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('has the command, the types and the licence, and none of the sources or tests', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      bin: { nexum: string };
      exports: { '.': { types: string } };
    };
    expect(existsSync(join(installed, manifest.bin.nexum))).toBe(true);
    expect(existsSync(join(installed, manifest.exports['.'].types))).toBe(true);
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
    expect(existsSync(join(installed, 'src'))).toBe(false);
    expect(existsSync(join(installed, 'test'))).toBe(false);
  });

  it('runs the crash demo on its own pipeline and documents, from any folder', () => {
    const nexum = join(installed, 'dist/cli/main.js');
    const stdout = execFileSync(process.execPath, [nexum, 'crash-demo', '--json'], {
      cwd: elsewhere,
      encoding: 'utf8',
    });
    const result = JSON.parse(stdout) as { status: string; reExecuted: string[]; report: string };
    expect(result).toMatchObject({ status: 'COMPLETED', reExecuted: [] });
    expect(existsSync(result.report)).toBe(true);
  });

  it('can be imported: what the README names is there', async () => {
    const api = (await import(join(installed, 'dist/index.js'))) as Record<string, unknown>;
    expect(Object.keys(api).sort()).toEqual(
      [
        'NexumClient',
        'NexumError',
        'NonRetryableError',
        'RetryableError',
        'compilePipeline',
        'isFailedResult',
        'openSession',
        'startServer',
      ].sort(),
    );
  });
});
