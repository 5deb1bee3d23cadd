// Fails when src/rpc/generated is not what proto/nexum.proto generates.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from './generate.js';

const expected = mkdtempSync(join(tmpdir(), 'nexum-generated-'));
generate(expected);
const differences = compare(expected, 'src/rpc/generated');
rmSync(expected, { recursive: true });
if (differences.length > 0) {
  console.error(
    `src/rpc/generated does not match proto/nexum.proto; run \`npm run generate\`:\n${differences.join('\n')}`,
  );
  process.exit(1);
}

function compare(left, right) {
  const names = new Set([...list(left), ...list(right)]);
  return [...names].filter((name) => read(join(left, name)) !== read(join(right, name)));
}

function list(folder, prefix = '') {
  return readdirSync(join(folder, prefix)).flatMap((name) => {
    const path = join(prefix, name);
    return statSync(join(folder, path)).isDirectory() ? list(folder, path) : [path];
  });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
