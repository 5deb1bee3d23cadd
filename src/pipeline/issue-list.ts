/** Collects the issues of one compilation and gives each its place in the file. */
import type { ErrorCode } from '../errors.js';
import { cure, formatPath, type Issue, type YamlPath } from './issue.js';
import type { PipelineSource, Position } from './pipeline-source.js';

/** Of errors, and of warnings. More help nobody, and a hostile file must not turn into gigabytes of messages. */
const MAX_ISSUES = 1000;

interface IssueDetails {
  /** The file that `path` is looked up in, where it is not the one that the path belongs to. */
  readonly source?: PipelineSource;
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
  readonly #main: PipelineSource;
  /** Included files by the section and the name that they bring. */
  readonly #owners = new Map<string, PipelineSource>();
  /** Ranks of files in the report: the main file first, the others as they come. */
  readonly #files = new Map<string, number>();
  readonly #errors: Issue[] = [];
  readonly #warnings: Issue[] = [];
  readonly #appended = new Set<Issue>();
  #failed = false;
  #unlisted = 0;

  constructor(main: PipelineSource, issues: readonly Issue[]) {
    this.#main = main;
    this.#files.set(main.file, 0);
    this.append(issues);
  }

  /** The file that the value at `path` comes from. */
  sourceOf(path: YamlPath): PipelineSource {
    return this.#owners.get(ownerKey(path)) ?? this.#main;
  }

  /** Notes that an included file brings what lies at `path` and below. */
  assign(path: YamlPath, source: PipelineSource): void {
    this.#owners.set(ownerKey(path), source);
  }

  /** Adds issues with places of their own, such as those of another file; each is listed once. */
  append(issues: readonly Issue[]): void {
    for (const issue of issues) {
      if (this.#appended.has(issue)) continue;
      this.#appended.add(issue);
      this.#add(issue);
    }
  }

  /** Ends the compilation without an issue of its own: what is wrong is told elsewhere. */
  fail(): void {
    this.#failed = true;
  }

  get failed(): boolean {
    return this.#failed || this.#errors.length > 0;
  }

  report(code: ErrorCode, path: YamlPath, message: string, details: IssueDetails = {}): void {
    const source = details.source ?? this.sourceOf(path);
    const { nearest } = details;
    this.#add({
      code,
      severity: details.severity ?? 'error',
      message,
      file: source.file,
      ...locate(source, path, details),
      path: formatPath(path),
      fix: details.fix ?? cure(code, nearest, details.accepted),
      ...(nearest === undefined ? {} : { nearest }),
    });
  }

  /** All issues, file by file, in the order of each file. */
  list(): readonly Issue[] {
    const rank = (issue: Issue): number => this.#files.get(issue.file) ?? 0;
    const sorted = [...this.#errors, ...this.#warnings].sort(
      (a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column,
    );
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

  #add(issue: Issue): void {
    if (!this.#files.has(issue.file)) this.#files.set(issue.file, this.#files.size);
    const list = issue.severity === 'error' ? this.#errors : this.#warnings;
    if (list.length < MAX_ISSUES) list.push(issue);
    else this.#unlisted += 1;
  }
}

function ownerKey([section, name]: YamlPath): string {
  return `${String(section)}.${String(name)}`;
}

function locate(source: PipelineSource, path: YamlPath, details: IssueDetails): Position {
  if (details.index !== undefined) return source.textPosition(path, details.index);
  return details.at === 'key' ? source.keyPosition(path) : source.valuePosition(path);
}
