/** The records of one execution on plain maps: what a history of events folds to. */
import type { StateAccess } from '../../src/core/state-access.js';
import {
  activationKey,
  type ActivationRecord,
  type ExecutionRecord,
  type JoinRecord,
} from '../../src/core/execution.js';
import type { Workflow } from '../../src/core/workflow.js';

export class Records implements StateAccess {
  execution: ExecutionRecord | undefined;
  private readonly activationsByKey = new Map<string, ActivationRecord>();
  private readonly joins = new Map<string, JoinRecord>();

  constructor(readonly workflow: Workflow) {}

  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined {
    return this.activationsByKey.get(activationKey(node, iteration, item));
  }

  activations(): Iterable<ActivationRecord> {
    return this.activationsByKey.values();
  }

  putActivation(record: ActivationRecord): void {
    this.activationsByKey.set(activationKey(record.node, record.iteration, record.item), record);
  }

  join(target: string, group: string): JoinRecord | undefined {
    return this.joins.get(`${target}\n${group}`);
  }

  putJoin(record: JoinRecord): void {
    this.joins.set(`${record.target}\n${record.group}`, record);
  }

  /** Everything but `leaseExpiresAtMs` (E5), as plain data in a fixed order. */
  comparable(): unknown {
    const byKey = <R>(map: Map<string, R>): [string, R][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      execution: this.execution,
      activations: byKey(this.activationsByKey).map(([key, { leaseExpiresAtMs: _excluded, ...record }]) => [
        key,
        record,
      ]),
      joins: byKey(this.joins),
    };
  }
}
