// A program with a session, for tests that kill it: `node session-program.js <json>`. Each effect is a line of its own.
import { appendFileSync } from 'node:fs';
import { openSession } from '../../dist/index.js';

const {
  id = 's',
  dataDir,
  address,
  calls,
  effects,
  leaveOpen = false,
  hold,
  leaseMs = 5000,
  ttlMs,
} = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const session = await openSession({ id, dataDir, address, leaseMs, ttlMs, onEvent: (event) => say({ event }) });
say({ opened: true });
for (const name of calls) {
  const result = await session.call(name, { name }, async ({ attempt, idempotencyKey }) => {
    appendFileSync(effects, `${JSON.stringify({ name, attempt, idempotencyKey, pid: process.pid })}\n`);
    say({ began: name });
    if (name === hold) await new Promise((resolve) => process.stdin.once('data', resolve));
    return `${name} by ${process.pid}`;
  });
  say({ name, result });
}
say({ done: session.stats });
if (!leaveOpen) await session.close();
process.stdin.unref?.();
