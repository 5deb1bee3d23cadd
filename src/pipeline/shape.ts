/** Checks a document against the model and words what is wrong for people. */
import type { z } from 'zod';
import { isErrorCode, type ErrorCode } from '../errors.js';
import type { Json } from '../core/ir.js';
import { graphModel } from './graph-model.js';
import type { IssueList } from './issue-list.js';
import { formatPath, type YamlPath } from './issue.js';
import { isJsonMap } from './json-shape.js';
import { nodeModel, pipelineModel, type Pipeline } from './model.js';
import { keyPlace, nearestOf } from './places.js';
import { agentModel } from './work-model.js';

type ZodIssue = z.core.$ZodIssue;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** Keys that only agents have, so that whoever writes one at a node is told where it belongs. */
const AGENT_KEYS: ReadonlySet<string> = new Set(
  Object.keys(agentModel.shape).filter((key) => !Object.hasOwn(nodeModel.shape, key)),
);

/** Checks keys, types and values of the whole document; returns it typed when its shape is right. */
export function checkShape(document: Json, issues: IssueList): Pipeline | undefined {
  const result = pipelineModel.safeParse(withoutExtensions(document));
  if (result.success) return result.data;
  for (const issue of result.error.issues) reportShape(issue, [], document, issues);
  return undefined;
}

/** `x-*` keys belong to the author: anchors to merge, notes for other programs. */
function withoutExtensions(document: Json): Json {
  if (!isJsonMap(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
}

function reportShape(issue: ZodIssue, base: YamlPath, document: Json, issues: IssueList): void {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const value = valueAt(document, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reportUnknownKey(key, path, issues);
      return;
    case 'invalid_key':
      issues.report('BAD_NAME', path, `${quoted(String(path.at(-1)))} is no valid name`, { at: 'key' });
      return;
    case 'invalid_union':
      reportUnion(issue, path, document, issues);
      return;
    case 'invalid_type':
      reportType(issue, path, value, issues);
      return;
    case 'invalid_value':
      if (value === undefined) reportMissing(path, issues);
      else reportChoice(issue.values.map(String), path, value, issues);
      return;
    default:
      reportValue(issue, path, value, issues);
  }
}

function reportUnknownKey(key: string, path: YamlPath, issues: IssueList): void {
  const place = keyPlace(path);
  const where = path.length === 0 ? 'at the top level' : `in ${formatPath(path)}`;
  if (place?.later.has(key)) {
    issues.report('NOT_SUPPORTED_YET', [...path, key], `\`${key}\` ${where} comes in a later release`, { at: 'key' });
    return;
  }
  if (path.length === 0 && Object.hasOwn(graphModel.shape, key)) {
    const message = `\`${key}\` belongs into \`graph\``;
    issues.report('UNKNOWN_KEY', [key], message, { at: 'key', fix: 'Write it inside `graph`.' });
    return;
  }
  if (AGENT_KEYS.has(key) && path[0] === 'nodes' && !path.includes('agent')) {
    const fix = 'Write it at the agent: under `agents`, or inside `agent: { ... }` of the node.';
    issues.report('UNKNOWN_KEY', [...path, key], `\`${key}\` belongs to an agent`, { at: 'key', fix });
    return;
  }
  const accepted = place?.accepted ?? [];
  const nearest = nearestOf(accepted, key);
  issues.report('UNKNOWN_KEY', [...path, key], `${quoted(key)} is no key ${where}`, { at: 'key', nearest, accepted });
}

function reportUnion(issue: z.core.$ZodIssueInvalidUnion, path: YamlPath, document: Json, issues: IssueList): void {
  const value = valueAt(document, path);
  if (value === undefined) {
    reportMissing(path, issues);
    return;
  }
  const branch = issue.errors.find(
    (errors) => !errors.some((error) => error.code === 'invalid_type' && error.path.length === 0),
  );
  if (branch) {
    for (const error of branch) reportShape(error, path, document, issues);
    return;
  }
  const expected = issue.errors
    .flat()
    .flatMap((error) => (error.code === 'invalid_type' ? [typeWord(error.expected)] : []));
  reportWrongType(expected.join(' or '), path, value, issues);
}

function reportType(
  issue: z.core.$ZodIssueInvalidType,
  path: YamlPath,
  value: Json | undefined,
  issues: IssueList,
): void {
  if (value === undefined) reportMissing(path, issues);
  else if (codeOf(issue)) reportValue(issue, path, value, issues);
  else if (path.at(-1) === 'nodes' && (path.length === 1 || path.at(-2) === 'loop') && value === null)
    issues.report('NO_NODES', path, path.length === 1 ? 'the pipeline has no nodes' : 'the loop has no nodes');
  else if (issue.expected === 'int' && typeof value === 'number')
    reportWrongType('a whole number', path, value, issues);
  else reportWrongType(typeWord(issue.expected), path, value, issues);
}

function reportWrongType(expected: string, path: YamlPath, value: Json | undefined, issues: IssueList): void {
  const subject = path.length === 0 ? 'the document' : formatPath(path);
  issues.report('WRONG_TYPE', path, `${subject} must be ${expected}, not ${kindOf(value)}`, {
    fix: `Write ${expected}.`,
  });
}

function reportMissing(path: YamlPath, issues: IssueList): void {
  const where = path.length === 1 ? 'the pipeline' : formatPath(path.slice(0, -1));
  issues.report('MISSING_KEY', path, `${where} has no \`${String(path.at(-1))}\``, { at: 'key' });
}

function reportChoice(accepted: readonly string[], path: YamlPath, value: Json, issues: IssueList): void {
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  const nearest = nearestOf(accepted, written);
  issues.report('BAD_VALUE', path, `${formatPath(path)} is ${quoted(written)}`, { nearest, accepted });
}

function reportValue(issue: ZodIssue, path: YamlPath, value: Json | undefined, issues: IssueList): void {
  const code = codeOf(issue);
  if (code) {
    const subject = code === 'BAD_NAME' || code === 'BAD_DURATION' ? quoted(written(value)) : formatPath(path);
    issues.report(code, path, `${subject} ${issue.message.slice(code.length + 2)}`);
  } else {
    const limit = limitOf(issue);
    issues.report('BAD_VALUE', path, `${formatPath(path)} is ${quoted(written(value))}; ${limit}`, {
      fix: `The value ${limit}.`,
    });
  }
}

function limitOf(issue: ZodIssue): string {
  if (issue.code === 'too_small')
    return issue.origin === 'array' ? 'must not be empty' : `must be at least ${String(issue.minimum)}`;
  return issue.code === 'too_big' ? `must be at most ${String(issue.maximum)}` : issue.message;
}

function codeOf(issue: ZodIssue): ErrorCode | undefined {
  const [code = ''] = issue.message.split(':', 1);
  return isErrorCode(code) ? code : undefined;
}

function typeWord(expected: string): string {
  return TYPE_WORDS[expected] ?? expected;
}

function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : quoted(String(value));
}

function written(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function quoted(name: string): string {
  return `\`${name.length > 80 ? `${name.slice(0, 77)}...` : name}\``;
}

function valueAt(document: Json, path: YamlPath): Json | undefined {
  let value: Json | undefined = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, Json>>)[part];
  }
  return value;
}
