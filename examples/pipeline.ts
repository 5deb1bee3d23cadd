/** A YAML pipeline run from a program: the command with `--json`. Equal keys and inputs are one execution. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = dirname(createRequire(import.meta.url).resolve('nexum-pipelines/package.json'));
const key = process.env['SESSION_ID'] ?? 'pipeline';

const { stdout, stderr } = await promisify(execFile)(process.execPath, [
  join(root, 'dist/cli/main.js'),
  'run',
  join(root, 'examples/warmest.yaml'),
  ...['--handlers', fileURLToPath(new URL('scripted/handlers.js', import.meta.url))],
  ...['--idempotency-key', key],
  '--json',
]);
const { output, nodes } = JSON.parse(stdout) as { output: string; nodes: readonly { node: string }[] };
process.stderr.write(stderr.replace(/^(?!reading).*\n/gm, ''));
console.log(
  output,
  nodes.map(({ node }) => node),
);
