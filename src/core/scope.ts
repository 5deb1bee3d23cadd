/** What expressions see of an execution, and its output when none is declared. */
import { NexumError } from '../errors.js';
import type { ExpressionScope } from './command.js';
import type { ActivationRecord, NodeRef } from './execution.js';
import type { Json } from './ir.js';
import { joinWithinLimit } from './payload-limit.js';
import { readOf } from './reads.js';
import type { Transition } from './transition.js';

/** A node, and the activation that is read of it. */
type Read = readonly [string, ActivationRecord | undefined];

/** The inputs, and of these nodes output, status and error, as this activation reads them. O(their payloads). */
export function scopeOf(
  transition: Transition,
  reader: NodeRef | undefined,
  nodeIds: Iterable<string>,
): ExpressionScope {
  const records = [...nodeIds].map((id): Read => [id, readOf(transition, reader, id)]);
  return scopeOfRecords(transition, reader, records);
}

export function scopeOfRecords(
  transition: Transition,
  reader: NodeRef | undefined,
  records: readonly Read[],
): ExpressionScope {
  const nodes: Record<string, { output: Json; status: string; error?: string }> = Object.create(null) as Record<
    string,
    never
  >;
  const completed = records.flatMap(([, record]) => (record?.status === 'COMPLETED' ? [record] : []));
  const outputs = new Map(transition.outputs(completed).map((text, index) => [completed[index]?.node, text]));
  for (const [id, record] of records) {
    const text = outputs.get(id);
    const error = record?.detail?.error;
    nodes[id] = {
      output: text === undefined ? null : (JSON.parse(text) as Json),
      status: record?.status ?? 'PENDING',
      ...(error ? { error: error.message } : {}),
    };
  }
  const { execution } = transition;
  return {
    inputs: JSON.parse(transition.input()) as Json,
    nodes,
    ...(reader ? { iteration: reader.iteration } : {}),
    run: {
      id: execution?.executionId ?? '',
      workflow: execution?.workflowId ?? '',
      version: execution?.versionHash ?? '',
    },
  };
}

/**
 * Without a declared output: that of the single leaf, or an object of the leaves' outputs by node; of a free graph that
 * stopped before any leaf, that of the last commit; or OUTPUT_TOO_LARGE.
 */
export function outputOfLeaves(transition: Transition): string | NexumError {
  const { workflow } = transition;
  const leaves = [...workflow.nodes.values()].filter((node) => node.outgoing.length === 0 && node.loop === undefined);
  const completed = leaves.flatMap(({ id }) => {
    const record = readOf(transition, undefined, id);
    return record?.status === 'COMPLETED' ? [record] : [];
  });
  const last = completed.length === 0 && workflow.graph ? lastCommit(transition) : undefined;
  if (last) return transition.output(last);
  return outputOfRecords(transition, leaves.length, completed, 'the output of the execution');
}

/** That of the only one, or an object of the outputs by node. `of`: how many there could be. */
export function outputOfRecords(
  transition: Transition,
  of: number,
  completed: readonly ActivationRecord[],
  what: string,
): string | NexumError {
  const outputs = transition.outputs(completed);
  if (of === 1) return outputs[0] ?? 'null';
  const texts = outputs.map((text, index) => `${JSON.stringify(completed[index]?.node)}:${text}`);
  const members = joinWithinLimit(texts, what);
  return members instanceof NexumError ? members : `{${members}}`;
}

/** Of a free graph that stopped before it came to a leaf. */
function lastCommit(transition: Transition): ActivationRecord | undefined {
  let last: ActivationRecord | undefined;
  for (const record of transition.activations()) {
    const isCommit = record.status === 'COMPLETED' && record.item === undefined;
    if (isCommit && (record.outputSeq ?? 0) > (last?.outputSeq ?? 0)) last = record;
  }
  return last;
}
