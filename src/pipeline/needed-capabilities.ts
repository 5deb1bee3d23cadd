/** What a server must be able to do for a pipeline (docs/wire.md): a Nexum 0.2 server would take the IR and half-run it. */
import type { IrNode, NodeBehaviour, WorkflowIr } from '../core/ir.js';

type Need = (behaviour: NodeBehaviour, node: IrNode) => boolean;

const NODE_NEEDS: Readonly<Record<string, Need>> = {
  map: ({ map }, { type }) => map !== undefined || type === 'MAP',
  child: ({ child }, { type }) => child !== undefined || type === 'SUBWORKFLOW',
  timer: ({ wait }, { type }) => type === 'TIMER' && wait?.signal === undefined,
  signal: ({ wait }) => wait?.signal !== undefined,
  approvals: ({ approval }) => approval !== undefined,
  loop: ({ loop }) => loop !== undefined,
};

/** Sorted by name. Every pipeline needs `work`: tasks find their workers by handler, over that stream. */
export function neededCapabilities({ nodes, pipeline }: WorkflowIr): string[] {
  const all = Object.values(nodes);
  const ofNodes = Object.entries(NODE_NEEDS).filter(([, needs]) =>
    all.some((node) => needs(node['x-nexum'] ?? {}, node)),
  );
  const needed = ofNodes.map(([capability]) => capability);
  if (pipeline?.graph) needed.push('graph');
  if (pipeline?.schedules && pipeline.schedules.length > 0) needed.push('schedules');
  return [...needed, 'work'].sort();
}
