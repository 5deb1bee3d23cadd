/** What the events of free graphs and loops do to the records; apply-event.ts calls it, and nobody else. */
import { nexumError } from '../errors.js';
import { withDetail } from './activation-detail.js';
import type { ExecutionEvent } from './event.js';
import {
  isFinal,
  NEVER_MS,
  refOf,
  type ActivationDetail,
  type GraphProgress,
  type LoopProgress,
  type NodeRef,
} from './execution.js';
import { fire, graphProgress, letHear, rearm } from './graph-state.js';
import { isExecutionLimit } from './limits.js';
import { loopOf } from './reads.js';
import type { StateAccess } from './state-access.js';

type Of<K extends ExecutionEvent['kind']> = ExecutionEvent & { readonly kind: K };

/** A commit of a free graph: it is a message, and its edges count now unless it came late. */
export function applyCommit(state: StateAccess, event: Of<'node_completed'>): void {
  const before = graphProgress(state.execution);
  const isEager = state.workflow.graph?.scheduling !== 'barrier';
  const { met = [] } = event;
  putProgress(state, {
    ...before,
    messages: before.messages + 1,
    turns: before.turns + (isEager ? 1 : 0),
    totalTurns: before.totalTurns + (isEager ? 1 : 0),
    ...(met.length > 0 ? { met: [...(before.met ?? []), ...met] } : {}),
    ...(event.stops === true ? { stoppedBy: refOf(event) } : {}),
  });
  if (event.late === true) {
    const progress = graphProgress(state.execution);
    const late = [...(progress.late ?? []), { ...refOf(event), fired: event.fired ?? [] }];
    putProgress(state, { ...progress, late });
  } else {
    applyFired(state, event);
  }
}

export function applyLateFired(state: StateAccess, event: Of<'edges_fired'>): void {
  const { late = [], ...before } = graphProgress(state.execution);
  const left = late.filter(({ node, iteration }) => node !== event.node || iteration !== event.iteration);
  putProgress(state, { ...before, ...(left.length > 0 ? { late: left } : {}) });
  applyFired(state, event);
}

export function applyWave(state: StateAccess): void {
  const { next = [], ...before } = graphProgress(state.execution);
  putProgress(state, { ...before, turns: before.turns + 1, totalTurns: before.totalTurns + 1 });
  rearm(state, next);
}

export function applyMessage(state: StateAccess, event: Of<'message_added'>): void {
  const before = graphProgress(state.execution);
  putProgress(state, { ...before, messages: before.messages + 1, said: [...before.said, event.seq] });
  letHear(state, event.seq);
}

export function applyLimit(state: StateAccess, { reason }: Of<'execution_paused'>): void {
  if (reason !== undefined && !isExecutionLimit(reason))
    putProgress(state, { ...graphProgress(state.execution), pausedBy: reason });
}

/** After a limit everything that limits and the stop condition count begins anew. */
export function applyLimitLifted(state: StateAccess): void {
  const { pausedBy, met: _met, stoppedBy: _stoppedBy, ...before } = graphProgress(state.execution);
  if (pausedBy !== undefined) putProgress(state, { ...before, turns: 0, messages: 0 });
}

export function applyStop(state: StateAccess, { stoppedBy, unsatisfied }: Of<'execution_completed'>): void {
  const { stoppedBy: _met, ...before } = graphProgress(state.execution);
  const last = state.workflow.graph?.scheduling === 'barrier' ? 1 : 0;
  putProgress(state, {
    ...before,
    turns: before.turns + last,
    totalTurns: before.totalTurns + last,
    ...(stoppedBy ? { stoppedBy } : {}),
    ...(unsatisfied ? { unsatisfied } : {}),
  });
}

/** Which messages an activation hears: those since the one before. */
export function hearsFrom(state: StateAccess, { node, iteration }: NodeRef, seq: number): ActivationDetail | undefined {
  if (!state.workflow.graph) return undefined;
  const before = state.activation(node, iteration - 1)?.detail?.activated;
  // Two groups that one event completes activate the node twice, and both hear the same.
  const after = before?.seq === seq ? before.after : (before?.seq ?? 0);
  let open = before?.open ?? 1;
  while (open < iteration && isSettled(state, node, open)) open += 1;
  return { activated: { seq, after, open } };
}

function isSettled(state: StateAccess, node: string, iteration: number): boolean {
  const record = state.activation(node, iteration);
  return record !== undefined && isFinal(record.status);
}

export function applyRound(state: StateAccess, event: Of<'round_started'>): void {
  const nodes = state.workflow.nodes.get(event.node)?.behaviour.loop?.nodes ?? [];
  const record = state.activation(event.node, event.iteration);
  if (!record) throw nexumError('INTERNAL', `a round of ${event.node}, which was never opened`);
  const loop: LoopProgress = { round: event.round, serial: event.serial, remaining: nodes.length };
  const detail = { ...record.detail, loop };
  state.putActivation({ ...record, detail, status: 'WAITING', waitsFor: 'nodes', readyAtMs: NEVER_MS });
  for (const id of nodes) {
    for (const [group, { size }] of state.workflow.nodes.get(id)?.groups ?? []) {
      const join = state.join(id, group);
      if (join) state.putJoin({ ...join, remaining: size, taken: 0 });
    }
  }
}

/** Counts a node that has settled in the round of its loop. */
export function countSettled(state: StateAccess, { node, iteration }: NodeRef): void {
  const loop = loopOf(state, { node, iteration });
  const progress = loop && state.activation(loop.node, loop.iteration)?.detail?.loop;
  if (!loop || !progress) return;
  putDetail(state, loop, { loop: { ...progress, remaining: progress.remaining - 1 } });
}

function applyFired(state: StateAccess, event: NodeRef & { readonly fired?: readonly number[] }): void {
  const { joins, activated } = fire(state, state.workflow.nodes.get(event.node), event.fired ?? []);
  for (const join of joins) state.putJoin(join);
  if (state.workflow.graph?.scheduling !== 'barrier' || activated.length === 0) return;
  const before = graphProgress(state.execution);
  putProgress(state, { ...before, next: [...(before.next ?? []), ...activated] });
}

function putProgress(state: StateAccess, graph: GraphProgress): void {
  const { execution } = state;
  if (execution) state.execution = { ...execution, extra: { ...execution.extra, graph } };
}

function putDetail(state: StateAccess, ref: NodeRef, more: ActivationDetail): void {
  const record = state.activation(ref.node, ref.iteration);
  if (record) state.putActivation(withDetail(record, more));
}
