import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startLocalWeb } from './local-web.js';

// In a file of its own: undici keeps the timer with which it has begun, and it must be the fake one.
test('a time limit of more than the 5 minutes of undici is honoured, for the headers and for the body', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let asked = (_: ServerResponse): void => undefined;
  const response = new Promise<ServerResponse>((resolve) => (asked = resolve));
  const web = await startLocalWeb((_, answer) => asked(answer));
  onTestFinished(() => web.close());
  const url = web.url('a.example', '/');
  const answer = web.client().fetch({ url, timeoutMs: 3_600_000 }, new AbortController().signal);
  answer.catch(() => undefined);

  const begun = await response;
  await vi.advanceTimersByTimeAsync(400_000);
  begun.write('at ');
  await vi.advanceTimersByTimeAsync(400_000);
  begun.end('last');
  expect((await answer).text()).toBe('at last');
});
