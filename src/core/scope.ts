/** What expressions see of an execution, and its output when none is declared. */
import { NexumError } from '../errors.js';
import type { ExpressionScope } from './command.js';
import type { ActivationRecord } from './execution.js';
import type { Json } from './ir.js';
import { joinWithinLimit } from './payload-limit.js';
import type { Transition } from './transition.js';

/** The inputs, and of these nodes output, status and error. O(their payloads). */
export function scopeOf(transition: Transition, nodeIds: Iterable<string>): ExpressionScope {
  const nodes: Record<string, { output: Json; status: string; error?: string }> = Object.create(null) as Record<
    string,
    never
  >;
  const records = [...nodeIds].map((id): [string, ActivationRecord | undefined] => [id, transition.activation(id, 1)]);
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
    run: {
      id: execution?.executionId ?? '',
      workflow: execution?.workflowId ?? '',
      version: execution?.versionHash ?? '',
    },
  };
}

/**
 * Without a declared output: that of the single leaf, or an object of the leaves' outputs by node; or OUTPUT_TOO_LARGE.
 */
export function outputOfLeaves(transition: Transition): string | NexumError {
  const leaves = [...transition.workflow.nodes.values()].filter((node) => node.outgoing.length === 0);
  const completed = leaves.flatMap(({ id }) => {
    const record = transition.activation(id, 1);
    return record?.status === 'COMPLETED' ? [record] : [];
  });
  const outputs = transition.outputs(completed);
  if (leaves.length === 1) return outputs[0] ?? 'null';
  const texts = outputs.map((text, index) => `${JSON.stringify(completed[index]?.node)}:${text}`);
  const members = joinWithinLimit(texts, 'the output of the execution');
  return members instanceof NexumError ? members : `{${members}}`;
}
