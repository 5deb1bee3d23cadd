import { expect, test } from 'vitest';
import { run } from './handler-context.js';

test('js.run gives the value of the code, with `input` as a global; what it prints goes to the log', async () => {
  const lines: unknown[] = [];
  const log = { info: (...line: unknown[]) => void lines.push(line), warn: () => undefined, error: () => undefined };
  const code = 'console.log("two of", input.list.length); input.list.filter((n) => n % 2 === 0)';
  expect(await run('js.run', { code, input: { list: [1, 2, 3, 4] } }, { log })).toEqual([2, 4]);
  expect(lines).toEqual([['js.run printed', { output: 'two of 4\n' }]]);
});

test('js.run is the same in every attempt of an activation', async () => {
  const code = 'return [Math.random(), typeof input]';
  const [first, again] = await Promise.all([1, 2].map((attempt) => run('js.run', { code }, { attempt })));
  expect(first).toEqual(again);
});

test('js.run fails with the line of a mistake, and with its limits of time', async () => {
  await expect(run('js.run', { code: '\nnothing()' })).rejects.toThrow("'nothing' is not defined (line 2)");
  await expect(run('js.run', { code: 'for (;;);', timeout: '100ms' })).rejects.toMatchObject({
    code: 'SANDBOX_LIMIT',
    retryable: false,
  });
});

test.each([
  [{ code: '1', timeout: '5 hours' }, 'with.timeout of node step: expected a duration from 100ms to 10m'],
  [{ code: '1', timeout: '1ms' }, 'expected a duration from 100ms to 10m'],
  [{ code: ' ' }, 'with.code of node step: expected a string that is not empty'],
  [{ code: '1', file: 'x' }, 'with.file of node step: no such key'],
])('js.run refuses %j', async (input, words) => {
  await expect(run('js.run', input)).rejects.toThrow(words);
});
