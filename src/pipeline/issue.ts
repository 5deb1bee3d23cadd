/** What the compiler reports: one problem of one place in a pipeline file. */
import { ERRORS, type ErrorCode } from '../errors.js';

export interface Issue {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** The YAML path, such as `nodes.research.needs[0]`; empty for the document itself. */
  readonly path: string;
  readonly fix: string;
  /** The nearest valid name, when one is close enough to be a typing mistake. */
  readonly nearest?: string;
}

/** Keys and list indexes from the root of the document. */
export type YamlPath = readonly (string | number)[];

/** Writes one issue as `file:line:column: error CODE: message`, then the cure on an indented line. */
export function formatIssue(issue: Issue): string {
  const place = `${issue.file}:${issue.line}:${issue.column}`;
  return `${place}: ${issue.severity} ${issue.code}: ${issue.message}\n    fix: ${issue.fix}`;
}

/** Writes a path as `nodes.research.needs[0]`; keys that are no plain names are quoted. */
export function formatPath(path: YamlPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The cure of an issue: the nearest name first, then what is accepted, else the general cure of the code. */
export function cure(code: ErrorCode, nearest?: string, accepted?: readonly string[]): string {
  const parts: string[] = [];
  if (nearest !== undefined) parts.push(`Did you mean \`${nearest}\`?`);
  if (accepted !== undefined && accepted.length > 0 && accepted.length <= 24) {
    parts.push(`Accepted here: ${accepted.join(', ')}.`);
  }
  return parts.length > 0 ? parts.join(' ') : ERRORS[code].fix;
}
