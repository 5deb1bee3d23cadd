/** Load through the client stream: executions of a pipeline of four trivial nodes, a fixed number at once. */
import type { NexumClient } from '#dist/rpc/client.js';

const chain = ['first', 'second', 'third', 'fourth'];

export const NODES = chain.length;
export const WORKFLOW = {
  workflowId: 'bench',
  versionHash: 'bench-1',
  irJson: JSON.stringify({
    nodes: Object.fromEntries(
      chain.map((id, index) => [
        id,
        { type: 'EFFECT', dependencies: chain.slice(Math.max(index - 1, 0), index), 'x-nexum': { handler: 'noop' } },
      ]),
    ),
  }),
};

/** Runs `total` executions, `concurrent` at a time; returns each one's milliseconds from start to result. */
export function runLoad(
  client: NexumClient,
  concurrent: number,
  total: number,
): Promise<{ seconds: number; latencies: number[] }> {
  return new Promise((resolve, reject) => {
    const startedAt = new Map<number, number>();
    const byExecution = new Map<string, number>();
    const latencies: number[] = [];
    let started = 0;
    const begin = performance.now();
    const next = (
      count: number,
    ): { ref: number; request: { workflowId: string; versionHash: string; inputJson: string } }[] => {
      const starts = [];
      for (let index = 0; index < count && started < total; index++) {
        started += 1;
        startedAt.set(started, performance.now());
        starts.push({
          ref: started,
          request: { workflowId: WORKFLOW.workflowId, versionHash: WORKFLOW.versionHash, inputJson: '{}' },
        });
      }
      return starts;
    };
    const stream = client.execute({
      onOpen: (send) => send({ starts: next(concurrent) }),
      onMessage: (response) => {
        for (const { ref, executionId, code, message } of response.started) {
          if (code !== '') reject(new Error(`${code}: ${message}`));
          byExecution.set(executionId, ref);
        }
        const now = performance.now();
        let finished = 0;
        for (const { executionId, status, message } of response.finished) {
          if (status === 'READY') continue;
          if (status !== 'COMPLETED') reject(new Error(`${executionId} ${status} ${message}`));
          const ref = byExecution.get(executionId) ?? 0;
          latencies.push(now - (startedAt.get(ref) ?? now));
          byExecution.delete(executionId);
          startedAt.delete(ref);
          finished += 1;
        }
        if (latencies.length >= total) {
          void stream.close();
          resolve({ seconds: (now - begin) / 1000, latencies });
        } else if (finished > 0) stream.send({ starts: next(finished) });
      },
      onBroken: (error) => reject(error),
    });
  });
}

export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
