/** What an attempt tells of its model calls, and how it waits for its turn. */
import { expect, it } from 'vitest';
import { nexumError, type ErrorCode } from '../../../src/errors.js';
import type { NexumClient } from '../../../src/rpc/client.js';
import { TaskBudget } from '../../../src/worker/task-budget.js';

const QUESTION = { provider: 'openai', estimatedTokens: 7 };
const USE = {
  provider: 'openai',
  model: 'openai/m',
  inputTokens: 10,
  outputTokens: 2,
  costUsd: 0.000_1,
  replayed: false,
};
const USED = { model: 'openai/m', calls: 1, inputTokens: 10, outputTokens: 2, cachedInputTokens: 0 };

interface Asked {
  readonly method: string;
  readonly permit: string;
  readonly usage?: readonly unknown[];
  readonly tokens?: number;
  readonly returned?: boolean;
}

/** A server that gives these answers in turn: how long to wait, or an error. */
function budgetOn(answers: (number | ErrorCode)[], hasLimits = true): { budget: TaskBudget; asked: Asked[] } {
  const asked: Asked[] = [];
  const call = (method: string, request: Omit<Asked, 'method'>): Promise<unknown> => {
    asked.push({ method, ...request });
    const answer = method === 'AdmitModelCall' ? answers.shift() : 0;
    if (typeof answer === 'string') return Promise.reject(nexumError(answer, answer));
    return Promise.resolve({ waitMs: answer ?? 0, limited: true });
  };
  const client = { call } as unknown as NexumClient;
  return { budget: new TaskBudget({ client, taskId: 't', hasLimits }), asked };
}

const never = new AbortController().signal;

it('U1: sums up what it is told, replayed or not, and says when no price is known', () => {
  const budget = new TaskBudget();
  budget.used({ ...USE, replayed: true });
  expect(budget.usage).toEqual([{ ...USED, costNanoUsd: 100_000, unpricedCalls: 0 }]);
  const { costUsd: _costUsd, ...unpriced } = USE;
  budget.used({ ...unpriced, cachedInputTokens: 4 });
  budget.used({ ...unpriced, provider: 'offline', model: 'offline/extractive' });
  expect(budget.usage).toMatchObject([
    { model: 'offline/extractive', calls: 1, unpricedCalls: 0 },
    { model: 'openai/m', calls: 2, cachedInputTokens: 4, costNanoUsd: 100_000, unpricedCalls: 1 },
  ]);
});

it('asks again with the same permit when it has waited, and tells what the call took', async () => {
  const { budget, asked } = budgetOn([1, 0]);
  await budget.admit(QUESTION, never);
  budget.used(USE);
  expect(new Set(asked.map(({ permit }) => permit)).size).toBe(1);
  expect(asked.map(({ method }) => method)).toEqual(['AdmitModelCall', 'AdmitModelCall', 'SettleModelCall']);
  expect(asked.at(-1)).toMatchObject({ tokens: 12 });
  // A replayed call was counted when it was made.
  budget.used({ ...USE, replayed: true });
  expect(asked).toHaveLength(3);
});

it('tells with each question what was used so far', async () => {
  const { budget, asked } = budgetOn([0, 0]);
  await budget.admit(QUESTION, never);
  budget.used(USE);
  await budget.admit(QUESTION, never);
  expect(asked.at(-1)?.usage).toMatchObject([USED]);
});

it('gives its place back when it is aborted while it waits', async () => {
  const { budget, asked } = budgetOn([60_000]);
  const abort = new AbortController();
  const waiting = budget.admit(QUESTION, abort.signal);
  abort.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow();
  expect(asked.at(-1)).toMatchObject({ method: 'SettleModelCall', returned: true });
});

it('knows that a limit was reached, and nothing else is one', async () => {
  const limited = budgetOn(['LIMIT_REACHED']);
  await expect(limited.budget.admit(QUESTION, never)).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
  expect(limited.budget.isLimited).toBe(true);
  const stale = budgetOn(['STALE_LEASE']);
  await expect(stale.budget.admit(QUESTION, never)).rejects.toMatchObject({ code: 'STALE_LEASE' });
  expect(stale.budget.isLimited).toBe(false);
});

it('asks until a server answers, and an older one that knows no limits only once', async () => {
  const away = budgetOn(['SERVER_UNREACHABLE', 'STORE_UNAVAILABLE', 0]);
  await away.budget.admit(QUESTION, never);
  expect(away.asked).toHaveLength(3);
  await budgetOn(['UNSUPPORTED_SERVER']).budget.admit(QUESTION, never);
});

it('asks nobody for the model `offline`, unless the pipeline has limits', async () => {
  const free = budgetOn([], false);
  await free.budget.admit({ ...QUESTION, provider: 'offline' }, never);
  expect(free.asked).toEqual([]);
  const limited = budgetOn([0], true);
  await limited.budget.admit({ ...QUESTION, provider: 'offline' }, never);
  expect(limited.asked).toHaveLength(1);
});
