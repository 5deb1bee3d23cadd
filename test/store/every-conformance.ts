/** Every case that a store has to pass, whatever it is about. */
import { CALLS_CONFORMANCE } from './conformance-calls.js';
import { PAYLOAD_CONFORMANCE } from './conformance-payloads.js';
import { PURGE_CONFORMANCE } from './conformance-purge.js';
import { SCHEDULE_CONFORMANCE } from './conformance-schedules.js';
import { CONFORMANCE as RECORDS } from './conformance.js';

export const CONFORMANCE = [
  ...RECORDS,
  ...CALLS_CONFORMANCE,
  ...PAYLOAD_CONFORMANCE,
  ...PURGE_CONFORMANCE,
  ...SCHEDULE_CONFORMANCE,
];
