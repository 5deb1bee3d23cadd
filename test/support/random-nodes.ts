/** Random workflows for property tests: chains, diamonds, forests of nodes of every kind, under every rule of joins. */
import fc from 'fast-check';
import {
  JOIN_RULES,
  NEED_CONDITIONS,
  type ApprovalSpec,
  type JoinRule,
  type NeedCondition,
  type RetryPolicy,
  type WaitSpec,
} from '../../src/core/ir.js';
import type { NodeSketch } from './engine-execution.js';

export interface RandomNodesOptions {
  readonly retry: RetryPolicy;
  /** Of about half of the tasks; also how long some timers and deadlines are. */
  readonly timeoutMs: number;
  /** A task takes one of them. */
  readonly handlers?: readonly string[];
  readonly maxNodes?: number;
  /** The id of a workflow that children are executions of. */
  readonly childWorkflowId?: string;
}

export const SIGNALS = ['s0', 's1'] as const;
export const APPROVER = 'boss';

const KINDS = [
  'task',
  'task',
  'task',
  'compute',
  'router',
  'worker router',
  'map',
  'map',
  'compute map',
  'child map',
  'worker map',
  'reduce',
  'timer',
  'signal',
  'approval',
  'child',
  'worker child',
] as const;
export type Kind = (typeof KINDS)[number];

/** Everything that a node may turn out to be; most kinds read only some of it. */
interface Draw {
  readonly kind: Kind;
  readonly needs: readonly number[];
  readonly conditions: readonly (NeedCondition | undefined)[];
  readonly if: string | undefined;
  readonly join: JoinRule | undefined;
  readonly continueOnError: boolean;
  readonly timed: boolean;
  readonly handler: string;
  /** Something of it fails whenever it is evaluated: seldom, or few executions would come far. */
  readonly broken: boolean;
  /** Chooses among the forms of one kind. */
  readonly variant: number;
  readonly targets: readonly { readonly to: number; readonly if: string }[];
}

/** 1..12 nodes; an edge i -> j only for i < j, so that every graph is acyclic. */
export function randomNodes(options: RandomNodesOptions): fc.Arbitrary<Record<string, NodeSketch>> {
  const { handlers = ['h'], maxNodes = 12 } = options;
  const draw: fc.Arbitrary<Draw> = fc.record({
    kind: fc.constantFrom(...KINDS),
    needs: fc.array(fc.nat(99), { maxLength: 3 }),
    conditions: fc.array(fc.constantFrom(undefined, undefined, ...NEED_CONDITIONS), { minLength: 3, maxLength: 3 }),
    if: fc.constantFrom(undefined, undefined, undefined, 'true', 'false'),
    join: fc.constantFrom(undefined, ...JOIN_RULES),
    continueOnError: fc.nat(4).map((roll) => roll === 0),
    timed: fc.boolean(),
    broken: fc.nat(19).map((roll) => roll === 0),
    handler: fc.constantFrom(...handlers),
    variant: fc.nat(11),
    targets: fc.array(fc.record({ to: fc.nat(99), if: fc.constantFrom('true', 'false') }), {
      minLength: 1,
      maxLength: 2,
    }),
  });
  return fc.integer({ min: 1, max: maxNodes }).chain((count) => {
    const size = { minLength: count, maxLength: count };
    return fc.tuple(fc.array(draw, size), fc.shuffledSubarray([...Array(count).keys()], size)).map(([draws, order]) =>
      // The order in the document is not the order of the graph.
      Object.fromEntries(order.map((index) => [`n${index}`, nodeOf(draws, index, options)])),
    );
  });
}

function nodeOf(draws: readonly Draw[], index: number, options: RandomNodesOptions): NodeSketch {
  const draw = draws[index];
  if (!draw) throw new Error(`there is no node ${index}`);
  const needs = index === 0 ? [] : [...new Set(draw.needs.map((need) => `n${need % index}`))];
  const conditions = needs.flatMap((need, place) => {
    const condition = draw.conditions[place];
    return condition === undefined ? [] : [[need, condition] as const];
  });
  return {
    needs,
    ...(conditions.length > 0 ? { conditions: Object.fromEntries(conditions) } : {}),
    ...(draw.if === undefined ? {} : { if: draw.broken ? 'throws' : draw.if }),
    ...(draw.join === undefined ? {} : { join: draw.join }),
    ...(draw.continueOnError ? { continueOnError: true } : {}),
    ...kindOf(draws, index, draw, options),
  };
}

