/** How far a MAP has come, counted in the record of its node: work per item stays the same however many there are. */
import { nexumError } from '../errors.js';
import type { StateAccess } from './state-access.js';
import type { ActivationRecord, MapProgress, NodeRef } from './execution.js';

/** Opens the items of `items_opened`. */
export function openItems(
  state: StateAccess,
  event: NodeRef & { readonly from: number; readonly to: number },
  open: (ref: NodeRef) => void,
): void {
  const { node, iteration } = event;
  for (let item = event.from; item < event.to; item += 1) open({ node, iteration, item });
  change(state, event, (items) => ({ ...items, opened: event.to }));
}

/** Counts an item that ended, or (negative) one that was opened again. */
export function bumpItems(state: StateAccess, item: NodeRef, by: { completed: number; failed: number }): void {
  change(state, item, (items) => ({
    ...items,
    completed: items.completed + by.completed,
    failed: items.failed + by.failed,
  }));
}

function change(state: StateAccess, ref: NodeRef, update: (items: MapProgress) => MapProgress): void {
  const record: ActivationRecord | undefined = state.activation(ref.node, ref.iteration);
  const items = record?.detail?.items;
  if (!record || !items) throw nexumError('INTERNAL', `an item of ${ref.node} has no map`);
  state.putActivation({ ...record, detail: { ...record.detail, items: update(items) } });
}
