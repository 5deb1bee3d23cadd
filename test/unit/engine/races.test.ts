/**
 * Races, a thousand rounds each: exactly one outcome, nothing stuck. On PostgreSQL the contenders talk to two engines on
 * one database; on SQLite to one, as there is never another.
 */
import { describe, expect, it } from 'vitest';
import type { EngineCalls } from '../../../src/engine/engine-port.js';
import { isClosing } from '../../../src/core/event.js';
import { onEveryStore } from '../../support/engine-rig.js';
import { KindsRig, task, type NodeOf } from '../../support/node-kinds.js';

const ROUNDS = 1000;
/** Rounds under way at once. */
const AT_ONCE = 100;
const PATIENCE_MS = 240_000;

interface Pair {
  readonly first: KindsRig;
  readonly second: KindsRig;
}

async function open(): Promise<Pair> {
  const first = await KindsRig.open();
  const second = first.rig.at.startsWith('postgres') ? await KindsRig.open({ at: first.rig.at }) : first;
  return { first, second };
}

/** Runs every round, many at a time. */
async function inRounds(round: (index: number) => Promise<void>): Promise<void> {
  for (let begun = 0; begun < ROUNDS; begun += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => round(begun + index)));
  }
}

/** `ok`, or the code of the refusal. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    const answer = (await call) as { code?: string; alreadyApplied?: boolean };
    return answer.code ?? (answer.alreadyApplied === true ? 'again' : 'ok');
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

async function closings({ first }: Pair, executionId: string): Promise<string[]> {
  const events = await first.engine.call('listEvents', { executionId, afterSeq: 0, limit: 100 });
  return events.filter(isClosing).map(({ kind }) => kind);
}

const ASK: NodeOf = { type: 'HUMAN_APPROVAL', x: { approval: { onTimeout: 'fail', onReject: 'fail' } } };

onEveryStore(() => {
  describe('in a thousand races', () => {
    it(
      'of cancel, complete, fail and approve an execution ends exactly once',
      async () => {
        const pair = await open();
        const { first, second } = pair;
        await first.register({ work: task(), ask: ASK });
        const worker = first.rig.worker();
        worker.send({ credits: ROUNDS });
        const seen = new Set<string>();
        await inRounds(async (index) => {
          const executionId = await first.start();
          await worker.until(({ tasks }) => tasks.some((one) => one.executionId === executionId));
          const taskId = worker.tasks.find((one) => one.executionId === executionId)?.taskId ?? '';
          const contenders = [
            (): Promise<unknown> => first.engine.call('complete', { taskId, outputJson: '1' }),
            (): Promise<unknown> =>
              second.engine.call('approve', { executionId, node: 'ask', approver: 'a', comment: '' }),
            (): Promise<unknown> => second.engine.call('cancel', { executionId }),
            (): Promise<unknown> => first.engine.call('fail', { taskId, code: 'X', message: 'no', retryable: false }),
          ];
          // Another order in each round; every third one without a failure, and every fifth without a cancel.
          const chosen = contenders.filter((_, at) => !(at === 3 && index % 3 === 0) && !(at === 2 && index % 5 === 0));
          const turned = chosen.map((_, at) => chosen[(at + index) % chosen.length] ?? chosen[0]);
          await Promise.all(turned.map((contend) => outcome(contend?.() ?? Promise.resolve({}))));
          const ends = await closings(pair, executionId);
          expect(ends).toHaveLength(1);
          seen.add(ends[0] ?? '');
        });
        expect([...seen].sort()).toEqual(['execution_cancelled', 'execution_completed', 'execution_failed']);
      },
      PATIENCE_MS,
    );

    it(
      'of two approvals one counts, and the other is told so',
      async () => {
        const { first, second } = await open();
        await first.register({ ask: ASK });
        await inRounds(async () => {
          const executionId = await first.start();
          const approve = (rig: KindsRig, approver: string): Promise<string> =>
            outcome(rig.engine.call('approve', { executionId, node: 'ask', approver, comment: '' }));
          const answers = await Promise.all([approve(first, 'ann'), approve(second, 'bob')]);
          expect(answers.sort()).toEqual(['WRONG_STATE', 'ok']);
          const { status, nodes } = await first.rig.detail(executionId);
          expect(status).toBe('COMPLETED');
          expect(nodes[0]?.outputJson).toMatch(/"approver":"(ann|bob)"/);
        });
      },
      PATIENCE_MS,
    );

    it(
      'of starts with one key one execution begins',
      async () => {
        const { first, second } = await open();
        const versionHash = await first.register({ a: task() });
        const start = (rig: KindsRig, idempotencyKey: string): Promise<EngineCalls['start']['result']> =>
          rig.engine.call('start', { workflowId: 'w', versionHash, inputJson: '{}', idempotencyKey });
        await inRounds(async (index) => {
          const key = `key-${index}`;
          const started = await Promise.all([first, second, first, second].map((rig) => start(rig, key)));
          expect(new Set(started.map(({ executionId }) => executionId)).size).toBe(1);
          expect(started.filter(({ alreadyApplied }) => !alreadyApplied)).toHaveLength(1);
        });
      },
      PATIENCE_MS,
    );
  });

  it(
    'a thousand dependencies that finish at once open the node behind them once',
    async () => {
      const { first, second } = await open();
      const names = Array.from({ length: ROUNDS }, (_, index) => `n${index}`);
      await first.register({
        ...Object.fromEntries(names.map((name) => [name, task()])),
        join: task(names, { handler: 'join' }),
      });
      const executionId = await first.start();
      const workers = [first, second].map((rig, index) => rig.rig.worker({ workerId: `w${index}` }));
      for (const worker of workers) worker.send({ credits: ROUNDS / 2 });
      const held = (): number => workers.reduce((sum, { tasks }) => sum + tasks.length, 0);
      await Promise.all(
        workers.map((worker) => worker.until(() => held() === ROUNDS || worker.tasks.length === ROUNDS / 2)),
      );
      for (const worker of workers)
        worker.send({ completions: worker.tasks.map(({ taskId }) => ({ taskId, outputJson: '1' })) });
      const joiner = first.rig.worker({ workerId: 'j', filter: { handlers: ['join'] } });
      const join = await joiner.take();
      expect(Object.keys((JSON.parse(join.inputJson) as { deps: object }).deps)).toHaveLength(ROUNDS);
      await joiner.complete(join);
      expect((await first.end(executionId)).status).toBe('COMPLETED');
      expect(joiner.tasks).toHaveLength(1);
    },
    PATIENCE_MS,
  );
});
