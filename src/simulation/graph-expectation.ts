/** Reads what a test expects of a free graph: why it stopped, what was said, which joins stayed open. */
import type { Json, JsonObject } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import type { FixtureReader } from './fixture-reader.js';

export const GRAPH_KEYS = ['stop_reason', 'stopped_by', 'unsatisfied', 'messages'];
const STOP_REASONS = ['complete', 'stop_when', 'max_turns', 'max_messages'] as const;

export interface MessageExpectation {
  readonly path: YamlPath;
  /** `user`, or a node, with its iteration or without. */
  readonly source: string;
  readonly content: Json;
}

export interface ThreadExpectation {
  readonly path: YamlPath;
  readonly messages: readonly MessageExpectation[];
}

export interface JoinExpectation {
  readonly path: YamlPath;
  readonly node: string;
  readonly group?: string | undefined;
  readonly remaining?: number | undefined;
}

export interface GraphExpectation {
  readonly path: YamlPath;
  readonly stopReason?: (typeof STOP_REASONS)[number] | undefined;
  /** Such as `reviewer#2`. */
  readonly stoppedBy?: string | undefined;
  readonly unsatisfied?: readonly JoinExpectation[] | undefined;
  readonly messages?: ThreadExpectation | undefined;
}

export function readGraphExpectation(reader: FixtureReader, map: JsonObject, path: YamlPath): GraphExpectation {
  const joins = reader.list(map['unsatisfied'], [...path, 'unsatisfied']);
  return {
    path,
    stopReason: reader.choice(map['stop_reason'], [...path, 'stop_reason'], STOP_REASONS),
    stoppedBy: reader.text(map['stopped_by'], [...path, 'stopped_by']),
    unsatisfied: joins?.map((join, index) => readJoin(reader, join, [...path, 'unsatisfied', index])),
    messages: readThread(reader, map['messages'], [...path, 'messages']),
  };
}

/** A list of maps with one key: who said it, and what. */
export function readThread(
  reader: FixtureReader,
  value: Json | undefined,
  path: YamlPath,
): ThreadExpectation | undefined {
  const list = reader.list(value, path);
  if (!list) return undefined;
  const messages = list.flatMap((each, index): MessageExpectation[] => {
    const at = [...path, index];
    const entries = isJsonMap(each) ? Object.entries(each) : [];
    const [entry] = entries;
    if (entry && entries.length === 1) return [{ path: [...at, entry[0]], source: entry[0], content: entry[1] }];
    reader.wrongType('a map with one key: who says it, and what', each, at);
    return [];
  });
  return { path, messages };
}

/** A text is the node. */
function readJoin(reader: FixtureReader, value: Json, path: YamlPath): JoinExpectation {
  if (typeof value === 'string') return { path, node: value };
  if (!isJsonMap(value)) {
    reader.wrongType('a node, or a map with node, group, remaining', value, path);
    return { path, node: '' };
  }
  const map = reader.map(value, path, ['node', 'group', 'remaining']) ?? {};
  if (map['node'] === undefined) reader.missing('node', path);
  return {
    path,
    node: reader.text(map['node'], [...path, 'node']) ?? '',
    group: reader.text(map['group'], [...path, 'group']),
    remaining: reader.count(map['remaining'], [...path, 'remaining']),
  };
}
