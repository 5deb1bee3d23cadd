/** Nodes of every kind for random loops and free graphs, where each of them runs more than once. */
import fc from 'fast-check';
import { NO_DELAY, type NodeSketch } from './engine-execution.js';
import { SIGNALS } from './random-nodes.js';

/** Expressions that KindRun answers: one that fails now and then, and one that holds now and then. */
export const FLAKY = 'flaky';
export const PERHAPS = 'perhaps';
/** Fails whenever it is evaluated. */
export const THROWS = 'throws';

const KINDS = [
  'task',
  'task',
  'task',
  'compute',
  'map',
  'compute map',
  'child map',
  'worker map',
  'approval',
  'timer',
  'signal',
  'child',
  'worker child',
] as const;
type Kind = (typeof KINDS)[number];

export interface KindDraw {
  readonly kind: Kind;
  /** It has a deadline, or opens its items one by one. */
  readonly timed: boolean;
  /** What it evaluates fails now and then, or always. */
  readonly broken: typeof FLAKY | typeof THROWS | undefined;
  /** Chooses among the forms of one kind. */
  readonly variant: number;
}

export const kindDraws: fc.Arbitrary<KindDraw> = fc.record({
  kind: fc.constantFrom(...KINDS),
  timed: fc.boolean(),
  broken: fc.nat(99).map((roll) => (roll === 0 ? THROWS : roll < 8 ? FLAKY : undefined)),
  variant: fc.nat(11),
});

const TIMEOUT_MS = 1500;
const TASK: NodeSketch = { handler: 'h', retry: NO_DELAY };

export function sketchOf({ kind, timed, broken, variant }: KindDraw): NodeSketch {
  const compute = broken ?? `computed ${variant}`;
  const timeout = timed || variant > 4 ? { timeoutMs: TIMEOUT_MS } : {};
  const child = { workflowId: 'other', with: { value: variant } };
  const map: NonNullable<NodeSketch['map']> = {
    over: broken ?? ['[1,2]', '[1,2,3]', '[]', '["a"]'][variant % 4] ?? '[]',
    onItemError: (['fail', 'skip', 'collect'] as const)[variant % 3] ?? 'fail',
    ...(timed ? { maxParallel: 1 } : {}),
  };
  switch (kind) {
    case 'task':
      return TASK;
    case 'compute':
      return { type: 'COMPUTE', compute };
    case 'map':
      return { type: 'MAP', map, ...TASK };
    case 'compute map':
      return { type: 'MAP', map, compute: 'computed' };
    case 'child map':
      return { type: 'MAP', map, child };
    case 'worker map':
      return { type: 'MAP', ...TASK };
    case 'approval': {
      const onTimeout = (['fail', 'approve', 'reject'] as const)[variant % 3] ?? 'fail';
      const onReject = variant > 5 ? 'continue' : 'fail';
      return { type: 'HUMAN_APPROVAL', approval: { onTimeout, onReject, ...timeout } };
    }
    case 'timer':
      return { type: 'TIMER', wait: broken ? { duration: broken } : { durationMs: TIMEOUT_MS } };
    case 'signal':
      return { type: 'TIMER', wait: { signal: SIGNALS[variant % SIGNALS.length] ?? '', ...timeout } };
    case 'child':
      return { type: 'SUBWORKFLOW', child };
    case 'worker child':
      return { type: 'SUBWORKFLOW', ...TASK };
  }
}
