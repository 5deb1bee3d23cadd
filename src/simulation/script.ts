/** What a test says that workers, people and child pipelines do: the script of one simulated execution. */
import type { NodeRef } from '../core/execution.js';
import type { Json } from '../core/ir.js';
import type { AttemptFailure } from '../core/retry.js';
import type { YamlPath } from '../pipeline/issue.js';

/** What happens to one attempt, or to one wait. */
export type ScriptedEnd =
  | { readonly kind: 'output'; readonly output: Json }
  | { readonly kind: 'error'; readonly failure: AttemptFailure }
  /** The worker dies. */
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'answer';
      readonly approved: boolean;
      readonly approver: string | undefined;
      readonly comment: string;
      readonly form: Json;
    }
  | { readonly kind: 'signal'; readonly payload: Json };

export type ScriptedResult = ScriptedEnd & {
  /** Milliseconds from the beginning of the attempt, or of the wait. */
  readonly afterMs: number;
  /** With an output: what handlers say of the conditions of the edges of its node, by the targets of the edges. */
  readonly edges?: Readonly<Record<string, boolean>>;
  /** Where it stands in the fixture. */
  readonly path: YamlPath;
};

export interface NodeScript {
  readonly path: YamlPath;
  /** By attempt. */
  readonly results: readonly ScriptedResult[];
  /** The one result answers every attempt. */
  readonly lasting: boolean;
  /** Of a node that runs again and again, by iteration; absent: what is said here holds for each iteration. */
  readonly iterations?: readonly NodeScript[];
  /** Of a map, by item; absent: what is said here holds for each item. */
  readonly items?: readonly NodeScript[];
  /** Of a node with a child pipeline: the child runs with this script. */
  readonly nodes?: Script;
}

/** By node. */
export type Script = ReadonlyMap<string, NodeScript>;

/** The test does not say what it would have to say, or what it says does not fit. */
export class SimulationProblem extends Error {
  override readonly name = 'SimulationProblem';

  constructor(
    message: string,
    /** Where to look in the fixture; absent: at the test. */
    readonly path?: YamlPath,
  ) {
    super(message);
  }
}

/** What is said about one activation. */
export function scriptOf(script: Script, { node, iteration, item }: NodeRef): NodeScript | undefined {
  const all = script.get(node);
  const entry = all?.iterations === undefined ? all : all.iterations[iteration - 1];
  if (item === undefined || entry?.items === undefined) return entry;
  return entry.items[item];
}

/** Names an activation as sentences do. */
export function activationText({ node, iteration, item }: NodeRef): string {
  const name = iteration > 1 ? `iteration ${iteration} of node ${node}` : `node ${node}`;
  return item === undefined ? name : `item ${item} of ${name}`;
}

/** For an activation about which nothing is said: undefined unless that is because the list of iterations is too short. */
export function missingIteration(script: Script, ref: NodeRef): SimulationProblem | undefined {
  const { iterations, path = [] } = script.get(ref.node) ?? {};
  if (iterations === undefined || iterations.length >= ref.iteration) return undefined;
  const given = `${iterations.length} ${iterations.length === 1 ? 'is' : 'are'} given`;
  const message = `iteration ${ref.iteration} of node ${ref.node} has no result: ${given}; add one more to \`iterations\``;
  return new SimulationProblem(message, [...path, 'iterations']);
}

/** @param attempt from 1 */
export function resultOf(entry: NodeScript | undefined, attempt: number): ScriptedResult | undefined {
  return entry?.lasting === true ? entry.results[0] : entry?.results[attempt - 1];
}
