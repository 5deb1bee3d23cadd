/** What an edge makes of the end of its source. */
import type { Edge, Workflow } from './workflow.js';

/** How a node ended, as far as the edges behind it ask. */
export interface EdgeSource {
  readonly outcome: 'COMPLETED' | 'SKIPPED' | 'FAILED';
  readonly routedTo?: string | null | undefined;
}

/** Whether the edge is taken, now that its source has ended. */
export function isTaken(edge: Edge, source: EdgeSource, workflow: Workflow): boolean {
  const { outcome } = source;
  // A failure that the author said not to mind counts as success for those who need success.
  const fine =
    outcome === 'COMPLETED' ||
    (outcome === 'FAILED' && workflow.nodes.get(edge.from)?.behaviour.continueOnError === true);
  switch (edge.condition) {
    case 'fires':
      throw new Error('an edge of a free graph fires by its own condition');
    case 'routed':
      return outcome === 'COMPLETED' && source.routedTo === edge.to;
    case 'succeeded':
      return fine;
    case 'failed':
      return outcome === 'FAILED';
    case 'completed':
      return outcome !== 'SKIPPED';
    case 'succeeded_or_skipped':
      return fine || outcome === 'SKIPPED';
  }
}
