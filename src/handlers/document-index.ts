/** A passage that matched, with the lines where it stands. Lines count from 1, both ends included. */
export interface SearchHit {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly sha256: string;
  readonly score: number;
  readonly text: string;
  readonly heading?: string;
}
