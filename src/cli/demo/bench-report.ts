/** The figures of `nexum demo bench`: medians, 95th percentiles, and ratios, which say more than milliseconds of one machine. */
import { table } from '../output.js';
import { MODES, type Mode, type Times } from './bench-measures.js';

/** Milliseconds. */
export interface Figures {
  readonly median: number;
  readonly p95: number;
}

export interface BenchReport {
  readonly runs: number;
  readonly agentRuns: number;
  readonly question: string;
  readonly fsync: Figures;
  readonly call: Readonly<Record<Mode, Figures>>;
  readonly agent: Readonly<Record<Mode, Figures>>;
  readonly ratios: {
    /** What a new durable call adds to its tool, beside one fsynced write. */
    readonly coldAddedPerFsync: number;
    readonly cachedPerCold: number;
    readonly agentColdPerPlain: number;
    readonly agentCachedPerPlain: number;
  };
}

export interface BenchTimes {
  readonly question: string;
  readonly fsync: readonly number[];
  readonly call: Times;
  readonly agent: Times;
}

export function benchReport({ question, fsync, call, agent }: BenchTimes): BenchReport {
  const calls = figuresOf(call);
  const agents = figuresOf(agent);
  const sync = figures(fsync);
  return {
    runs: call.cold.length,
    agentRuns: agent.cold.length,
    question,
    fsync: sync,
    call: calls,
    agent: agents,
    ratios: {
      coldAddedPerFsync: ratio(calls.cold.median - calls.plain.median, sync.median),
      cachedPerCold: ratio(calls.cached.median, calls.cold.median),
      agentColdPerPlain: ratio(agents.cold.median, agents.plain.median),
      agentCachedPerPlain: ratio(agents.cached.median, agents.plain.median),
    },
  };
}

export function benchText({ runs, agentRuns, question, fsync, call, agent, ratios }: BenchReport): string {
  const row = (name: string, { median, p95 }: Figures, beside: string): string[] => [name, ms(median), ms(p95), beside];
  const { coldAddedPerFsync, cachedPerCold, agentColdPerPlain, agentCachedPerPlain } = ratios;
  return [
    table(
      [`TOOL CALL, ${runs} RUNS`, 'MEDIAN', 'P95', ''],
      [
        row('plain: the function alone', call.plain, ''),
        row(
          'cold: a new durable call',
          call.cold,
          `adds ${ms(call.cold.median - call.plain.median)}, ${coldAddedPerFsync} x one fsync`,
        ),
        row('cached: read back', call.cached, `${cachedPerCold} x cold`),
        row('one fsynced write', fsync, ''),
      ],
    ),
    '',
    table(
      [`AGENT, ${agentRuns} RUNS`, 'MEDIAN', 'P95', ''],
      [
        row('plain: nothing is kept', agent.plain, ''),
        row('cold: a new session', agent.cold, `${agentColdPerPlain} x plain`),
        row('cached: the session again', agent.cached, `${agentCachedPerPlain} x plain`),
      ],
    ),
    '',
    `The agent is asked "${question}", offline, over the documentation of this package.`,
    'Every call has a session of its own. With a real model, a cold call costs the same milliseconds more, and a cached',
    'one saves the whole call of the model.',
  ].join('\n');
}

function figuresOf(times: Times): Record<Mode, Figures> {
  return Object.fromEntries(MODES.map((mode) => [mode, figures(times[mode])])) as Record<Mode, Figures>;
}

/** Percentiles by the nearest rank. */
export function figures(times: readonly number[]): Figures {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (fraction: number): number => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
  return { median: rounded(at(0.5), 3), p95: rounded(at(0.95), 3) };
}

function ratio(value: number, unit: number): number {
  return unit === 0 ? 0 : rounded(value / unit, 2);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(value < 1 ? 3 : 2) : value.toFixed(0)} ms`;
}
