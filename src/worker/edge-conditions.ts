/** Free graphs: edges whose condition is a handler. It is asked in the attempt of the source, before the commit. */
import type { EdgeSpec, Json } from '../core/ir.js';
import { textOf } from '../core/thread.js';
import { nexumError } from '../errors.js';
import type { Handler, HandlerContext, HandlerTable } from './handler.js';

export interface EdgeAnswer {
  /** Position in `x-nexum.edges`. */
  readonly edge: number;
  readonly holds: boolean;
}

/** An edge whose condition a handler knows. */
export interface AskedEdge {
  readonly position: number;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly handler: Handler;
}

/**
 * The edges of a node that handlers have to be asked about. Before the node runs: a result that could not be committed
 * afterwards would be an effect for nothing.
 * @throws NexumError UNKNOWN_HANDLER
 */
export function findAskedEdges(from: string, edges: readonly EdgeSpec[] = [], handlers: HandlerTable): AskedEdge[] {
  return edges.flatMap(({ to, when }, position) => {
    if (!when || !('handler' in when)) return [];
    const name = when.handler;
    const handler = handlers.get(name);
    if (handler) return [{ position, from, to, name, handler }];
    throw nexumError(
      'UNKNOWN_HANDLER',
      `this worker has no handler ${name} (condition of the edge ${from} -> ${to}, asked after node ${from})`,
    );
  });
}

/**
 * Asks one after the other, in the order of the edges.
 * @param outputJson what the node has given, JSON text
 * @param before is told which edge is next
 * @throws NexumError OUTPUT_INVALID for an answer that is not true or false; whatever a handler throws
 */
export async function askEdges(
  asked: readonly AskedEdge[],
  outputJson: string,
  context: HandlerContext,
  before: (edge: string) => void,
): Promise<EdgeAnswer[]> {
  const text = textOf(outputJson);
  const answers: EdgeAnswer[] = [];
  for (const { position, from, to, name, handler } of asked) {
    before(`the condition ${name} of the edge ${from} -> ${to}`);
    // Parsed anew for each: a handler may change what it is given.
    const holds: unknown = await handler({ output: JSON.parse(outputJson) as Json, text, from, to }, context);
    if (typeof holds !== 'boolean')
      throw nexumError(
        'OUTPUT_INVALID',
        `it must return true or false, and gave ${holds === null ? 'null' : `a value of type ${typeof holds}`}`,
      );
    answers.push({ edge: position, holds });
  }
  return answers;
}
