/**
 * The compiler: YAML text -> document -> model -> graph -> IR.
 *
 * C1 All problems are reported at once, each with its place. Only broken YAML stops the later checks, because nothing
 *    behind a broken quote means what its author meant.
 * C2 Same behaviour, same hash: the order of keys, comments and layout do not count; every value that reaches the IR does.
 * C3 Any text ends in issues or in a workflow, never in an exception.
 */
import { createHash } from 'node:crypto';
import { normalize } from 'node:path';
import { canonicalJson } from '../core/canonical-json.js';
import type { JsonObject, WorkflowIr } from '../core/ir.js';
import type { ToolPowers } from './agent-check.js';
import { ChildPipelines, type CompiledPipeline, type CompileFile, type CompileResult } from './child-pipelines.js';
import { reportCycles } from './dependency-graph.js';
import { mergeIncludes } from './include.js';
import { checkInputs } from './input-check.js';
import { IssueList } from './issue-list.js';
import { isJsonMap } from './json-shape.js';
import type { Flow } from './loop-feedback.js';
import { lowerPipeline } from './lowering.js';
import { NameIndex } from './name-index.js';
import type { ReadFile } from './named-file.js';
import { NodeCheck } from './node-check.js';
import { readSource } from './pipeline-source.js';
import { checkShape } from './shape.js';
import { checkStarts, type CheckSchedule } from './start-check.js';
import type { KnownNames } from './work-check.js';

export type { CompiledPipeline, CompileResult } from './child-pipelines.js';

export interface CompileOptions {
  /** Handlers that exist; another name in `uses` is a warning, because a user's worker may bring it. */
  readonly knownHandlers?: readonly string[];
  /** Agent tools that exist; another name is an error. */
  readonly knownTools?: readonly string[];
  /** What agent tools can do, by name; without it nothing is known of any. */
  readonly toolPowers?: ToolPowers;
  /** Reads the files of `include` and of child pipelines; without it none can be read. */
  readonly readFile?: ReadFile;
  /** Checks a schedule; without it only the number of its fields is checked. */
  readonly checkSchedule?: CheckSchedule;
}

/**
 * Compiles the text of a pipeline file, and the files that it names; `file` names it in the issues, and the others are
 * looked for beside it. Never throws for any text. A pipeline of 10,000 nodes takes about a second, most of it in the
 * YAML parser.
 */
export function compilePipeline(text: string, file: string, options: CompileOptions = {}): CompileResult {
  return new Compilation(options).compile(text, file);
}

/** One file and all that it names, each compiled once. */
class Compilation {
  readonly #options: CompileOptions;
  readonly #known: KnownNames;
  /** From the first file down to the one that is being compiled. */
  readonly #open: string[] = [];
  readonly #done = new Map<string, CompileResult>();

  constructor(options: CompileOptions) {
    this.#options = options;
    this.#known = {
      handlers: options.knownHandlers && new NameIndex(options.knownHandlers),
      tools: options.knownTools && new NameIndex(options.knownTools),
      toolPowers: options.toolPowers,
    };
  }

  compile(text: string, file: string): CompileResult {
    const { source, issues: syntax, readable } = readSource(text, file);
    const issues = new IssueList(source, syntax);
    if (!readable) return { issues: issues.list() };
    this.#open.push(normalize(file));
    const document = mergeIncludes(source, this.#options.readFile, issues);
    const children = new ChildPipelines(this.#compileFile, issues);
    const pipeline = checkShape(document, issues);
    const flow: Flow = isJsonMap(document)
      ? this.#checkNames(document, children, issues)
      : { dependencies: new Map(), reads: new Map() };
    this.#open.pop();
    if (!pipeline || issues.failed) return { issues: issues.list() };
    const ir = lowerPipeline(pipeline, flow, children);
    const compiled = { ...seal(ir), workflowId: pipeline.name, file, children: children.list() };
    return { compiled, issues: issues.list() };
  }

  readonly #compileFile: CompileFile = (file) => {
    const start = this.#open.indexOf(normalize(file));
    if (start >= 0) return { circle: [...this.#open.slice(start), file] };
    const found = this.#done.get(file);
    if (found) return found;
    const text = this.#options.readFile?.(file);
    if (text === undefined) return 'missing';
    const result = this.compile(text, file);
    this.#done.set(file, result);
    return result;
  };

  #checkNames(document: JsonObject, children: ChildPipelines, issues: IssueList): Flow {
    const check = new NodeCheck(document, this.#known, children, issues);
    const { nodes, agents, inputs } = document;
    if (isJsonMap(nodes) && Object.keys(nodes).length === 0)
      issues.report('NO_NODES', ['nodes'], 'the pipeline has no nodes', { at: 'key' });
    const found = check.nodes();
    check.servers();
    if (isJsonMap(agents)) {
      for (const [name, agent] of Object.entries(agents)) check.agent(agent, ['agents', name]);
    }
    if (isJsonMap(inputs)) checkInputs(inputs, ['inputs'], issues);
    check.pipelineOutput(document['output']);
    checkStarts(document, this.#options.checkSchedule, issues);
    if (check.graph(document['graph'], found)) return { dependencies: found, reads: new Map() };
    const flow = check.flow(found);
    reportCycles(flow.dependencies, issues);
    return flow;
  }
}

function seal(ir: WorkflowIr): Pick<CompiledPipeline, 'versionHash' | 'irJson' | 'ir'> {
  const irJson = canonicalJson(ir);
  const versionHash = `sha256:${createHash('sha256').update(irJson, 'utf8').digest('hex')}`;
  return { versionHash, irJson, ir };
}
