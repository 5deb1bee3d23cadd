/** What research hands to validation: the answer and the verbatim text that carries it. */
export interface Findings {
  readonly question: string;
  /** `offline/extractive` or `provider/model`. */
  readonly engine: string;
  readonly status: 'answered' | 'insufficient_evidence';
  readonly answer: string;
  readonly quotations: readonly Quotation[];
  /** Terms of the question for which no evidence was found. */
  readonly uncovered: readonly string[];
}

/** Verbatim text and where it stands. Lines count from 1, both ends included. */
export interface Quotation {
  readonly text: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Of the whole file when it was quoted, hex; empty when unknown. */
  readonly sha256: string;
  /** The query term that led here. */
  readonly term?: string;
}
