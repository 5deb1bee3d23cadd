/** The part of the model that says what a loop is. */
import { z } from 'zod';
import { MAX_ITERATIONS } from '../core/ir.js';
import { name } from './model-values.js';

const BAD_LIMIT = `BAD_LIMIT: must be a whole number from 1 to ${MAX_ITERATIONS}`;

/** @param node the model of the nodes inside: it has this one in it, and does not exist yet */
export function loopModelOf<T>(node: () => z.ZodType<T>) {
  return z.strictObject({
    nodes: z
      .record(name, z.lazy(node))
      .describe('What each round runs: nodes with `needs` among themselves. Nodes outside cannot name them.'),
    until: z
      .union([z.string(), z.boolean()])
      .describe('One expression, evaluated when all nodes of a round have settled; the loop ends when it is true.'),
    max_iterations: z
      .int(BAD_LIMIT)
      .min(1, BAD_LIMIT)
      .max(MAX_ITERATIONS, BAD_LIMIT)
      .describe(`The rounds that may run, at most ${MAX_ITERATIONS}.`),
    on_exhausted: z
      .enum(['fail', 'continue'])
      .describe('After the last round: fail, or go on with what that round gave. Default fail.')
      .optional(),
  });
}
