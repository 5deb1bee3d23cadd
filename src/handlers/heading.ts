/** A heading of a Markdown or HTML document. `line` counts from 1, `level` is 1 to 6. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
}
