/** What code in a sandbox may use up: one table of numbers, each with its unit, its reason, and the range that is accepted. */
import { nexumError } from '../errors.js';

export interface SandboxLimits {
  /** MiB of memory for the engine and everything that the code makes: the maximum of its WebAssembly.Memory. */
  readonly memoryMb: number;
  /** Milliseconds of processor time of one run. */
  readonly cpuMs: number;
  /** Milliseconds of one run on the clock, while it is not waiting for host functions; then its process is killed. */
  readonly wallMs: number;
  /** Milliseconds of one run on the clock that it may wait for host functions. */
  readonly waitMs: number;
  /** Characters that one run may print; the rest is cut, and the cut is said. */
  readonly outputChars: number;
  /** Characters of the JSON text of the value of one run. */
  readonly valueChars: number;
  /** Characters of the code of one run. */
  readonly codeChars: number;
  /** Calls of host functions in one run. */
  readonly callsPerRun: number;
  /** Host functions that run at the same time; further calls wait for their turn. */
  readonly parallelCalls: number;
}

/** What a limit was exceeded in; `stack` and the arguments of calls are fixed. */
export type SandboxLimit = 'memory' | 'cpu' | 'wall' | 'wait' | 'stack' | 'value' | 'code' | 'calls';

interface Range {
  readonly min: number;
  readonly max: number;
  readonly standard: number;
}

/** Longest delay of a timer of Node: a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const RANGES: Readonly<Record<keyof SandboxLimits, Range>> = {
  // The engine is built for an initial memory of 16 MiB (256 pages), so no cap can be lower, and for 2 GiB at most.
  memoryMb: { min: 16, max: 2048, standard: 64 },
  // Code of a model transforms a few tool results; 5 s is a thousand times that, and bearable when it hangs.
  cpuMs: { min: 10, max: 3_600_000, standard: 5000 },
  // Six times the processor time: only a starved machine, or an engine that does not look at its deadline, gets there.
  wallMs: { min: 100, max: MAX_TIMER_MS, standard: 30_000 },
  // Searches and model calls answer within minutes. Who lets code ask a person raises it.
  waitMs: { min: 100, max: MAX_TIMER_MS, standard: 600_000 },
  // As long as the longest observation of an agent.
  outputChars: { min: 0, max: 10_000_000, standard: 40_000 },
  valueChars: { min: 4, max: 16_000_000, standard: 1_000_000 },
  codeChars: { min: 1, max: 10_000_000, standard: 100_000 },
  callsPerRun: { min: 0, max: 1_000_000, standard: 1000 },
  parallelCalls: { min: 1, max: 256, standard: 16 },
};

/** Characters of the JSON text of the arguments of one host call; each call may become a row of a database. */
export const MAX_ARGUMENT_CHARS = 262_144;
/** Characters of the JSON text of what one host function returns: 16 of them at once fit into the smallest memory. */
export const MAX_RESULT_CHARS = 1_000_000;
/** Characters of an error message or a stack: enough to find a mistake, too short for a page that arrives inside one. */
export const MAX_ERROR_CHARS = 2000;

/**
 * Bytes of stack that the engine gives to code: about 2,900 calls of a plain function. The engine throws at its end.
 * It counts in its own memory, so the thread around it needs a stack on which WebAssembly fits that deep: measured, the
 * worst code (nested parentheses) takes about eight times as much there. An overflow there would break the engine.
 */
export const ENGINE_STACK_BYTES = 512 * 1024;
export const THREAD_STACK_MB = 32;
/** MiB of JavaScript heap around the engine: it holds what crosses the border, nothing that code makes. */
export const THREAD_HEAP_MB = 64;

/** @throws NexumError INVALID_REQUEST when a number is out of its range */
export function resolveLimits(given: Partial<SandboxLimits> = {}): SandboxLimits {
  const entries = (Object.keys(RANGES) as (keyof SandboxLimits)[]).map((name) => [name, pick(name, given[name])]);
  return Object.fromEntries(entries) as Record<keyof SandboxLimits, number>;
}

function pick(name: keyof SandboxLimits, given: number | undefined): number {
  const { min, max, standard } = RANGES[name];
  const value = given ?? standard;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw nexumError('INVALID_REQUEST', `the limit ${name} of a sandbox is a whole number from ${min} to ${max}`);
}
