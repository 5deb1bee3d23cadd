/** When only people let an execution go on: approvals and limits, here and in children. */
import { expect, test } from 'vitest';
import { findHumanWait } from '../../../src/cli/pending-approvals.js';
import type { NexumClient } from '../../../src/rpc/client.js';

interface Sketch {
  readonly status: string;
  readonly nodes: readonly { nodeId?: string; status: string; waitsFor?: string; childExecutionId?: string }[];
  readonly stopReason?: string;
}

function look(executions: Readonly<Record<string, Sketch>>) {
  const call = (_method: string, { executionId }: { executionId: string }): Promise<unknown> => {
    const { status, nodes, stopReason } = executions[executionId] ?? { status: '', nodes: [] };
    const graph = stopReason === undefined ? null : { stopReason, stoppedByNode: '', unsatisfied: [], turns: 4 };
    return Promise.resolve({ summary: { status }, nodes, graph });
  };
  return findHumanWait({ call } as unknown as NexumClient, 'top');
}

const child = { status: 'WAITING', waitsFor: 'child', childExecutionId: 'child' };
const limit: Sketch = { status: 'PAUSED', nodes: [{ status: 'PENDING' }], stopReason: 'max_turns' };

test('a limit is waited for by people, in a child too', async () => {
  const here = await look({ top: limit });
  expect(here).toMatchObject({ onlyPeople: true, waiting: [], limits: [{ executionId: 'top' }] });
  const below = await look({ top: { status: 'RUNNING', nodes: [child] }, child: limit });
  expect(below).toMatchObject({ onlyPeople: true, waiting: [], limits: [{ executionId: 'child' }] });
});

test('not while a node still runs, there or beside it', async () => {
  const busy = { ...limit, nodes: [{ status: 'LEASED' }] };
  expect(await look({ top: busy })).toMatchObject({ onlyPeople: false });
  const beside = { status: 'RUNNING', nodes: [child, { status: 'READY' }] };
  expect(await look({ top: beside, child: limit })).toMatchObject({ onlyPeople: false });
});

test('a pause that somebody asked for is no such wait, nor a graph that goes on', async () => {
  expect(await look({ top: { status: 'PAUSED', nodes: [] } })).toMatchObject({ onlyPeople: false, limits: [] });
  const running = { status: 'RUNNING', nodes: [{ status: 'WAITING', waitsFor: 'timer' }], stopReason: '' };
  expect(await look({ top: running })).toMatchObject({ onlyPeople: false, limits: [] });
});

test('approvals count beside it', async () => {
  const asks = { nodeId: 'ask', status: 'WAITING', waitsFor: 'approval' };
  const found = await look({ top: { status: 'RUNNING', nodes: [asks, child] }, child: limit });
  expect(found).toMatchObject({ onlyPeople: true, waiting: [{ node: 'ask' }], limits: [{ executionId: 'child' }] });
});
