/** Events as sentences, for progress lines and `nexum logs`. */
import { NEVER_MS } from '../core/execution.js';
import type { EventKind } from '../core/event.js';
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { errorText, eventLabel, readData, type EventData } from './event-data.js';
import { formatDate, nodeLabel } from './text-format.js';
import { usedText } from './usage-report.js';

/** Bookkeeping of large maps, and what whoever follows an execution knows already. */
const QUIET: ReadonlySet<string> = new Set<EventKind>(['execution_started', 'map_items', 'items_opened']);

/** A line for what people follow; undefined for the rest. */
export function progressText(event: Event__Output): string | undefined {
  return QUIET.has(event.kind) ? undefined : eventText(event, formatDate);
}

/** What happened, with the node before it. @param time how to write a time that lies ahead */
export function eventText(event: Event__Output, time: (ms: number) => string): string {
  const facts = { ...readData(event), node: event.nodeId, attempt: event.attempt, time };
  const text = isKnown(event.kind) ? TEXTS[event.kind](facts) : event.kind;
  const label = event.kind.startsWith('execution_') ? '' : eventLabel(event);
  return [label, text].filter((part) => part !== '').join(' ');
}

interface Facts extends EventData {
  /** Of `execution_failed`: the node that failed; may be empty. */
  readonly node: string;
  readonly attempt: number;
  readonly time: (ms: number) => string;
}

/** One for each kind, so that a new kind does not compile without its words. */
const TEXTS: Readonly<Record<EventKind, (facts: Facts) => string>> = {
  wave_started: ({ ready }) => `next wave: ${names(ready)}`,
  message_added: ({ ready }) => `message from the user${activates(ready)}`,
  execution_started: ({ waiting }) => (waiting ? 'execution started, waits for its turn' : 'execution started'),
  execution_admitted: () => 'execution admitted: its turn has come',
  execution_paused: ({ reason }) => `execution paused${reason === undefined ? '' : `: ${reason} reached`}`,
  execution_resumed: () => 'execution resumed',
  execution_retried: () => 'execution retried',
  execution_completed: executionCompletedText,
  execution_failed: ({ node, error }) => `execution failed${node === '' ? '' : ` at ${node}`}: ${errorText(error)}`,
  execution_cancelled: ({ reason }) => `execution cancelled${reason === undefined ? '' : `: ${reason}`}`,
  node_leased: ({ attempt, workerId }) => `started, attempt ${attempt}, worker ${workerId ?? ''}`,
  attempt_failed: ({ attempt, error, ...rest }) => `attempt ${attempt} failed: ${errorText(error)}${retryText(rest)}`,
  attempt_lost: ({ attempt, reason, ...rest }) => `attempt ${attempt} lost: ${reason ?? ''}${retryText(rest)}`,
  attempt_released: ({ attempt }) => `attempt ${attempt} given back`,
  usage_reported: ({ added }) => `used ${usedText(added ?? {})}`,
  node_waiting: (facts) => `waits for ${waitText(facts, facts.time)}`,
  map_expanded: ({ total }) => `has ${total ?? 0} items`,
  map_items: () => 'items stored',
  items_opened: ({ from = 0, to = 0 }) => `items ${from} to ${to - 1} opened`,
  round_started: ({ round = 1 }) => `round ${round} began`,
  node_completed: completedText,
  edges_fired: ({ fired, ready }) => `${firedText(fired)} late${activates(ready)}`,
  node_skipped: ({ reason }) => `skipped${reason === undefined ? '' : ` (${reason.replace('_', ' ')})`}`,
  node_failed: ({ error, handled, answer }) =>
    `failed: ${errorText(error)}${answer ? `, rejected by ${answer.approver}` : ''}${handled ? '; the execution goes on' : ''}`,
  node_cancelled: () => 'cancelled',
  node_reopened: ({ child }) => (child === undefined ? 'opened again' : `goes on with child ${child}`),
  signal_received: ({ name }) => `signal ${name ?? ''} received`,
};

function isKnown(kind: string): kind is EventKind {
  return Object.hasOwn(TEXTS, kind);
}

function retryText({ retryAtMs, time }: Pick<Facts, 'retryAtMs' | 'time'>): string {
  return retryAtMs === undefined ? '' : `; again at ${time(retryAtMs)}`;
}

function completedText(facts: Facts): string {
  const { fired, late, stops, ready } = facts;
  if (fired === undefined) return endText(facts);
  const what = `${endText(facts)}, ${firedText(fired)}`;
  if (late) return `${what} after the execution had failed`;
  return `${what}${stops ? ', meets stop_when' : activates(ready)}`;
}

function endText({ kept, answer, routedTo }: Facts): string {
  if (kept) return 'completed: kept from the execution that this one reruns';
  if (answer) return `${answer.approved ? 'approved' : 'rejected'} by ${answer.approver}`;
  if (routedTo === undefined) return 'completed';
  return routedTo === null ? 'completed, no route' : `completed, route ${routedTo}`;
}

/** The targets stand in the workflow, not in the event; how many it were says what was decided. */
function firedText(fired: readonly number[] = []): string {
  if (fired.length === 0) return 'no edge fired';
  return fired.length === 1 ? '1 edge fired' : `${fired.length} edges fired`;
}

function activates(ready: EventData['ready'] = []): string {
  return ready.length === 0 ? '' : `, activates ${names(ready)}`;
}

function names(refs: EventData['ready'] = []): string {
  return refs.map(({ node, iteration }) => nodeLabel(node, iteration)).join(', ');
}

function executionCompletedText({ stoppedBy, unsatisfied = [] }: Facts): string {
  const why = stoppedBy ? `: stop_when by ${nodeLabel(stoppedBy.node, stoppedBy.iteration)}` : '';
  const joins = unsatisfied.map(({ node }) => node).join(', ');
  return `execution completed${why}${joins === '' ? '' : `; JOIN_UNSATISFIED: ${joins}`}`;
}

/** What a node waits for, and until when. */
export function waitText(
  { waitsFor, untilMs, child, childWorkflowId, signal }: EventData,
  time: (ms: number) => string,
): string {
  const what =
    waitsFor === 'child'
      ? `child ${[childWorkflowId, child].filter(Boolean).join(' ')}`
      : waitsFor === 'signal'
        ? `signal ${signal ?? ''}`
        : (waitsFor ?? 'something');
  return untilMs === undefined || untilMs >= NEVER_MS ? what : `${what} until ${time(untilMs)}`;
}
