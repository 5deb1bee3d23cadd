/** The two streams of a command: data on stdout, everything else on stderr; with --json, data are JSON documents. */
import { styleText } from 'node:util';
import { errorMessage, NexumError } from '../errors.js';

export type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number; hasColors?: () => boolean };

export class Output {
  constructor(
    readonly json: boolean,
    private readonly stdout: Stream = process.stdout,
    readonly stderr: Stream = process.stderr,
  ) {}

  /** True when a person looks at the progress, on a terminal that knows how wide it is. */
  get live(): boolean {
    return this.stderr.isTTY === true && (this.stderr.columns ?? 0) > 0 && !this.json;
  }

  /** Colours text for stderr; unchanged when stderr is no terminal, or NO_COLOR is set. */
  paint(style: Style, text: string): string {
    return this.stderr.isTTY === true && this.stderr.hasColors?.() === true ? styleText(style, text) : text;
  }

  /** The result of the command: the value as one line with --json, the text otherwise. */
  data(value: unknown, text: string): void {
    this.stdout.write(this.json ? `${JSON.stringify(value)}\n` : ensureNewline(text));
  }

  /** Something to know, which is not the result. */
  note(text: string): void {
    this.stderr.write(ensureNewline(text));
  }

  /** What went wrong, with its code and cure; with --json as an object on stderr. */
  error(error: unknown): void {
    if (this.json) {
      const known = error instanceof NexumError ? error : undefined;
      const { code, fix, details } = known ?? { code: 'INTERNAL', fix: undefined, details: undefined };
      this.stderr.write(`${JSON.stringify({ error: { code, message: errorMessage(error), fix, details } })}\n`);
    } else if (error instanceof NexumError) {
      this.note(`${this.paint('red', `error ${error.code}:`)} ${error.message}\n  fix: ${error.fix}`);
    } else {
      this.note(`${this.paint('red', 'error:')} ${errorMessage(error)}`);
    }
  }
}

/** Columns as wide as their longest cell, two spaces apart. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') || text === '' ? text : `${text}\n`;
}
