/** The execution that a rerun takes over from, as a batch has loaded it. */
import type { KeptNode } from '../core/command.js';
import { keptNode, keptRecords } from '../core/kept-nodes.js';
import type { BoundExecution } from './bound-execution.js';

export interface KeptSource {
  readonly source: BoundExecution;
  readonly fromNode: string;
}

/** May throw PayloadMissing. */
export function keptOf({ source, fromNode }: KeptSource): ReadonlyMap<string, KeptNode> {
  const { workflow } = source;
  const records = keptRecords(workflow, source.activations(), fromNode);
  source.preload(records.flatMap(({ outputSeq }) => outputSeq ?? []));
  const outputOf = (seq: number | undefined): string => (seq === undefined ? '' : source.payload(seq));
  return new Map(records.map((record) => [record.node, keptNode(workflow, record, outputOf(record.outputSeq))]));
}
