/** The lines of `nexum logs`. */
import type { Event__Output } from '../rpc/generated/nexum/Event.js';
import { eventLabel, readData } from './event-data.js';
import { eventText } from './event-text.js';
import { formatLocal, shorten } from './text-format.js';

/** Longer texts stand in `nexum get` and `nexum events`. */
const MAX_TEXT = 500;

/** Remembers who works on what: only the event of the lease says it. */
export class LogLines {
  private readonly workers = new Map<string, string>();

  /** Events in their order. */
  line(event: Event__Output): string {
    const label = eventLabel(event);
    const { workerId } = readData(event);
    if (workerId !== undefined) this.workers.set(label, workerId);
    const text = shorten(eventText(event, formatLocal), MAX_TEXT);
    return `${formatLocal(event.atMs)}  ${text}${this.byWhom(event, label)}`;
  }

  private byWhom(event: Event__Output, label: string): string {
    const worker = this.workers.get(label);
    if (event.attempt === 0 || event.kind === 'node_leased' || worker === undefined) return '';
    const attempt = event.kind === 'node_completed' ? `attempt ${event.attempt}, ` : '';
    if (event.kind !== 'attempt_released') this.workers.delete(label);
    return ` (${attempt}worker ${worker})`;
  }
}
