/** The values that the model is made of. An error text of the form `CODE: text` gives the issue that code. */
import { z } from 'zod';
import type { Json } from '../core/ir.js';
import { DURATION_PATTERN, MAX_DURATION_MS, MAX_RETENTION_MS, parseDuration } from './duration.js';

/** Of pipelines, nodes, agents, inputs and env values: a name of the expression language, so that `nodes.<name>` parses. */
const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

const BAD_NAME = 'BAD_NAME: is no valid name';
const BAD_DURATION = 'BAD_DURATION: is no duration (500ms, 30s, 5m, 2h, 1d; at most a year)';
const BAD_RETENTION = 'BAD_DURATION: is no duration (2h, 30d, 3650d; at most ten years)';

export const name = z.string().regex(NAME_PATTERN, BAD_NAME);
export const text = z.string().min(1, 'BAD_VALUE: must not be empty');
export const anyJson = z.custom<Json>(() => true);
export const jsonObject = z.record(z.string(), anyJson);

/** A duration in which 0 is allowed or not. */
export function duration(minimumMs: 0 | 1) {
  return durationUpTo(MAX_DURATION_MS, minimumMs, BAD_DURATION);
}

export const retention = durationUpTo(MAX_RETENTION_MS, 1, BAD_RETENTION);

/** Shorter, and a worker that is only busy would count as dead. */
export const heartbeat = durationUpTo(MAX_DURATION_MS, 1000, 'BAD_DURATION: is no duration of at least 1s');

function durationUpTo(maximumMs: number, minimumMs: number, problem: string) {
  return z
    .string(problem)
    .regex(DURATION_PATTERN, { error: problem, abort: true })
    .refine((value) => (parseDuration(value, maximumMs) ?? -1) >= minimumMs, problem);
}
