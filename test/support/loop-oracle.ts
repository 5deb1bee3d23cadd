/**
 * The rules of loops, written a second time: what an execution must look like, given what has committed and failed so
 * far. It is computed anew from nothing each time, node after node and round after round.
 */
export interface LoopNode {
  readonly needs: readonly string[];
  readonly skipped: boolean;
  readonly continueOnError: boolean;
  readonly loop?: {
    readonly nodes: Readonly<Record<string, LoopNode>>;
    /** Of all times that its condition is asked, those when it holds. */
    readonly until: readonly number[];
    readonly maxIterations: number;
    readonly onExhausted: 'fail' | 'continue';
  };
}

export type Ends = ReadonlyMap<string, 'COMPLETED' | 'FAILED'>;
type Status = 'OPEN' | 'COMPLETED' | 'SKIPPED' | 'FAILED' | 'CANCELLED';

/** The nodes in the order of their needs; a failure that nobody minds is like any other end. */
export class LoopOracle {
  readonly statuses = new Map<string, Status>();
  private readonly serials = new Map<string, number>();
  private readonly asked = new Map<string, number>();

  /** @param ends of the activations that workers have run, as `node#iteration` */
  constructor(
    nodes: Readonly<Record<string, LoopNode>>,
    private readonly ends: Ends,
  ) {
    this.end = this.run(nodes, 1);
  }

  readonly end: 'OPEN' | 'COMPLETED' | 'FAILED';

  private run(nodes: Readonly<Record<string, LoopNode>>, iteration: number): 'OPEN' | 'COMPLETED' | 'FAILED' {
    let failed = false;
    let isOpen = false;
    const opened: string[] = [];
    for (const [id, node] of Object.entries(nodes)) {
      const key = `${id}#${iteration}`;
      const needs = node.needs.map((need) => this.statuses.get(`${need}#${iteration}`));
      if (node.needs.some((need, place) => needs[place] === 'FAILED' && nodes[need]?.continueOnError !== true))
        continue;
      if (needs.some((status) => status === undefined || status === 'OPEN')) {
        isOpen = true;
        continue;
      }
      const isTaken = needs.length === 0 || needs.some((status) => status !== 'SKIPPED');
      const status = !isTaken || node.skipped ? 'SKIPPED' : this.runNode(id, node, iteration);
      this.statuses.set(key, status);
      opened.push(key);
      if (status === 'OPEN') isOpen = true;
      if (status === 'FAILED' && !node.continueOnError) failed = true;
    }
    if (failed) {
      for (const key of opened) if (this.statuses.get(key) === 'OPEN') this.cancel(key, nodes);
      return 'FAILED';
    }
    return isOpen ? 'OPEN' : 'COMPLETED';
  }

  private runNode(id: string, { loop }: LoopNode, iteration: number): Status {
    if (!loop) return this.ends.get(`${id}#${iteration}`) ?? 'OPEN';
    for (let round = 1; ; round += 1) {
      const serial = (this.serials.get(id) ?? 0) + 1;
      this.serials.set(id, serial);
      const end = this.run(loop.nodes, serial);
      if (end !== 'COMPLETED') return end;
      const asked = (this.asked.get(id) ?? 0) + 1;
      this.asked.set(id, asked);
      if (loop.until.includes(asked)) return 'COMPLETED';
      if (round === loop.maxIterations) return loop.onExhausted === 'fail' ? 'FAILED' : 'COMPLETED';
    }
  }

  /** With what it had under way, if it is a loop. */
  private cancel(key: string, nodes: Readonly<Record<string, LoopNode>>): void {
    this.statuses.set(key, 'CANCELLED');
    const id = key.split('#')[0] ?? '';
    const { loop } = nodes[id] ?? {};
    const serial = this.serials.get(id);
    for (const inner of loop ? Object.keys(loop.nodes) : []) {
      const innerKey = `${inner}#${serial ?? 0}`;
      if (loop && this.statuses.get(innerKey) === 'OPEN') this.cancel(innerKey, loop.nodes);
    }
  }
}
