/** Merges included files into the document that names them, before anything of it is checked. */
import type { Json, JsonObject } from '../core/ir.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { fileBeside, type ReadFile } from './named-file.js';
import { readSource, type PipelineSource } from './pipeline-source.js';

/** What an included file may hold, besides `x-*`. */
const SECTIONS: readonly string[] = ['inputs', 'defaults', 'agents', 'mcp', 'nodes'];

type Sections = Map<string, Record<string, Json>>;

/** Returns the document with what its `include` names; issues of included files are reported with their places. */
export function mergeIncludes(main: PipelineSource, readFile: ReadFile | undefined, issues: IssueList): Json {
  const document = main.value;
  if (!isJsonMap(document) || !isJsonList(document['include'])) return document;
  const sections: Sections = new Map();
  for (const name of SECTIONS) {
    const own = document[name];
    // A section of the wrong shape stays as it is, so that its shape is reported.
    if (own === undefined || isJsonMap(own)) sections.set(name, { ...own });
  }
  const included = new Set<string>();
  document['include'].forEach((written, index) => {
    if (typeof written !== 'string' || written === '') return;
    const path = ['include', index];
    const file = fileBeside(main.file, written);
    const text = readFile?.(file);
    if (included.has(file)) {
      issues.report('DUPLICATE_KEY', path, `${file} is included twice`);
    } else if (text === undefined) {
      issues.report('FILE_NOT_FOUND', path, `cannot read the included file ${file}`);
    } else {
      included.add(file);
      const { source, issues: syntax, readable } = readSource(text, file);
      issues.append(syntax);
      if (readable) mergeFile(source, sections, issues);
    }
  });
  const merged = [...sections].filter(
    ([name, entries]) => document[name] !== undefined || Object.keys(entries).length > 0,
  );
  return { ...document, ...Object.fromEntries(merged) };
}

function mergeFile(source: PipelineSource, sections: Sections, issues: IssueList): void {
  const document = source.value;
  if (!isJsonMap(document)) {
    issues.report('WRONG_TYPE', [], 'an included file must be a map', { source, fix: 'Write keys such as `nodes:`.' });
    return;
  }
  for (const [name, entries] of Object.entries(document)) {
    if (name.startsWith('x-')) continue;
    if (!SECTIONS.includes(name)) {
      const message = `\`${name}\` does not belong into an included file`;
      issues.report('UNKNOWN_KEY', [name], message, { source, at: 'key', accepted: SECTIONS });
    } else if (isJsonMap(entries)) {
      mergeSection(name, entries, source, sections, issues);
    } else {
      issues.report('WRONG_TYPE', [name], `${name} must be a map`, { source, fix: 'Write a map.' });
    }
  }
}

function mergeSection(
  section: string,
  entries: JsonObject,
  source: PipelineSource,
  sections: Sections,
  issues: IssueList,
): void {
  const merged = sections.get(section);
  if (!merged) return;
  for (const [name, value] of Object.entries(entries)) {
    const path: YamlPath = [section, name];
    if (Object.hasOwn(merged, name)) {
      const first = issues.sourceOf(path);
      const { line, column } = first.keyPosition(path);
      const message = `${section}.${name} stands also in ${first.file}:${line}:${column}`;
      issues.report('DUPLICATE_KEY', path, message, { source, at: 'key' });
    } else {
      merged[name] = value;
      issues.assign(path, source);
    }
  }
}
