/**
 * The crash switches of a worker (agents.md, "Demos"): it kills itself with SIGKILL at a chosen moment, so that anybody
 * can see what a crash does. CRASH_AFTER=<node>: right after the first commit of that node was acknowledged.
 * CRASH_IN=<node>: inside that node, after CRASH_IN_CALLS (default 2) newly executed durable calls were committed.
 * Both may name one iteration of a node that runs again and again: <node>#2.
 */
import { nexumError } from '../errors.js';

const DEFAULT_CALLS = 2;

export interface CrashSwitches {
  readonly after?: string;
  readonly in?: string;
  readonly inCalls?: number;
}

export class CrashPlan {
  private calls = 0;

  constructor(
    private readonly switches: CrashSwitches,
    private readonly kill: () => void = () => process.kill(process.pid, 'SIGKILL'),
  ) {}

  /** @throws NexumError USAGE when CRASH_IN_CALLS is not a positive integer */
  static fromEnv(env: NodeJS.ProcessEnv): CrashPlan {
    const { CRASH_AFTER: after, CRASH_IN: inside, CRASH_IN_CALLS: calls } = env;
    const inCalls = calls === undefined ? DEFAULT_CALLS : Number(calls);
    if (!Number.isInteger(inCalls) || inCalls < 1) {
      throw nexumError('USAGE', `CRASH_IN_CALLS must be a positive integer, not ${JSON.stringify(calls)}`);
    }
    return new CrashPlan({ ...(after ? { after } : {}), ...(inside ? { in: inside } : {}), inCalls });
  }

  get active(): boolean {
    return this.nodes.length > 0;
  }

  /** The node names that the switches mention; each must exist. */
  get nodes(): string[] {
    return [this.switches.after, this.switches.in].filter((name) => name !== undefined);
  }

  afterCommit(node: string, iteration: number): void {
    const { after } = this.switches;
    if (after === node || after === `${node}#${iteration}`) this.kill();
  }

  afterCall(event: { readonly session: string; readonly outcome: string }): void {
    const { in: inside } = this.switches;
    if (inside === undefined || event.outcome !== 'executed') return;
    const activation = event.session.slice(event.session.indexOf('/') + 1);
    if (activation !== inside && activation.slice(0, activation.lastIndexOf('#')) !== inside) return;
    this.calls += 1;
    if (this.calls === (this.switches.inCalls ?? DEFAULT_CALLS)) this.kill();
  }
}
