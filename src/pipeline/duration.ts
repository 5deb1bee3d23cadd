/** Durations as authors write them: 500ms, 30s, 5m, 2h, 1d. */
export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A year: longer ones are typing mistakes, and every sum of them stays an exact integer. */
export const MAX_DURATION_MS = 365 * 86_400_000;

/** Ten years: finished executions may have to be kept that long. */
export const MAX_RETENTION_MS = 10 * MAX_DURATION_MS;

/** Reads a duration; returns milliseconds, or undefined when the text is none or exceeds `maximumMs`. */
export function parseDuration(text: string, maximumMs = MAX_DURATION_MS): number | undefined {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNIT_MS[unit];
  if (count === undefined || factor === undefined) return undefined;
  const ms = Number(count) * factor;
  return ms <= maximumMs ? ms : undefined;
}
