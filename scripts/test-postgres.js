// Runs the tests that concern PostgreSQL, and says on which one. Nothing may be skipped: without a server they fail.
// NEXUM_TEST_POSTGRES=system|embedded takes an installed one or that of npm, TEST_DATABASE_URL one that runs already.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

const TESTS = ['postgres', 'test/property/stores', 'test/crash/', 'test/e2e/many-servers'];
const RESULTS = 'node_modules/.vitest/results.json';

rmSync(RESULTS, { force: true });
const env = { ...process.env, NEXUM_TEST_POSTGRES: process.env.NEXUM_TEST_POSTGRES ?? 'any' };
const tests = process.argv.length > 2 ? process.argv.slice(2) : TESTS;
const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let server = 'no PostgreSQL';
child.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  server = /^PostgreSQL [\d.]+ \(.*\)$/m.exec(String(chunk))?.[0] ?? server;
});
child.on('close', (code) => {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const skipped = numPendingTests + numTodoTests;
  console.log(`\n${server}: ${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`);
  process.exitCode = code === 0 && skipped > 0 ? 1 : (code ?? 1);
});
