/** The two streams of a command: data on stdout, everything else on stderr; one JSON document per line with --json. */
import { errorMessage, NexumError } from '../errors.js';

export class Output {
  constructor(
    readonly json: boolean,
    private readonly stdout: NodeJS.WritableStream = process.stdout,
    private readonly stderr: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
  ) {}

  /** True when a person looks at the progress. */
  get live(): boolean {
    return this.stderr.isTTY === true && !this.json;
  }

  /** The result of the command: the object as one line with --json, the text otherwise. */
  data(value: unknown, text: string): void {
    this.stdout.write(this.json ? `${JSON.stringify(value)}\n` : ensureNewline(text));
  }

  /** Something to know, which is not the result. */
  note(text: string): void {
    this.stderr.write(ensureNewline(text));
  }

  /** What went wrong, with its code and cure; with --json as an object on stderr. */
  error(error: unknown): void {
    if (error instanceof NexumError) {
      const { code, message, fix, details } = error;
      if (this.json) this.stderr.write(`${JSON.stringify({ error: { code, message, fix, details } })}\n`);
      else this.stderr.write(`error ${code}: ${message}\n  fix: ${fix}\n`);
      return;
    }
    const message = errorMessage(error);
    if (this.json) this.stderr.write(`${JSON.stringify({ error: { code: 'INTERNAL', message } })}\n`);
    else this.stderr.write(`error: ${message}\n`);
  }
}

/** Columns as wide as their longest cell, two spaces apart. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') || text === '' ? text : `${text}\n`;
}
