/** What a test says that workers, people and child pipelines do: the script of one simulated execution. */
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
  /** Where it stands in the fixture. */
  readonly path: YamlPath;
};

export interface NodeScript {
  readonly path: YamlPath;
  /** By attempt. */
  readonly results: readonly ScriptedResult[];
  /** The one result answers every attempt. */
  readonly lasting: boolean;
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
export function scriptOf(script: Script, node: string, item?: number): NodeScript | undefined {
  const entry = script.get(node);
  if (item === undefined || entry?.items === undefined) return entry;
  return entry.items[item];
}

/** @param attempt from 1 */
export function resultOf(entry: NodeScript | undefined, attempt: number): ScriptedResult | undefined {
  return entry?.lasting === true ? entry.results[0] : entry?.results[attempt - 1];
}
