/** Every case that a store has to pass, whatever it is about. */
import { PAYLOAD_CONFORMANCE } from './conformance-payloads.js';
import { PURGE_CONFORMANCE } from './conformance-purge.js';
import { SCHEDULE_CONFORMANCE } from './conformance-schedules.js';
import { CONFORMANCE as RECORDS } from './conformance.js';

export const CONFORMANCE = [...RECORDS, ...PAYLOAD_CONFORMANCE, ...PURGE_CONFORMANCE, ...SCHEDULE_CONFORMANCE];
