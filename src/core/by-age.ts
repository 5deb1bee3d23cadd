import type { ActivationRecord, ExecutionView } from './execution.js';

/**
 * The activations of an execution. A store says nothing about their order, and it decides who commits first: by what
 * opened them, then as the IR has them. O(nodes log nodes)
 */
export function byAge(view: Pick<ExecutionView, 'workflow' | 'activations'>): ActivationRecord[] {
  const places = new Map([...view.workflow.nodes.keys()].map((id, index) => [id, index]));
  const place = ({ node }: ActivationRecord): number => places.get(node) ?? 0;
  const seq = ({ detail }: ActivationRecord): number => detail?.activated?.seq ?? 0;
  return [...view.activations()].sort(
    (a, b) => seq(a) - seq(b) || place(a) - place(b) || a.iteration - b.iteration || (a.item ?? -1) - (b.item ?? -1),
  );
}
