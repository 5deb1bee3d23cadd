/**
 * The compiler: YAML text -> document -> model -> graph -> IR.
 *
 * C1 All problems are reported at once, each with its place. Only broken YAML stops the later checks, because nothing
 *    behind a broken quote means what its author meant.
 * C2 Same behaviour, same hash: the order of keys, comments and layout do not count; every value that reaches the IR does.
 * C3 Any text ends in issues or in a workflow, never in an exception.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.js';
import type { InputSpec, JsonObject, WorkflowIr } from '../core/ir.js';
import { reportCycles, type Dependencies, type Dependency } from './dependency-graph.js';
import { findInputProblem } from './inputs.js';
import { IssueList } from './issue-list.js';
import type { Issue } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { lowerPipeline } from './lowering.js';
import { inputModel } from './model.js';
import { NameIndex } from './name-index.js';
import { NodeCheck, type KnownNames } from './node-check.js';
import { readSource } from './pipeline-source.js';
import { checkShape } from './shape.js';

export interface CompiledPipeline {
  /** The `name` of the pipeline. */
  readonly workflowId: string;
  /** `sha256:` and the hash of `irJson` in hex. */
  readonly versionHash: string;
  /** Canonical JSON (RFC 8785) of `ir`. */
  readonly irJson: string;
  readonly ir: WorkflowIr;
}

export interface CompileResult {
  /** Present unless an issue is an error. */
  readonly compiled?: CompiledPipeline;
  /** In the order of the file. */
  readonly issues: readonly Issue[];
}

export interface CompileOptions {
  /** Handlers that exist; another name in `uses` is a warning, because a user's worker may bring it. */
  readonly knownHandlers?: readonly string[];
  /** Agent tools that exist; another name is an error. */
  readonly knownTools?: readonly string[];
}

/**
 * Compiles the text of a pipeline file; `file` only names it in the issues. Never throws for any text. A pipeline of
 * 10,000 nodes takes about a second, most of it in the YAML parser.
 */
export function compilePipeline(text: string, file: string, options: CompileOptions = {}): CompileResult {
  const { source, issues: syntax, readable } = readSource(text, file);
  const issues = new IssueList(source, syntax);
  if (!readable) return { issues: issues.list() };
  const document = source.value;
  const pipeline = checkShape(document, issues);
  const dependencies = isJsonMap(document) ? checkNames(document, options, issues) : new Map<string, Dependency[]>();
  if (!pipeline || issues.failed) return { issues: issues.list() };
  return { compiled: seal(lowerPipeline(pipeline, dependencies), pipeline.name), issues: issues.list() };
}

function checkNames(document: JsonObject, options: CompileOptions, issues: IssueList): Dependencies {
  const known: KnownNames = {
    handlers: options.knownHandlers && new NameIndex(options.knownHandlers),
    tools: options.knownTools && new NameIndex(options.knownTools),
  };
  const check = new NodeCheck(document, known, issues);
  const { nodes, agents, inputs } = document;
  const dependencies = new Map<string, Dependency[]>();
  if (isJsonMap(nodes)) {
    if (Object.keys(nodes).length === 0)
      issues.report('NO_NODES', ['nodes'], 'the pipeline has no nodes', { at: 'key' });
    for (const [name, node] of Object.entries(nodes)) {
      dependencies.set(name, isJsonMap(node) ? check.node(name, node) : []);
    }
  }
  if (isJsonMap(agents)) {
    for (const [name, agent] of Object.entries(agents)) check.agent(agent, ['agents', name]);
  }
  if (isJsonMap(inputs)) checkInputs(inputs, issues);
  check.pipelineOutput(document['output']);
  reportCycles(dependencies, issues);
  return dependencies;
}

/** Defaults and choices must themselves be valid inputs; better told here than at the first start. */
function checkInputs(inputs: JsonObject, issues: IssueList): void {
  for (const [name, input] of Object.entries(inputs)) {
    const { data } = inputModel.safeParse(input);
    if (!data) continue;
    const type: InputSpec = { type: data.type };
    if (isJsonList(data.enum)) {
      data.enum.forEach((choice, index) => {
        const problem = findInputProblem(type, choice);
        if (problem !== undefined)
          issues.report('BAD_VALUE', ['inputs', name, 'enum', index], `this choice of ${name} ${problem}`);
      });
    }
    const problem =
      data.default === undefined
        ? undefined
        : findInputProblem({ ...type, ...(data.enum && { enum: data.enum }) }, data.default);
    if (problem !== undefined)
      issues.report('BAD_VALUE', ['inputs', name, 'default'], `the default of ${name} ${problem}`);
  }
}

function seal(ir: WorkflowIr, workflowId: string): CompiledPipeline {
  const irJson = canonicalJson(ir);
  const versionHash = `sha256:${createHash('sha256').update(irJson, 'utf8').digest('hex')}`;
  return { workflowId, versionHash, irJson, ir };
}
