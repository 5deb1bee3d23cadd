/** Collects the issues of one compilation and gives each its place in the file. */
import type { ErrorCode } from '../errors.js';
import { cure, formatPath, type Issue, type YamlPath } from './issue.js';
import type { PipelineSource, Position } from './pipeline-source.js';

/** Of errors, and of warnings. More help nobody, and a hostile file must not turn into gigabytes of messages. */
const MAX_ISSUES = 1000;

interface IssueDetails {
  readonly severity?: Issue['severity'];
  /** Point at the key instead of the value. */
  readonly at?: 'key';
  /** Point at this character of the text at `path`. */
  readonly index?: number;
  readonly nearest?: string | undefined;
  readonly accepted?: readonly string[];
  readonly fix?: string;
}

export class IssueList {
  readonly source: PipelineSource;
  readonly #errors: Issue[];
  readonly #warnings: Issue[] = [];
  #unlisted = 0;

  constructor(source: PipelineSource, errors: readonly Issue[]) {
    this.source = source;
    this.#errors = [...errors];
  }

  get failed(): boolean {
    return this.#errors.length > 0;
  }

  report(code: ErrorCode, path: YamlPath, message: string, details: IssueDetails = {}): void {
    const severity = details.severity ?? 'error';
    const list = severity === 'error' ? this.#errors : this.#warnings;
    if (list.length >= MAX_ISSUES) {
      this.#unlisted += 1;
      return;
    }
    const { nearest } = details;
    list.push({
      code,
      severity,
      message,
      file: this.source.file,
      ...this.#locate(path, details),
      path: formatPath(path),
      fix: details.fix ?? cure(code, nearest, details.accepted),
      ...(nearest === undefined ? {} : { nearest }),
    });
  }

  /** All issues in the order of the file. */
  list(): readonly Issue[] {
    const sorted = [...this.#errors, ...this.#warnings].sort((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (last && this.#unlisted > 0) {
      sorted.push({
        ...last,
        message: `${this.#unlisted} more problems are not listed`,
        fix: 'Correct the listed ones first.',
      });
    }
    return sorted;
  }

  #locate(path: YamlPath, details: IssueDetails): Position {
    if (details.index !== undefined) return this.source.textPosition(path, details.index);
    return details.at === 'key' ? this.source.keyPosition(path) : this.source.valuePosition(path);
  }
}
