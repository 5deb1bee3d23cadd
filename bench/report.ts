/** One line per figure: its value, and its ratio to a limit of the same run. With --json one object per line. */
export const json = process.argv.includes('--json');

export interface Limit {
  readonly limit: number;
  readonly name: string;
}

export function report(name: string, value: number, unit: string, against?: Limit): void {
  const ratio = against ? value / against.limit : undefined;
  if (json) {
    const limit = against ? { limit: round(against.limit), limitName: against.name, ratio: round(ratio ?? 0) } : {};
    process.stdout.write(`${JSON.stringify({ name, value: round(value), unit, ...limit })}\n`);
    return;
  }
  const beside = against ? `${(ratio ?? 0).toFixed(2)} x ${against.name} (${round(against.limit)})` : '';
  process.stdout.write(`${name.padEnd(44)} ${String(round(value)).padStart(9)} ${unit.padEnd(8)} ${beside}\n`);
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
