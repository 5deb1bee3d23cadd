/** Whose output a node reads, when nodes run more than once. */
import { newestIteration, refOf, type ActivationRecord, type ExecutionView, type NodeRef } from './execution.js';

type State = Pick<ExecutionView, 'workflow' | 'activation'>;

/**
 * The activation that `reader` reads of the node `id`; undefined: none yet. Without a reader: the last one that counts.
 *
 * A dependency has the iteration of its reader. In a free graph it is the last that had committed when the reader was
 * activated, so that another attempt reads the same. In a loop, what is no dependency is read from the round before.
 */
export function readOf(state: State, reader: NodeRef | undefined, id: string): ActivationRecord | undefined {
  const { workflow } = state;
  const node = workflow.nodes.get(id);
  if (workflow.graph) {
    const record = reader && state.activation(reader.node, reader.iteration);
    return lastCommit(state, id, record?.detail?.activated?.seq ?? Infinity);
  }
  const level = node?.loop;
  const peer = reader && level !== undefined ? ancestorIn(state, reader, level) : undefined;
  if (!peer) return currentOf(state, id);
  if (workflow.nodes.get(peer.node)?.dependencies.includes(id)) return state.activation(id, peer.iteration);
  return state.activation(id, peer.iteration - 1);
}

/** The reader itself, or the loop around it that stands in this loop. */
function ancestorIn(state: State, reader: NodeRef, level: string): NodeRef | undefined {
  let ref: NodeRef | undefined = reader;
  while (ref && state.workflow.nodes.get(ref.node)?.loop !== level) ref = loopOf(state, ref);
  return ref;
}

/** The activation of a node that counts now: of the round of its loop that is under way, or was last. */
export function currentOf(state: State, id: string): ActivationRecord | undefined {
  const loop = state.workflow.nodes.get(id)?.loop;
  if (loop === undefined) return state.activation(id, state.workflow.graph ? newestIteration(state, id) : 1);
  const serial = currentOf(state, loop)?.detail?.loop?.serial;
  return serial === undefined ? undefined : state.activation(id, serial);
}

/** The activation of the loop in whose present round this activation belongs. */
export function loopOf(state: State, { node, iteration }: NodeRef): NodeRef | undefined {
  const id = state.workflow.nodes.get(node)?.loop;
  if (id === undefined) return undefined;
  const record = currentOf(state, id);
  return record?.detail?.loop?.serial === iteration ? refOf(record) : undefined;
}

/** Of a free graph: the last one that had committed by an event. Activations of one node may overtake each other. */
function lastCommit(state: State, id: string, upToSeq: number): ActivationRecord | undefined {
  let last: ActivationRecord | undefined;
  for (const record of commitsAfter(state, id, () => last?.outputSeq ?? 0)) {
    const seq = record.outputSeq ?? 0;
    if (seq <= upToSeq && seq > (last?.outputSeq ?? 0)) last = record;
  }
  return last;
}

/**
 * COMPLETED activations of a node of a free graph, newest first, with at least all that committed after the event
 * `after`. O(those, and what was open beside them): what had settled when one before `after` was activated is older.
 */
export function* commitsAfter(state: State, id: string, after: () => number): Generator<ActivationRecord, void> {
  let lowest = 1;
  for (let iteration = newestIteration(state, id); iteration >= lowest; iteration -= 1) {
    const record = state.activation(id, iteration);
    if (record?.status === 'COMPLETED') yield record;
    const { activated } = record?.detail ?? {};
    if (activated && activated.seq <= after()) lowest = Math.max(lowest, activated.open);
  }
}
