/** Reads the `nodes` of a test: what workers, people and child pipelines do. */
import type { Json, JsonObject } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { isJsonList, isJsonMap } from '../pipeline/json-shape.js';
import type { FixtureReader } from './fixture-reader.js';
import type { NodeScript, Script, ScriptedEnd, ScriptedResult } from './script.js';

const END_KEYS = ['output', 'error', 'lost', 'approve', 'reject', 'signal'];
const RESULT_KEYS = [...END_KEYS, 'after', 'edges'];
/** What a map holds whose parts have entries of their own. */
const PART_KEYS = ['iterations', 'items', 'nodes'] as const;

export function readScript(reader: FixtureReader, value: Json | undefined, path: YamlPath): Script {
  const nodes = reader.freeMap(value, path) ?? {};
  return new Map(Object.entries(nodes).map(([node, entry]) => [node, readNode(reader, entry, [...path, node])]));
}

/** A list has one result for each attempt; a map is the result of every attempt, or holds iterations, items or nodes. */
function readNode(reader: FixtureReader, value: Json, path: YamlPath): NodeScript {
  if (isJsonList(value)) {
    if (value.length === 0) reader.wrongType('a list with a result for each attempt', value, path);
    const results = value.flatMap((each, index) => readResult(reader, each, [...path, index]) ?? []);
    return { path, results, lasting: false };
  }
  const part = isJsonMap(value) ? PART_KEYS.find((key) => Object.hasOwn(value, key)) : undefined;
  if (isJsonMap(value) && part !== undefined) return readParts(reader, value, part, path);
  const result = readResult(reader, value, path);
  return { path, results: result ? [result] : [], lasting: true };
}

function readParts(
  reader: FixtureReader,
  value: JsonObject,
  key: (typeof PART_KEYS)[number],
  path: YamlPath,
): NodeScript {
  const blank: NodeScript = { path, results: [], lasting: false };
  const map = reader.map(value, path, [key]);
  const at = [...path, key];
  if (key === 'nodes') return { ...blank, nodes: readScript(reader, map?.['nodes'], at) };
  const list = reader.list(map?.[key], at) ?? [];
  const parts = list.map((each, index) => readNode(reader, each, [...at, index]));
  if (key === 'items') return { ...blank, items: parts };
  if (list.length === 0) reader.wrongType('a list with an entry for each iteration', value[key] ?? null, at);
  for (const { iterations, path: place } of parts)
    if (iterations) reader.report('BAD_VALUE', place, 'an iteration has no iterations', { fix: 'Write one list.' });
  return { ...blank, iterations: parts };
}

function readResult(reader: FixtureReader, value: Json, path: YamlPath): ScriptedResult | undefined {
  const result = reader.map(value, path, RESULT_KEYS);
  if (!result) return undefined;
  const kinds = END_KEYS.filter((key) => Object.hasOwn(result, key));
  const [kind] = kinds;
  const known = Object.keys(result).every((key) => RESULT_KEYS.includes(key));
  if (kind === undefined || kinds.length > 1) {
    // A mistyped key was reported, and is likely to be the one that is missing.
    if (!known) return undefined;
    const message = kind === undefined ? 'says nothing that happens' : `has both \`${kinds.join('` and `')}\``;
    const fix = `Give exactly one of ${END_KEYS.join(', ')}.`;
    reader.report('BAD_VALUE', path, `the result ${message}`, { fix });
    return undefined;
  }
  const end = readEnd(reader, kind, result[kind] ?? null, [...path, kind]);
  const afterMs = reader.duration(result['after'], [...path, 'after']) ?? 0;
  const edges = readEdges(reader, kind, result['edges'], [...path, 'edges']);
  return end && { ...end, afterMs, ...(edges ? { edges } : {}), path: [...path, kind] };
}

function readEdges(
  reader: FixtureReader,
  kind: string,
  value: Json | undefined,
  path: YamlPath,
): Readonly<Record<string, boolean>> | undefined {
  const map = reader.freeMap(value, path);
  if (!map) return undefined;
  if (kind !== 'output') {
    const fix = 'Give `edges` beside an `output`.';
    reader.report('BAD_VALUE', path, `edges fire after an output, not after \`${kind}\``, { at: 'key', fix });
  }
  const answers = Object.entries(map).map(([to, answer]) => [to, reader.boolean(answer, [...path, to]) ?? false]);
  return Object.fromEntries(answers) as Record<string, boolean>;
}

function readEnd(reader: FixtureReader, kind: string, value: Json, path: YamlPath): ScriptedEnd | undefined {
  switch (kind) {
    case 'output':
      return { kind, output: value };
    case 'signal':
      return { kind, payload: value };
    case 'lost':
      if (value !== true) reader.wrongType('true', value, path);
      return { kind };
    case 'error':
      return readError(reader, value, path);
    default:
      return readAnswer(reader, kind === 'approve', value, path);
  }
}

function readError(reader: FixtureReader, value: Json, path: YamlPath): ScriptedEnd | undefined {
  const plain = { code: 'HANDLER_FAILED', retryable: true };
  if (typeof value === 'string') return { kind: 'error', failure: { ...plain, message: value } };
  if (!isJsonMap(value)) {
    reader.wrongType('a message, or a map with code and message', value, path);
    return undefined;
  }
  const map = reader.map(value, path, ['code', 'message', 'retryable', 'retry_after']) ?? {};
  const retryAfterMs = reader.duration(map['retry_after'], [...path, 'retry_after']);
  const failure = {
    code: reader.text(map['code'], [...path, 'code']) ?? plain.code,
    message: reader.text(map['message'], [...path, 'message']) ?? '',
    retryable: reader.boolean(map['retryable'], [...path, 'retryable']) ?? true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { kind: 'error', failure };
}

/** A text is the approver. */
function readAnswer(reader: FixtureReader, approved: boolean, value: Json, path: YamlPath): ScriptedEnd | undefined {
  if (typeof value === 'string') return { kind: 'answer', approved, approver: value, comment: '', form: {} };
  if (!isJsonMap(value)) {
    reader.wrongType('the name of the approver, or a map', value, path);
    return undefined;
  }
  const map = reader.map(value, path, ['approver', 'comment', ...(approved ? ['form'] : [])]) ?? {};
  return {
    kind: 'answer',
    approved,
    approver: reader.text(map['approver'], [...path, 'approver']),
    comment: reader.text(map['comment'], [...path, 'comment']) ?? '',
    form: reader.freeMap(map['form'], [...path, 'form']) ?? {},
  };
}
