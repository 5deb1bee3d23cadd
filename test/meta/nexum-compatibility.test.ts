/** Every fault of Nexum 0.2 that we know has a row in docs/nexum-compatibility.md, and every row a test that exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

/** In the order of the table. */
const FAULTS = [
  'poll hands out twice',
  'completion in several commits',
  'no fence',
  'late Fail',
  'event numbers collide',
  'join twice',
  'fixed lease',
  'lost without limit',
  'lost spends retries',
  'retry errors lost',
  'FAILED keeps running',
  'cancel of finished',
  'CANCELLED becomes COMPLETED',
  'failed child',
  'empty MAP',
  'half a MAP',
  'routed too early',
  'routed as wrong type',
  'skip not transitive',
  'skipped counts as done',
  'no validation',
  'unknown workflow starts',
  'approve anything',
  'timer needs a poll',
  'version by timestamp',
  'compatibility is blind',
  'text becomes JSON',
  'payload names a file',
  'payload over 4 MB',
  'no queue index',
  'whole history read',
  'PostgreSQL fails',
  'one loopback family',
  'open metrics',
];

const [, table = ''] = readFileSync(join(ROOT, 'docs/nexum-compatibility.md'), 'utf8').split('\n## Faults');
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, fault = '', right = '', test = '']) => ({ fault, right, test }));

describe('the faults of Nexum 0.2', () => {
  it('have one row each, with what this server does instead', () => {
    expect(rows).toHaveLength(FAULTS.length);
    expect(rows.filter(({ fault, right, test }) => fault === '' || right === '' || test === '')).toEqual([]);
  });

  it.each(rows)('$fault: the test exists', ({ test }) => {
    const [, file = '', title = ''] = /^(test\/\S+\.test\.ts): (.+)$/.exec(test) ?? [];
    expect(existsSync(join(ROOT, file)) && file !== '', `no file in ${test}`).toBe(true);
    const source = readFileSync(join(ROOT, file), 'utf8');
    // A title stands alone in its quotes, right behind the bracket of `it(` or `it.each(...)(`.
    const escaped = title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    const found = ["'", '"', '`'].some((quote) => new RegExp(`\\(\\s*${quote}${escaped}${quote},`).test(source));
    expect(found, `${file} has no test "${title}"`).toBe(true);
  });
});
