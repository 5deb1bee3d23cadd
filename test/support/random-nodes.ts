/** Random workflows for property tests: chains, diamonds, forests; with conditions, timeouts and retries. */
import fc from 'fast-check';
import type { RetryPolicy } from '../../src/core/ir.js';
import type { NodeSketch } from './engine-execution.js';

export interface RandomNodesOptions {
  readonly retry: RetryPolicy;
  /** Of about half of the nodes. */
  readonly timeoutMs: number;
  /** A node takes one of them. */
  readonly handlers?: readonly string[];
  readonly maxNodes?: number;
}

/** 1..12 nodes; an edge i -> j only for i < j, so that every graph is acyclic. */
export function randomNodes(options: RandomNodesOptions): fc.Arbitrary<Record<string, NodeSketch>> {
  const { retry, timeoutMs, handlers = ['h'], maxNodes = 12 } = options;
  return fc.integer({ min: 1, max: maxNodes }).chain((count) => {
    const size = { minLength: count, maxLength: count };
    return fc
      .tuple(
        fc.array(fc.array(fc.nat(99), { maxLength: 3 }), size),
        fc.array(fc.constantFrom(undefined, undefined, undefined, 'true', 'false', 'false', 'throws'), size),
        fc.array(fc.boolean(), size),
        fc.array(fc.constantFrom(...handlers), size),
        fc.shuffledSubarray([...Array(count).keys()], size),
      )
      .map(([edges, conditions, timeouts, handlerOf, order]) => {
        const nodes: Record<string, NodeSketch> = {};
        // The order in the document is not the order of the graph.
        for (const index of order) {
          const needs = index === 0 ? [] : [...new Set((edges[index] ?? []).map((edge) => `n${edge % index}`))];
          const condition = conditions[index];
          nodes[`n${index}`] = {
            needs,
            retry,
            handler: handlerOf[index] ?? 'h',
            ...(condition === undefined ? {} : { if: condition }),
            ...(timeouts[index] ? { timeoutMs } : {}),
          };
        }
        return nodes;
      });
  });
}
