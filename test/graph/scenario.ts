/** What a scenario is: a small free graph or a pipeline with loops, what its nodes say, and what must come of it. */
import { createHash } from 'node:crypto';
import type { EdgeSpec, GraphSpec, IrNode, Json, LoopSpec, NodeBehaviour } from '../../src/core/ir.js';

/** Nobody's fault that a process dies: it says nothing against a node. What a script throws is final. */
const RETRY = {
  maxAttempts: 1,
  maxLost: 50,
  initialIntervalMs: 0,
  multiplier: 1,
  maxIntervalMs: 0,
  jitter: 0,
  nonRetryable: [],
} as const;
/** No cycle without a limit; none of these comes near it. */
const FAR_TURNS = 50;
const AGENT = { instructions: 'Say what the script says.', tools: [], maxSteps: 1 } as const;

/**
 * One step of the plot. A text: commits in this order, `a b a2` for the first activation of a, that of b, the second of a.
 * `c!`: c fails. `paused`: a limit has been reached. `resume`: somebody says this (or nothing) and the execution goes on.
 * `say`: somebody says this while it runs.
 */
export type PlotStep =
  string | { readonly paused: 'max_turns' | 'max_messages' } | { readonly resume: string } | { readonly say: string };

export interface Expected {
  /** Default: COMPLETED. */
  readonly status?: 'COMPLETED' | 'FAILED';
  /** Of a free graph; default: complete. */
  readonly stop?: 'complete' | 'stop_when' | 'none';
  readonly stoppedBy?: string;
  /** Turns since the start. */
  readonly turns?: number;
  readonly output?: Json;
  /** `node/group: edges that have not fired`. */
  readonly unsatisfied?: readonly string[];
  readonly cancelled?: readonly string[];
  readonly failed?: readonly string[];
  /** By activation of an agent: what it hears, `source#iteration: text`. */
  readonly heard?: Readonly<Record<string, readonly string[]>>;
  /** By activation: the outputs that it reads. */
  readonly reads?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

export interface Scenario {
  readonly name: string;
  /** By node: what it says, by iteration; without a word, `a1`, `a2`... `{throws}`: it fails. */
  readonly says?: Readonly<Record<string, readonly Json[]>>;
  readonly plot: readonly PlotStep[];
  readonly expected: Expected;
  readonly nodes: Readonly<Record<string, IrNode>>;
  readonly graph?: GraphSpec;
}

type Meta = Omit<Scenario, 'nodes' | 'graph'>;

export interface GraphSketch extends Partial<Omit<GraphSpec, 'entry'>> {
  /** By source; a text is the name of the target. The first node is the entry, unless `entry` says otherwise. */
  readonly edges: Readonly<Record<string, readonly (string | EdgeSpec)[]>>;
  readonly entry?: readonly string[];
  /** Agents, with the history that they hear. */
  readonly agents?: Readonly<Record<string, NodeBehaviour['history']>>;
  /** Nodes that the engine computes. */
  readonly computes?: Readonly<Record<string, Json>>;
}

export function graph(sketch: GraphSketch & Meta): Scenario {
  const { edges, entry, agents = {}, computes = {}, scheduling = 'eager', task = 'Begin.', ...rest } = sketch;
  const { maxTurns = FAR_TURNS, maxMessages, stopWhen, ...meta } = rest;
  const bySource = new Map(
    Object.entries(edges).map(([from, list]) => [
      from,
      list.map((edge) => (typeof edge === 'string' ? { to: edge } : edge)),
    ]),
  );
  const ids = [...new Set([...bySource].flatMap(([from, list]) => [from, ...list.map(({ to }) => to)]))];
  const nodes = ids.map((id): [string, IrNode] => {
    const reads = ids.filter((from) => bySource.get(from)?.some(({ to }) => to === id));
    const own: NodeBehaviour = {
      ...worked(id, computes),
      ...(id in agents ? { agent: AGENT, ...(agents[id] ? { history: agents[id] } : {}) } : {}),
      edges: bySource.get(id) ?? [],
      reads,
    };
    return [id, { type: id in computes ? 'COMPUTE' : 'EFFECT', dependencies: [], 'x-nexum': own }];
  });
  return {
    ...meta,
    nodes: Object.fromEntries(nodes),
    graph: {
      entry: entry ?? ids.slice(0, 1),
      scheduling,
      task,
      maxTurns,
      ...(maxMessages === undefined ? {} : { maxMessages }),
      ...(stopWhen === undefined ? {} : { stopWhen }),
    },
  };
}

export interface NodeSketch {
  readonly needs?: readonly string[];
  readonly reads?: readonly string[];
  readonly loop?: Omit<LoopSpec, 'onExhausted'> & Partial<Pick<LoopSpec, 'onExhausted'>>;
}

/** A pipeline with `needs` and loops. */
export function pipeline(sketch: { readonly nodes: Readonly<Record<string, NodeSketch>> } & Meta): Scenario {
  const nodes = Object.entries(sketch.nodes).map(([id, { needs = [], reads, loop }]): [string, IrNode] => {
    const own: NodeBehaviour = loop ? { loop: { onExhausted: 'fail', ...loop } } : worked(id, {});
    const behaviour = { ...own, ...(reads ? { reads } : {}) };
    return [id, { type: loop ? 'COMPUTE' : 'EFFECT', dependencies: needs, 'x-nexum': behaviour }];
  });
  return { ...sketch, nodes: Object.fromEntries(nodes) };
}

function worked(id: string, computes: Readonly<Record<string, Json>>): NodeBehaviour {
  const compute = computes[id];
  return compute === undefined ? { handler: 'scripted', retry: RETRY } : { compute };
}

/** The document that is registered. */
export function irOf(scenario: Scenario): { workflowId: string; versionHash: string; irJson: string } {
  const workflowId = scenario.name.replace(/[^a-z0-9]+/gi, '-');
  const pipelineInfo = {
    name: workflowId,
    inputs: { script: { type: 'object' } },
    ...(scenario.graph ? { graph: scenario.graph } : {}),
  };
  const irJson = JSON.stringify({ pipeline: pipelineInfo, nodes: scenario.nodes });
  return { workflowId, versionHash: `sha256:${createHash('sha256').update(irJson).digest('hex')}`, irJson };
}

/** One step, commits one by one. */
export type Beat = { readonly commit: string } | { readonly failure: string } | Exclude<PlotStep, string>;

export function beatsOf({ plot }: Scenario): Beat[] {
  return plot.flatMap((step): readonly Beat[] => (typeof step === 'string' ? step.split(' ').map(beatOf) : [step]));
}

/** Commits of nodes that workers run, by their place among all commits. */
export function workedCommits(scenario: Scenario): { readonly index: number; readonly activation: string }[] {
  const commits = beatsOf(scenario).flatMap((beat) => ('commit' in beat ? [beat.commit] : []));
  return commits.flatMap((activation, index) => {
    const behaviour = scenario.nodes[activation.slice(0, activation.indexOf('#'))]?.['x-nexum'];
    return behaviour?.handler === undefined ? [] : [{ index, activation }];
  });
}

function beatOf(word: string): Beat {
  return word.endsWith('!') ? { failure: activationOf(word.slice(0, -1)) } : { commit: activationOf(word) };
}

/** `a2` -> `a#2`, `a` -> `a#1`. */
function activationOf(word: string): string {
  const [, node = word, iteration = '1'] = /^(\D+)(\d*)$/.exec(word) ?? [];
  return `${node}#${iteration === '' ? '1' : iteration}`;
}
