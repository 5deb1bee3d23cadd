/** What the events of an execution are applied to. */
import type { ActivationRecord, ExecutionRecord, JoinRecord } from './execution.js';
import type { Workflow } from './workflow.js';

/** Records of one execution that `applyEvent` reads and replaces. */
export interface StateAccess {
  readonly workflow: Workflow;
  execution: ExecutionRecord | undefined;
  activation(node: string, iteration: number, item?: number): ActivationRecord | undefined;
  activations(): Iterable<ActivationRecord>;
  putActivation(record: ActivationRecord): void;
  join(target: string, group: string): JoinRecord | undefined;
  putJoin(record: JoinRecord): void;
}
