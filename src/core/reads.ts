/** Whose output a node reads, when nodes run more than once. */
import { newestIteration, refOf, type ActivationRecord, type ExecutionView, type NodeRef } from './execution.js';

type State = Pick<ExecutionView, 'workflow' | 'activation'>;

/**
 * The activation that `reader` reads of the node `id`; undefined: none yet. Without a reader: the last one that counts.
 *
 * A dependency has the iteration of its reader. In a free graph it is the newest that had committed when the reader was
 * activated, so that another attempt reads the same. In a loop, what is no dependency is read from an earlier round.
 */
export function readOf(state: State, reader: NodeRef | undefined, id: string): ActivationRecord | undefined {
  const { workflow } = state;
  const node = workflow.nodes.get(id);
  if (workflow.graph) {
    const record = reader && state.activation(reader.node, reader.iteration);
    return newestOutput(state, id, newestIteration(state, id), record?.detail?.activated?.seq);
  }
  const level = node?.loop;
  const peer = reader && level !== undefined ? ancestorIn(state, reader, level) : undefined;
  if (!peer) return currentOf(state, id);
  if (workflow.nodes.get(peer.node)?.dependencies.includes(id)) return state.activation(id, peer.iteration);
  return newestOutput(state, id, peer.iteration - 1);
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

/** The newest COMPLETED one, from an iteration downwards, and committed up to an event. */
function newestOutput(state: State, id: string, from: number, upToSeq = Infinity): ActivationRecord | undefined {
  for (let iteration = from; iteration > 0; iteration -= 1) {
    const record = state.activation(id, iteration);
    if (record?.status === 'COMPLETED' && (record.outputSeq ?? 0) <= upToSeq) return record;
  }
  return undefined;
}
