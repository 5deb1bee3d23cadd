/** What has settled in an execution that goes on after a failure: some dependents may not have been told. */
import { byAge } from './by-age.js';
import type { EdgeSource } from './edges.js';
import { activationKey, isFinal, refOf, type ActivationRecord, type NodeRef } from './execution.js';
import { loopOf } from './reads.js';
import { chosenTarget } from './task-result.js';
import type { Transition } from './transition.js';

export interface Settled {
  readonly ref: NodeRef;
  readonly source: EdgeSource;
}

/** O(nodes log nodes) */
export function findSettled(transition: Transition): Settled[] {
  const settled = byAge(transition).filter((record) => hasSettled(record) && mayGoOn(transition, record));
  const choices = findChoices(transition, settled);
  return settled.map((record) => {
    const outcome = record.status === 'COMPLETED' || record.status === 'SKIPPED' ? record.status : 'FAILED';
    return { ref: refOf(record), source: { outcome, routedTo: choices.get(keyOf(record)) } };
  });
}

function hasSettled({ item, status, detail }: ActivationRecord): boolean {
  return item === undefined && (status === 'COMPLETED' || status === 'SKIPPED' || detail?.handled === true);
}

/** Nothing follows any more in a round that is over, or in a loop that has ended. */
function mayGoOn(transition: Transition, record: ActivationRecord): boolean {
  if (transition.workflow.nodes.get(record.node)?.loop === undefined) return true;
  const loop = loopOf(transition, record);
  const status = loop && transition.activation(loop.node, loop.iteration)?.status;
  return status !== undefined && !isFinal(status);
}

/** What these routers chose: it is in their outputs. */
function findChoices(transition: Transition, records: readonly ActivationRecord[]): ReadonlyMap<string, string | null> {
  const routers = records.filter(
    ({ node, status }) => status === 'COMPLETED' && transition.workflow.nodes.get(node)?.type === 'ROUTER',
  );
  const outputs = transition.outputs(routers);
  return new Map(routers.map((record, index) => [keyOf(record), chosenTarget(outputs[index] ?? 'null')]));
}

function keyOf({ node, iteration }: ActivationRecord): string {
  return activationKey(node, iteration);
}
