/**
 * The two streams of a command: data on stdout, everything else on stderr; with --json, data are JSON documents.
 *
 * O1 No control character of a text reaches a terminal, as models, tools and pages may have written it; the colours of
 *    `paint` are the only ones that do.
 */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { errorMessage, NexumError } from '../errors.js';

export type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number; hasColors?: () => boolean };

/** All but tabs and ends of lines. */
const CONTROL_CHARACTERS = /\r(?!\n)|(?![\t\r\n])\p{Cc}/gu;
const ESCAPE = '\u001b';

export class Output {
  /** Stands for ESC in painted text until it is written: nobody else can know it, so whatever else is ESC is foreign. */
  readonly #escape = randomUUID();

  constructor(
    readonly json: boolean,
    private readonly stdout: Stream = process.stdout,
    readonly stderr: Stream = process.stderr,
  ) {}

  /** True when a person looks at the progress, on a terminal that knows how wide it is. */
  get live(): boolean {
    return this.stderr.isTTY === true && (this.stderr.columns ?? 0) > 0 && !this.json;
  }

  /** Colours text for stderr; unchanged when stderr is no terminal, or NO_COLOR is set. `visible` shows the colours. */
  paint(style: Style, text: string): string {
    if (this.stderr.isTTY !== true || this.stderr.hasColors?.() !== true) return text;
    // Otherwise it looks at stdout.
    const painted = styleText(style, withoutControls(text), { validateStream: false });
    return painted.replaceAll(ESCAPE, this.#escape);
  }

  /** O1: what of a text may be written to stderr. For those who write there themselves. */
  visible(text: string): string {
    return withoutControls(text).replaceAll(this.#escape, ESCAPE);
  }

  /** The result of the command: the value as one line with --json, the text otherwise. */
  data(value: unknown, text: string): void {
    this.stdout.write(this.json ? jsonLine(value) : ensureNewline(withoutControls(text)));
  }

  /** Something to know, which is not the result. */
  note(text: string): void {
    this.stderr.write(ensureNewline(this.visible(text)));
  }

  /**
   * What went wrong, with its code and cure; with --json as an object on stderr.
   * @param hide takes out what nobody may see
   */
  error(error: unknown, hide: (text: string) => string = (text) => text): void {
    if (this.json) {
      const known = error instanceof NexumError ? error : undefined;
      const { code, fix, details } = known ?? { code: 'INTERNAL', fix: undefined, details: undefined };
      this.stderr.write(hide(jsonLine({ error: { code, message: errorMessage(error), fix, details } })));
    } else if (error instanceof NexumError) {
      this.note(`${this.paint('red', `error ${error.code}:`)} ${hide(error.message)}\n  fix: ${error.fix}`);
    } else {
      this.note(`${this.paint('red', 'error:')} ${hide(errorMessage(error))}`);
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

function withoutControls(text: string): string {
  return text.replace(CONTROL_CHARACTERS, '');
}

/** `stringify` leaves these as they are, and some terminals obey them. */
function jsonLine(value: unknown): string {
  const json = JSON.stringify(value).replace(/[\u007f-\u009f]/g, (control) => {
    return `\\u00${control.charCodeAt(0).toString(16)}`;
  });
  return `${json}\n`;
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') || text === '' ? text : `${text}\n`;
}
