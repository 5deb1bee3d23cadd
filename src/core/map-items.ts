/**
 * The items of a MAP. They lie in pages in the history, written once; only some of them are open at a time, so that a
 * list of 100,000 costs per item what a list of 10 does.
 */
import { NexumError } from '../errors.js';
import type { ExpressionScope } from './command.js';
import type { ActivationRecord, MapProgress, NodeError, NodeRef } from './execution.js';
import { isFinal } from './execution.js';
import type { Json } from './ir.js';
import { splitJsonArray } from './json-array.js';
import { joinWithinLimit } from './payload-limit.js';
import type { StateAccess } from './state-access.js';
import type { Step } from './step.js';

/** Items of one page at most, and about how many characters: a task reads the page of its item. */
const PAGE = { items: 128, chars: 64 * 1024 } as const;
/** Items open at once unless `max_parallel` says otherwise; half of them are filled up at a time. */
const OPEN_ITEMS = 256;

/** Reads payloads of an execution: a transition, or what a task is built from. */
export interface PayloadReader {
  payload(seq: number): string;
}

/** Writes the items down and opens the first ones. `items`: JSON texts. */
export function expand(progress: Step, { node, iteration }: NodeRef, items: readonly string[]): void {
  const { transition, executionId } = progress;
  if (items.length === 0) {
    progress.complete({ node, iteration }, { attempt: 0, output: '[]' });
    return;
  }
  const chars = items.reduce((sum, item) => sum + item.length, 0);
  const pageSize = Math.max(1, Math.min(PAGE.items, Math.floor((PAGE.chars * items.length) / Math.max(chars, 1))));
  const pages = Math.ceil(items.length / pageSize);
  transition.emit(executionId, { kind: 'map_expanded', node, iteration, total: items.length, pageSize, pages });
  for (let page = 0; page < pages; page += 1) {
    const payload = `[${items.slice(page * pageSize, (page + 1) * pageSize).join(',')}]`;
    transition.emit(executionId, { kind: 'map_items', node, iteration, page, payload });
  }
  openMore(progress, { node, iteration });
}

/** JSON text of one item. */
export function itemText(reader: PayloadReader, { seq, pageSize }: MapProgress, index: number): string {
  const page = splitJsonArray(reader.payload(seq + 1 + Math.floor(index / pageSize)));
  return page[index % pageSize] ?? 'null';
}

export function itemScope(
  transition: StateAccess & PayloadReader,
  { node, iteration, item: index = 0 }: NodeRef,
  scope: ExpressionScope,
): ExpressionScope {
  const items = transition.activation(node, iteration)?.detail?.items;
  if (!items) return scope;
  return { ...scope, item: JSON.parse(itemText(transition, items, index)) as Json, index };
}

/** An item has ended: the next ones open, or the map ends with it. */
export function afterItem(progress: Step, { node, iteration, item }: NodeRef): void {
  const { transition } = progress;
  const map = transition.activation(node, iteration);
  const items = map?.detail?.items;
  const spec = transition.workflow.nodes.get(node)?.behaviour.map;
  if (!map || !items || map.status !== 'WAITING') return;
  const ended = transition.activation(node, iteration, item);
  if (ended?.status === 'FAILED' && (spec?.onItemError ?? 'fail') === 'fail') {
    const { code = 'HANDLER_FAILED', message = '' } = ended.detail?.error ?? {};
    progress.fail({ node, iteration }, { code, message: `item ${item ?? 0} of node ${node}: ${message}` });
  } else if (items.completed + items.failed === items.total) {
    gather(progress, map, items, spec?.onItemError === 'collect');
  } else {
    openMore(progress, { node, iteration });
  }
}

/** When the map itself has ended, nobody needs its items any more. */
export function cancelItems(progress: Step, { node, iteration }: NodeRef): void {
  const { transition } = progress;
  const items = transition.activation(node, iteration)?.detail?.items;
  for (let item = 0; item < (items?.opened ?? 0); item += 1) {
    const record = transition.activation(node, iteration, item);
    if (record && !isFinal(record.status)) progress.cancel(record);
  }
}

function openMore(progress: Step, { node, iteration }: NodeRef): void {
  const { transition, executionId } = progress;
  const items = transition.activation(node, iteration)?.detail?.items;
  if (!items) return;
  const maxParallel = transition.workflow.nodes.get(node)?.behaviour.map?.maxParallel;
  const open = items.opened - items.completed - items.failed;
  // One by one only where it matters: each opening is an event of its own.
  if (maxParallel === undefined && open > OPEN_ITEMS / 2) return;
  const from = items.opened;
  const to = Math.min(items.total, from + (maxParallel ?? OPEN_ITEMS) - open);
  if (to <= from) return;
  transition.emit(executionId, { kind: 'items_opened', node, iteration, from, to });
  if (transition.workflow.nodes.get(node)?.itemRun === 'task') return;
  for (let item = from; item < to; item += 1) progress.begin({ node, iteration, item });
}

function gather(progress: Step, map: ActivationRecord, items: MapProgress, collects: boolean): void {
  const { transition } = progress;
  const records: ActivationRecord[] = [];
  for (let item = 0; item < items.total; item += 1) {
    const record = transition.activation(map.node, map.iteration, item);
    if (record && (record.status === 'COMPLETED' || collects)) records.push(record);
  }
  const outputs = transition.outputs(records.filter(({ status }) => status === 'COMPLETED'))[Symbol.iterator]();
  const texts = records.map((record) =>
    record.status === 'COMPLETED' ? (outputs.next().value ?? 'null') : failureText(record.detail?.error),
  );
  completeWith(progress, map, texts, map.attempt);
}

/** Each item alone may have as much as all of them together. `outputs`: JSON texts. */
export function completeWith(progress: Step, map: NodeRef, outputs: readonly string[], attempt = 0): void {
  const list = joinWithinLimit(outputs, `the list of the ${outputs.length} outputs of node ${map.node}`);
  if (list instanceof NexumError) progress.fail(map, { code: list.code, message: list.message });
  else progress.complete(map, { attempt, output: `[${list}]` });
}

function failureText(error: NodeError | undefined): string {
  return JSON.stringify({ error: { code: error?.code ?? '', message: error?.message ?? '' } });
}
