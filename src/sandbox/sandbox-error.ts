/** The errors of a sandbox, in words that a person and a model can act on. */
import { nexumError, type NexumError } from '../errors.js';
import type { SandboxLimit, SandboxLimits } from './limits.js';
import type { GuestError } from './messages.js';

const LIMITS: Readonly<Record<SandboxLimit, (limits: SandboxLimits) => string>> = {
  memory: ({ memoryMb }) => `the code needs more than ${memoryMb} MiB of memory`,
  cpu: ({ cpuMs }) => `the code needs more than ${cpuMs} ms of processor time`,
  wall: ({ wallMs }) => `the code takes longer than ${wallMs} ms`,
  wait: ({ waitMs }) => `the functions that the code calls take longer than ${waitMs} ms`,
  stack: () => 'the code calls itself too deeply',
  calls: ({ callsPerRun }) => `the code calls host functions more than ${callsPerRun} times`,
  value: ({ valueChars }) => `the value of the code is longer than ${valueChars} characters as JSON`,
  code: ({ codeChars }) => `the code is longer than ${codeChars} characters`,
};

/** A run that ends with these has used up nothing that the next run would miss. */
const HARMLESS: ReadonlySet<SandboxLimit> = new Set(['value', 'code']);

export function isSandboxLimit(name: string): name is SandboxLimit {
  return Object.hasOwn(LIMITS, name);
}

export function endsSandbox(limit: SandboxLimit): boolean {
  return !HARMLESS.has(limit);
}

export function limitError(limit: SandboxLimit, limits: SandboxLimits, output: string): NexumError {
  const ended = endsSandbox(limit);
  const consequence = ended ? '; its sandbox has ended, and what it had declared is gone' : '';
  return nexumError('SANDBOX_LIMIT', LIMITS[limit](limits) + consequence, { limit, ended, output });
}

export function thrownError({ name, message, line }: GuestError, output: string): NexumError {
  const what = name === '' || message.startsWith(`${name}:`) ? message : `${name}: ${message}`;
  const place = line > 0 ? ` (line ${line})` : '';
  return nexumError('SANDBOX_ERROR', `${what === '' ? 'the code threw' : what}${place}`, { name, line, output });
}

export function lostError(reason: string): NexumError {
  return nexumError('SANDBOX_LOST', `the sandbox was lost: ${reason}`);
}
