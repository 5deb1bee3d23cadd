/** What a session hides: secrets in what is stored, told and traced. */
import { expect, it } from 'vitest';
import { Session, type CallOrder, type CallRunner } from '../../../src/durable/session.js';
import { nexumError } from '../../../src/errors.js';

const NEVER = new AbortController().signal;
const mask = (text: string): string => text.replaceAll('S3CRET', '***');

/** Runs each call at once, and keeps what would be stored. */
function runner(stored: string[]): CallRunner {
  return {
    run: async ({ inputJson, execute }: CallOrder) => {
      stored.push(inputJson);
      const result = await execute({ idempotencyKey: 'k', attempt: 1, signal: NEVER, progress: () => undefined });
      return { outputJson: JSON.stringify(result), replayed: false };
    },
    follow: (follow) =>
      follow({
        begin: () => undefined,
        end: () => undefined,
        follow: (_workflow: unknown, { inputJson }: { inputJson: string }) => {
          stored.push(inputJson);
          return Promise.resolve({ kind: 'stored', executionId: 'e', outputJson: '1', ageMs: 0, fresh: true });
        },
      } as never),
    forget: () => Promise.resolve(false),
  };
}

it('takes secrets out of arguments, of questions, and of errors with their causes', async () => {
  const stored: string[] = [];
  const session = new Session('s', NEVER, runner(stored), { mask });
  await session.call('look', { url: 'https://x/?key=S3CRET' }, () => 1);
  await session.ask('May I use S3CRET?');
  expect(stored.join()).not.toContain('S3CRET');
  const failed = session.call('look', {}, () => {
    throw nexumError('TOOL_FAILED', 'no answer of ?key=S3CRET', {}, new Error('S3CRET is refused'));
  });
  await expect(failed).rejects.toMatchObject({ code: 'TOOL_FAILED', message: 'no answer of ?key=***' });
  const error = await failed.catch((thrown: unknown) => thrown as Error);
  expect(`${error.stack ?? ''} ${String(error.cause)}`).not.toContain('S3CRET');
});
