/** The part of an event that travels as JSON, as far as commands read it. */
import type { Usage } from '../core/usage.js';
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { nodeLabel } from './text-format.js';

interface NodeRef {
  readonly node: string;
  readonly iteration: number;
  readonly item?: number;
}

export interface EventData {
  /** Index of a map item. */
  readonly item?: number;
  readonly workerId?: string;
  readonly reason?: string;
  readonly retryAtMs?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly ready?: readonly NodeRef[];
  readonly waiting?: true;
  readonly waitsFor?: string;
  readonly untilMs?: number;
  readonly child?: string;
  readonly childWorkflowId?: string;
  readonly signal?: string;
  readonly name?: string;
  readonly total?: number;
  readonly from?: number;
  readonly to?: number;
  readonly routedTo?: string | null;
  readonly answer?: { readonly approved: boolean; readonly approver: string };
  readonly kept?: true;
  /** Of a loop. */
  readonly round?: number;
  readonly handled?: true;
  /** Of a free graph: positions of the edges that fired. */
  readonly fired?: readonly number[];
  /** Of a free graph: committed after the execution had failed. */
  readonly late?: true;
  /** Of a free graph: its output met the stop condition. */
  readonly stops?: true;
  readonly stoppedBy?: NodeRef;
  readonly unsatisfied?: readonly { readonly node: string }[];
  /** Of model calls. */
  readonly added?: Usage;
}

export function readData(event: Event__Output): EventData {
  return event.dataJson === '' ? {} : (JSON.parse(event.dataJson) as EventData);
}

/** `node`, `node#2`, `node[5]`; empty for an event of the execution. */
export function eventLabel(event: Event__Output): string {
  return event.nodeId === '' ? '' : nodeLabel(event.nodeId, event.iteration, readData(event).item);
}

export function errorText(error: EventData['error']): string {
  if (!error) return 'no error text';
  return error.code === '' ? error.message : `${error.code}: ${error.message}`;
}
