export type DocumentKind = 'markdown' | 'text' | 'html' | 'json' | 'csv';

export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
}

export interface Document {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly kind: DocumentKind;
  readonly title: string;
  /** Of the bytes of the file, hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Line n of the file is `lines[n - 1]`, without its terminator. */
  readonly lines: readonly string[];
  /** `lines` joined by `\n`. */
  readonly text: string;
  readonly headings: readonly Heading[];
}

export interface DocumentSet {
  /** Absolute. */
  readonly folder: string;
  /** Sorted by path. */
  readonly documents: readonly Document[];
  readonly warnings: readonly string[];
  /** Equal for equal paths and contents. */
  readonly fingerprint: string;
}

export function loadDocuments(folder: string, options: { readonly signal?: AbortSignal } = {}): Promise<DocumentSet> {
  options.signal?.throwIfAborted();
  return Promise.reject(new Error(`load of ${folder} is being written`));
}
