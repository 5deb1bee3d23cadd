/** Reads the `expect` of a test. */
import type { Json } from '../core/ir.js';
import type { YamlPath } from '../pipeline/issue.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import {
  GRAPH_KEYS,
  readGraphExpectation,
  readThread,
  type GraphExpectation,
  type ThreadExpectation,
} from './graph-expectation.js';
import type { FixtureReader } from './fixture-reader.js';

/** WAITING: it waits for something that never comes. */
export const END_STATUSES = ['COMPLETED', 'FAILED', 'CANCELLED', 'WAITING', 'PAUSED'] as const;
/** PENDING: it never began. */
const NODE_STATUSES = ['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED', 'WAITING', 'PENDING'] as const;

const KEYS = ['status', 'output', 'output_contains', 'order', 'nodes', 'error', 'elapsed', ...GRAPH_KEYS];
const NODE_KEYS = [
  'status',
  'output',
  'output_contains',
  'with',
  'prompt',
  'message',
  'attempts',
  'started_after',
  'error',
  'items',
  'iterations',
  'messages',
];

export interface ErrorExpectation {
  readonly path: YamlPath;
  readonly node?: string | undefined;
  readonly code?: string | undefined;
  /** A part of the message. */
  readonly message?: string | undefined;
}

/** What is expected of a value; both may be given. */
interface OutputExpectation {
  readonly output?: Json | undefined;
  readonly outputContains?: Json | undefined;
}

export interface NodeExpectation extends OutputExpectation {
  readonly path: YamlPath;
  readonly status?: (typeof NODE_STATUSES)[number] | undefined;
  /** What its handler, or its child pipeline, was given. */
  readonly with?: Json | undefined;
  readonly prompt?: Json | undefined;
  /** What an approval asked. */
  readonly message?: Json | undefined;
  readonly attempts?: number | undefined;
  /** Milliseconds from the start of the execution to the first attempt, or to the beginning of the wait. */
  readonly startedAfterMs?: number | undefined;
  readonly error?: ErrorExpectation | undefined;
  /** Of a map. */
  readonly items?: readonly NodeExpectation[] | undefined;
  /** How often it ran. */
  readonly iterations?: number | undefined;
  /** What an agent in a graph heard. */
  readonly messages?: ThreadExpectation | undefined;
}

export interface Expectation extends OutputExpectation {
  readonly path: YamlPath;
  readonly status: (typeof END_STATUSES)[number];
  readonly order?: readonly string[] | undefined;
  readonly nodes: ReadonlyMap<string, NodeExpectation>;
  readonly error?: ErrorExpectation | undefined;
  readonly elapsedMs?: number | undefined;
  readonly graph: GraphExpectation;
}

/** Without a `status` the execution is expected to complete, to fail with an `error`, and to be paused by a limit. */
export function readExpectation(reader: FixtureReader, value: Json | undefined, path: YamlPath): Expectation {
  const map = reader.map(value, path, KEYS) ?? {};
  const error = readError(reader, map['error'], [...path, 'error'], ['node', 'code', 'message']);
  const order = reader.list(map['order'], [...path, 'order']);
  const graph = readGraphExpectation(reader, map, path);
  const nodes = Object.entries(reader.freeMap(map['nodes'], [...path, 'nodes']) ?? {});
  return {
    path,
    status: reader.choice(map['status'], [...path, 'status'], END_STATUSES) ?? usualStatus(graph, error),
    output: map['output'],
    outputContains: map['output_contains'],
    order: order?.map((node, index) => reader.text(node, [...path, 'order', index]) ?? ''),
    nodes: new Map(nodes.map(([node, each]) => [node, readNode(reader, each, [...path, 'nodes', node])])),
    error,
    elapsedMs: reader.duration(map['elapsed'], [...path, 'elapsed']),
    graph,
  };
}

function usualStatus(graph: GraphExpectation, error: ErrorExpectation | undefined): Expectation['status'] {
  if (error) return 'FAILED';
  return graph.stopReason === 'max_turns' || graph.stopReason === 'max_messages' ? 'PAUSED' : 'COMPLETED';
}

/** A text is the status. */
function readNode(reader: FixtureReader, value: Json, path: YamlPath): NodeExpectation {
  if (typeof value === 'string') return { path, status: reader.choice(value, path, NODE_STATUSES) };
  if (!isJsonMap(value)) {
    reader.wrongType('a status, or a map', value, path);
    return { path };
  }
  const map = reader.map(value, path, NODE_KEYS) ?? {};
  const items = reader.list(map['items'], [...path, 'items']);
  return {
    path,
    status: reader.choice(map['status'], [...path, 'status'], NODE_STATUSES),
    output: map['output'],
    outputContains: map['output_contains'],
    with: map['with'],
    prompt: map['prompt'],
    message: map['message'],
    attempts: reader.count(map['attempts'], [...path, 'attempts']),
    startedAfterMs: reader.duration(map['started_after'], [...path, 'started_after']),
    error: readError(reader, map['error'], [...path, 'error'], ['code', 'message']),
    iterations: reader.count(map['iterations'], [...path, 'iterations']),
    messages: readThread(reader, map['messages'], [...path, 'messages']),
    items: items?.map((item, index) => readNode(reader, item, [...path, 'items', index])),
  };
}

/** A text is a part of the message. */
function readError(
  reader: FixtureReader,
  value: Json | undefined,
  path: YamlPath,
  keys: readonly string[],
): ErrorExpectation | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return { path, message: value };
  if (!isJsonMap(value)) {
    reader.wrongType(`a part of the message, or a map with ${keys.join(', ')}`, value, path);
    return undefined;
  }
  const map = reader.map(value, path, keys) ?? {};
  const text = (key: string): string | undefined => reader.text(map[key], [...path, key]);
  return { path, node: text('node'), code: text('code'), message: text('message') };
}
