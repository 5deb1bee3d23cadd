/** Reads values of a fixture: each problem is reported with its place, and reading goes on. */
import type { ErrorCode } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import { parseDuration } from '../pipeline/duration.js';
import type { IssueList } from '../pipeline/issue-list.js';
import { formatPath, type YamlPath } from '../pipeline/issue.js';
import { isJsonList, isJsonMap } from '../pipeline/json-shape.js';
import { NameIndex } from '../pipeline/name-index.js';

export class FixtureReader {
  constructor(readonly issues: IssueList) {}

  /** A map with no other keys than these. */
  map(value: Json | undefined, path: YamlPath, accepted: readonly string[]): JsonObject | undefined {
    const map = this.freeMap(value, path);
    for (const key of Object.keys(map ?? {})) {
      if (accepted.includes(key)) continue;
      const where = path.length === 0 ? 'at the top level' : `in ${formatPath(path)}`;
      const nearest = new NameIndex(accepted).nearest(key);
      this.report('UNKNOWN_KEY', [...path, key], `\`${key}\` is no key ${where}`, { at: 'key', nearest, accepted });
    }
    return map;
  }

  /** A map whose keys are names, by name. */
  freeMap(value: Json | undefined, path: YamlPath): JsonObject | undefined {
    if (value === undefined || isJsonMap(value)) return value;
    this.wrongType('a map', value, path);
    return undefined;
  }

  list(value: Json | undefined, path: YamlPath): readonly Json[] | undefined {
    if (value === undefined || isJsonList(value)) return value;
    this.wrongType('a list', value, path);
    return undefined;
  }

  text(value: Json | undefined, path: YamlPath): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    this.wrongType('text', value, path);
    return undefined;
  }

  boolean(value: Json | undefined, path: YamlPath): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    this.wrongType('true or false', value, path);
    return undefined;
  }

  count(value: Json | undefined, path: YamlPath): number | undefined {
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) return value as number | undefined;
    this.wrongType('a whole number', value, path);
    return undefined;
  }

  /** In milliseconds. */
  duration(value: Json | undefined, path: YamlPath): number | undefined {
    if (value === undefined) return undefined;
    const ms = value === 0 ? 0 : typeof value === 'string' ? parseDuration(value) : undefined;
    if (ms === undefined)
      this.report('BAD_DURATION', path, `\`${shown(value)}\` is no duration (500ms, 30s, 5m, 2h, 1d; at most a year)`);
    return ms;
  }

  /** Epoch milliseconds. */
  time(value: Json | undefined, path: YamlPath): number | undefined {
    if (value === undefined) return undefined;
    const ms = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isFinite(ms)) return ms;
    const fix = 'Write a time such as 2026-01-01T09:00:00Z.';
    this.report('BAD_VALUE', path, `\`${shown(value)}\` is no time`, { fix });
    return undefined;
  }

  choice<T extends string>(value: Json | undefined, path: YamlPath, accepted: readonly T[]): T | undefined {
    if (value === undefined) return undefined;
    const found = accepted.find((one) => one === value);
    if (found === undefined) {
      const nearest = typeof value === 'string' ? new NameIndex(accepted).nearest(value) : undefined;
      this.report('BAD_VALUE', path, `${formatPath(path)} is \`${shown(value)}\``, { nearest, accepted });
    }
    return found;
  }

  missing(key: string, path: YamlPath): void {
    const where = path.length === 0 ? 'the file' : formatPath(path);
    this.report('MISSING_KEY', path, `${where} has no \`${key}\``, { fix: `Add \`${key}\`.` });
  }

  wrongType(expected: string, value: Json, path: YamlPath): void {
    const subject = path.length === 0 ? 'the document' : formatPath(path);
    this.report('WRONG_TYPE', path, `${subject} must be ${expected}, not \`${shown(value)}\``, {
      fix: `Write ${expected}.`,
    });
  }

  report(code: ErrorCode, path: YamlPath, message: string, details: Parameters<IssueList['report']>[3] = {}): void {
    this.issues.report(code, path, message, details);
  }
}

function shown(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
