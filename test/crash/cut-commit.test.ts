/**
 * The connection to PostgreSQL breaks while a COMMIT is under way: before the database has seen it, or after it has
 * committed and before the server has heard. Two hundred times each; nobody is told, and nothing is lost or done twice.
 */
import { deepStrictEqual, equal } from 'node:assert/strict';
import { describe, it, onTestFinished } from 'vitest';
import type { Task } from '../../src/engine/engine-port.js';
import { EngineRig, type TestWorker } from '../support/engine-rig.js';
import { readHistory, judgeHistory } from '../support/history-oracle.js';
import type { LogLine } from '../support/oracle.js';
import { createDatabase, describePostgres } from '../support/postgres.js';
import { TcpProxy, type CutMoment } from '../support/tcp-proxy.js';

const CUTS = 200;
/** Each n-th COMMIT is cut: what is repeated is cut again now and then, but not for ever. */
const EVERY = 2;
/** Executions started at the same time; the next ones follow when they have ended. */
const ROUND = 8;
const NODES = ['a', 'b', 'c', 'd'];

describePostgres('a COMMIT that is cut', () => {
  describe.each<CutMoment>(['before', 'after'])('%s the database has answered', (moment) => {
    it(`${CUTS} times: each start and each completion happens once`, { timeout: 120_000 }, async () => {
      const database = await createDatabase();
      const proxy = await TcpProxy.open(database.url);
      onTestFinished(async () => {
        await proxy.close();
        await database.drop();
      });
      const rig = await EngineRig.open({ at: proxy.url });
      const versionHash = await rig.register({
        a: {},
        b: { needs: ['a'] },
        c: { needs: ['a'] },
        d: { needs: ['b', 'c'] },
      });
      const log: LogLine[] = [];
      const worker = rig.worker();
      void runAll(worker, log);
      const client = rig.client();

      proxy.cutCommit(moment, { times: CUTS, every: EVERY });
      const ids: string[] = [];
      for (let round = 0; proxy.cutting; round += 1) {
        const refs = Array.from({ length: ROUND }, (_, index) => round * ROUND + index);
        client.send({
          starts: refs.map((ref) => ({
            ref,
            workflowId: 'w',
            versionHash,
            inputJson: '{}',
            idempotencyKey: `key ${ref}`,
          })),
        });
        for (const ref of refs) {
          const started = await client.startedAs(ref);
          deepStrictEqual([started.code, started.alreadyApplied], [undefined, false], 'the start is answered as usual');
          ids.push(started.executionId ?? '');
        }
        client.send({ watchExecutionIds: ids.slice(-ROUND) });
        for (const id of ids.slice(-ROUND)) equal((await client.end(id)).status, 'COMPLETED');
      }
      equal(proxy.cuts, CUTS);
      deepStrictEqual(rig.fatal, []);

      const executions = await database.query<{ id: string; status: string }>(
        `SELECT 'exec-' || execution_id AS id, status FROM nexum.execution ORDER BY 1`,
      );
      deepStrictEqual(
        executions,
        [...ids].sort().map((id) => ({ id, status: 'COMPLETED' })),
      );
      const verdict = judgeHistory(await readHistory(database), log, NODES);
      deepStrictEqual(verdict, { executions: ids.length, completed: ids.length * NODES.length, lost: 0 });
      const answers = new Set(worker.answers.map(({ code, alreadyApplied }) => `${code ?? 'ok'} ${alreadyApplied}`));
      deepStrictEqual([...answers], ['ok false'], 'each completion is answered as usual');
    });
  });
});

/** Completes what comes, and writes down that it ran. */
async function runAll(worker: TestWorker, log: LogLine[]): Promise<never> {
  worker.send({ credits: 64 });
  for (;;) {
    const { taskId, executionId, node, attempt, idempotencyKey: key }: Task = await worker.next();
    log.push({ executionId, node, attempt, key, pid: 0, atMs: 0 });
    worker.send({ credits: 1, completions: [{ taskId, outputJson: JSON.stringify(node) }] });
  }
}