function kindOf(
  draws: readonly Draw[],
  index: number,
  draw: Draw,
  { retry, timeoutMs, childWorkflowId = 'child' }: RandomNodesOptions,
): NodeSketch {
  const { variant, timed, handler, broken } = draw;
  const task = { handler, retry, ...(timed ? { timeoutMs } : {}) };
  const compute = broken ? 'throws' : `computed ${variant}`;
  const child = { workflowId: childWorkflowId, with: { value: variant } };
  const map = mapOf(draw);
  switch (draw.kind) {
    case 'task':
      return task;
    case 'compute':
      return { type: 'COMPUTE', compute };
    case 'router':
    case 'worker router':
      return routerOf(draws.length, index, draw, task);
    case 'map':
      return { type: 'MAP', map, ...task };
    case 'compute map':
      return { type: 'MAP', map, compute };
    case 'child map':
      return { type: 'MAP', map, child };
    case 'worker map':
      return { type: 'MAP', ...task };
    case 'reduce': {
      const maps = [...draws.entries()].filter(([place, one]) => place < index && one.kind.endsWith('map'));
      const mapNodeId = maps.length > 0 ? { mapNodeId: `n${maps[variant % maps.length]?.[0] ?? 0}` } : {};
      return { type: 'REDUCE', ...mapNodeId, ...(variant > 6 ? { compute } : task) };
    }
    case 'timer':
      return timerOf(draw, timeoutMs);
    case 'signal': {
      const signal = SIGNALS[variant % SIGNALS.length] ?? 's0';
      return { type: 'TIMER', wait: { signal, ...(timed ? { timeoutMs } : {}) } };
    }
    case 'approval':
      return { type: 'HUMAN_APPROVAL', approval: approvalOf(draw, timed ? timeoutMs : undefined) };
    case 'child':
      return { type: 'SUBWORKFLOW', child };
    case 'worker child':
      return { type: 'SUBWORKFLOW', subWorkflowId: childWorkflowId, ...task };
  }
}

function mapOf({ variant, timed, broken }: Draw): NonNullable<NodeSketch['map']> {
  const lists = broken ? ['throws', '{"no":"list"}'] : ['[]', '[1]', '[1,2]', '["a","b","c"]', '[1,2,3,4,5]'];
  return {
    over: lists[variant % lists.length] ?? '[]',
    onItemError: (['fail', 'skip', 'collect'] as const)[variant % 3] ?? 'fail',
    ...(timed ? { maxParallel: 1 + (variant % 2) } : {}),
  };
}

function routerOf(count: number, index: number, draw: Draw, task: NodeSketch): NodeSketch {
  const behind = count - index - 1;
  // The last node has nobody to choose.
  if (behind === 0) return { type: 'COMPUTE', compute: 'nobody is behind' };
  const name = (to: number): string => `n${index + 1 + (to % behind)}`;
  const routes = draw.targets.map((target) => ({ to: name(target.to), if: draw.broken ? 'throws' : target.if }));
  if (draw.kind === 'worker router')
    return { type: 'ROUTER', routes: routes.map(({ to }) => ({ target: to })), ...task };
  const otherwise = draw.variant > 5 ? { otherwise: name(draw.variant) } : {};
  return { type: 'ROUTER', router: { routes, ...otherwise } };
}

function timerOf({ variant, broken }: Draw, timeoutMs: number): NodeSketch {
  const waits: readonly WaitSpec[] = broken
    ? [{ duration: 'no duration' }, { until: 'no time' }, { until: 'throws' }]
    : [{ durationMs: timeoutMs }, { durationMs: 0 }, { duration: '300ms' }, { until: '2023-11-14T22:13:21.000Z' }];
  const wait = broken ? waits[variant % waits.length] : waits[variant];
  return { type: 'TIMER', ...(wait ? { wait } : { delay_seconds: variant / 10 }) };
}

function approvalOf({ variant, broken }: Draw, timeoutMs: number | undefined): ApprovalSpec {
  return {
    onTimeout: (['fail', 'approve', 'reject'] as const)[variant % 3] ?? 'fail',
    onReject: variant > 5 ? 'continue' : 'fail',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(variant % 4 === 0 ? { approvers: [APPROVER] } : {}),
    ...(broken ? { message: 'throws' } : variant > 8 ? { message: 'please' } : {}),
  };
}
