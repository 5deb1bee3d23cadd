// Runs every example twice in a data folder of its own: the second run must make none of the calls again. `npm run examples`.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../.examples', import.meta.url));
/** None of them takes a tenth of it. */
const TIMEOUT_MS = 60_000;

const home = mkdtempSync(join(tmpdir(), 'nexum-examples-'));
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
  .sort();
const queue = [...names];
let failed = 0;
// Two at a time: much of each is waiting for a disk.
await Promise.all([work(), work()]);
rmSync(home, { recursive: true, force: true });
console.log(`${names.length} examples, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const first = await run(name);
    const second = first.error ? first : await run(name);
    const ok = !second.error && first.made === 2 && second.made === 0;
    if (!ok) failed += 1;
    const counts = `first run ${first.made} calls made, second run ${second.made}`;
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(17)} ${counts}  ${second.answer}`);
    if (second.error) console.error(second.error);
  }
}

/** How often the example made the call that must not be made again, and the last line of its output. */
function run(name) {
  const env = { ...process.env, NEXUM_HOME: join(home, name) };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(FOLDER, `${name}.js`)], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const made = stderr.split('\n').filter((line) => line.startsWith('reading the thermometer')).length;
      const answer = stdout.trimEnd().split('\n').at(-1);
      resolve({ made, answer, error: error && `${error.message}\n${stderr}` });
    });
  });
}
