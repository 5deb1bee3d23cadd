/** Teams of AutoGen for tests: the fixtures as `dump_component()` writes them, changed in one place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_TOOL_NAMES } from '../../../src/agents/tools/tool-names.js';
import type { Json } from '../../../src/core/ir.js';
import { importAutogen, type ImportOptions, type ImportResult } from '../../../src/pipeline/autogen/import-autogen.js';
import { ROOT } from '../../meta/source-files.js';

export type Path = readonly (string | number)[];

export function readTeam(name: string): string {
  return readFileSync(join(ROOT, 'test', 'fixtures', 'autogen', `${name}.json`), 'utf8');
}

/** The fixture with the value at `path` replaced; undefined removes it. */
export function changedTeam(name: string, changes: readonly (readonly [Path, Json | undefined])[]): string {
  const team = JSON.parse(readTeam(name)) as Json;
  return JSON.stringify(
    changes.reduce((value, [path, replacement]) => replaceAt(value, path, replacement), team),
    null,
    2,
  );
}

export function importTeam(text: string, options: ImportOptions = {}): ImportResult {
  return importAutogen(text, 'team.json', { knownTools: AGENT_TOOL_NAMES, ...options });
}

/** One line per issue: `path: severity CODE: message`. */
export function linesOf({ issues }: ImportResult): string[] {
  return issues.map(({ path, severity, code, message }) => `${path}: ${severity} ${code}: ${message}`);
}

function replaceAt(value: Json, [part, ...rest]: Path, replacement: Json | undefined): Json {
  if (part === undefined) return replacement ?? null;
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => (index === part ? replaceAt(item, rest, replacement) : item));
  }
  const map = value as Readonly<Record<string, Json>>;
  const entries = Object.entries(map).filter(([key]) => key !== part || rest.length > 0 || replacement !== undefined);
  const known = Object.hasOwn(map, part);
  return Object.fromEntries([
    ...entries.map(([key, item]): [string, Json] => [key, key === part ? replaceAt(item, rest, replacement) : item]),
    ...(known || replacement === undefined ? [] : [[String(part), replacement] as const]),
  ]);
}
