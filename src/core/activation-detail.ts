/** The part of a record that only some activations have. */
import type { ActivationDetail, ActivationRecord } from './execution.js';

/** Undefined values vanish, and a detail without any is none: so it comes back from a database as it was. */
export function withDetail(record: ActivationRecord, more: ActivationDetail): ActivationRecord {
  const entries = Object.entries({ ...record.detail, ...more }).filter(([, value]) => value !== undefined);
  return { ...record, detail: entries.length > 0 ? Object.fromEntries(entries) : undefined };
}
