/** A fixture file: tests of one pipeline, each with a script and with what is expected of the run. */
import type { Json, JsonObject } from '../core/ir.js';
import { IssueList } from '../pipeline/issue-list.js';
import type { Issue, YamlPath } from '../pipeline/issue.js';
import { isJsonList } from '../pipeline/json-shape.js';
import { readSource, type PipelineSource } from '../pipeline/pipeline-source.js';
import { readExpectation, type Expectation } from './expectation.js';
import { FixtureReader } from './fixture-reader.js';
import { readScript } from './script-reader.js';
import type { Script } from './script.js';

/** When the clock of a test starts that says nothing else. */
const DEFAULT_START_MS = Date.UTC(2026, 0, 1);

const FILE_KEYS = ['pipeline', 'tests'];
const TEST_KEYS = ['name', 'inputs', 'at', 'nodes', 'cancel_after', 'resume', 'expect'];

/** Somebody resumes the execution. */
export interface Resume {
  readonly path: YamlPath;
  /** From the start; absent: as soon as it is PAUSED. */
  readonly afterMs: number | undefined;
  readonly message: string | undefined;
}

export interface FixtureTest {
  readonly name: string;
  readonly path: YamlPath;
  readonly inputs: JsonObject;
  readonly startMs: number;
  readonly script: Script;
  readonly cancelAfterMs: number | undefined;
  /** In their order. */
  readonly resumes: readonly Resume[];
  readonly expect: Expectation;
}

export interface Fixture {
  readonly source: PipelineSource;
  /** As written: relative to the fixture file. */
  readonly pipeline: string;
  readonly tests: readonly FixtureTest[];
}

/** Reads the text of a fixture file; `file` only names it in the issues. Never throws for any text. */
export function readFixture(text: string, file: string): { fixture?: Fixture; issues: readonly Issue[] } {
  const { source, issues: syntax, readable } = readSource(text, file);
  const issues = new IssueList(source, syntax);
  if (!readable) return { issues: issues.list() };
  const reader = new FixtureReader(issues);
  const document = reader.map(withoutExtensions(source.value), [], FILE_KEYS);
  if (!document) return { issues: issues.list() };
  const pipeline = reader.text(document['pipeline'], ['pipeline']);
  if (document['pipeline'] === undefined) reader.missing('pipeline', []);
  const tests = reader.list(document['tests'], ['tests']);
  if (document['tests'] === undefined) reader.missing('tests', []);
  if (tests?.length === 0) reader.report('BAD_VALUE', ['tests'], 'tests is empty', { fix: 'Write at least one test.' });
  const read = (tests ?? []).map((test, index) => readTest(reader, test, ['tests', index]));
  if (issues.failed || pipeline === undefined) return { issues: issues.list() };
  return { fixture: { source, pipeline, tests: read }, issues: [] };
}

/** `x-*` keys belong to the author: anchors to use below. */
function withoutExtensions(document: PipelineSource['value']): PipelineSource['value'] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
}

function readTest(reader: FixtureReader, value: Json, path: YamlPath): FixtureTest {
  const map = reader.map(value, path, TEST_KEYS);
  const test = map ?? {};
  const name = reader.text(test['name'], [...path, 'name']);
  if (map && map['name'] === undefined) reader.missing('name', path);
  if (map && map['expect'] === undefined) reader.missing('expect', path);
  return {
    name: name ?? '',
    path,
    inputs: reader.freeMap(test['inputs'], [...path, 'inputs']) ?? {},
    startMs: reader.time(test['at'], [...path, 'at']) ?? DEFAULT_START_MS,
    script: readScript(reader, test['nodes'], [...path, 'nodes']),
    cancelAfterMs: reader.duration(test['cancel_after'], [...path, 'cancel_after']),
    resumes: readResumes(reader, test['resume'], [...path, 'resume']),
    expect: readExpectation(reader, test['expect'], [...path, 'expect']),
  };
}

/** One, or a list. */
function readResumes(reader: FixtureReader, value: Json | undefined, path: YamlPath): readonly Resume[] {
  if (value === undefined) return [];
  if (isJsonList(value)) return value.flatMap((each, index) => readResumes(reader, each, [...path, index]));
  const map = reader.map(value, path, ['after', 'message']) ?? {};
  const afterMs = reader.duration(map['after'], [...path, 'after']);
  return [{ path, afterMs, message: reader.text(map['message'], [...path, 'message']) }];
}
