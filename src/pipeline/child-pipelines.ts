/** Checks the nodes that run other pipelines, and compiles those that stand in files. */
import type { JsonObject, WorkflowIr } from '../core/ir.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import { checkGiven } from './input-check.js';
import type { IssueList } from './issue-list.js';
import type { Issue, YamlPath } from './issue.js';
import { nodeNameOf } from './loop-tree.js';
import { fileBeside } from './named-file.js';

/** A pipeline ready to be registered. */
export interface CompiledPipeline {
  /** The `name` of the pipeline. */
  readonly workflowId: string;
  /** `sha256:` and the hash of `irJson` in hex. */
  readonly versionHash: string;
  /** Canonical JSON (RFC 8785) of `ir`. */
  readonly irJson: string;
  readonly ir: WorkflowIr;
  /** Where it stands, as the compiler was told. */
  readonly file: string;
  /** The pipelines that its nodes name by file, theirs first; each once. Register them before this one. */
  readonly children: readonly CompiledPipeline[];
}

export interface CompileResult {
  /** Present unless an issue is an error. */
  readonly compiled?: CompiledPipeline;
  /** In the order of the file; those of other files that it names stand behind. */
  readonly issues: readonly Issue[];
}

/** Compiles the file: its result, `missing`, or the files on the circle when it is being compiled already. */
export type CompileFile = (file: string) => CompileResult | 'missing' | { readonly circle: readonly string[] };

export class ChildPipelines {
  readonly #compileFile: CompileFile;
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #byNode = new Map<string, CompiledPipeline>();

  constructor(compileFile: CompileFile, issues: IssueList) {
    this.#compileFile = compileFile;
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
  }

  /** Checks one `pipeline`, of a node or of the body of a map. */
  check({ value, path }: { readonly value: JsonObject; readonly path: YamlPath }, scope: ExpressionScope): void {
    const { file, name, version } = value;
    this.#expressions.template(value['with'], [...path, 'with'], scope);
    for (const key of ['file', 'version']) this.#expressions.refuse(value[key], [...path, key]);
    const fix = 'Name the pipeline by `file`, or by `name` if it is registered already.';
    if (file === undefined && name === undefined)
      this.#issues.report('MISSING_KEY', path, '`pipeline` has neither `file` nor `name`', { at: 'key', fix });
    else if (file !== undefined && name !== undefined)
      this.#issues.report('BAD_VALUE', path, '`pipeline` has both `file` and `name`', { at: 'key', fix });
    else if (version !== undefined && name === undefined)
      this.#issues.report('UNKNOWN_KEY', [...path, 'version'], '`version` belongs to `name`', {
        at: 'key',
        fix: 'Remove it: the version of a `file` is always pinned.',
      });
    if (typeof file !== 'string' || file === '' || file.includes('${{')) return;
    const child = this.#compile(file, [...path, 'file']);
    if (!child) return;
    this.#byNode.set(nodeNameOf(path), child);
    const what = `the pipeline ${child.workflowId}`;
    checkGiven(child.ir.pipeline?.inputs ?? {}, value['with'], { path, what }, this.#issues);
  }

  /** The child of a node that names one by file. */
  of(node: string): CompiledPipeline | undefined {
    return this.#byNode.get(node);
  }

  /** All children below these nodes, theirs first; each once. */
  list(): CompiledPipeline[] {
    const found = new Map<string, CompiledPipeline>();
    for (const child of this.#byNode.values()) {
      for (const each of [...child.children, child]) found.set(`${each.workflowId} ${each.versionHash}`, each);
    }
    return [...found.values()];
  }

  #compile(written: string, path: YamlPath): CompiledPipeline | undefined {
    const file = fileBeside(this.#issues.sourceOf(path).file, written);
    const result = this.#compileFile(file);
    if (result === 'missing') {
      this.#issues.report('FILE_NOT_FOUND', path, `cannot read the pipeline ${file}`);
      return undefined;
    }
    if ('circle' in result) {
      const message = `the pipelines run each other: ${result.circle.join(' -> ')}`;
      const fix = 'Remove one of them; to run a pipeline inside itself, name it by `name`.';
      this.#issues.report('CYCLE', path, message, { fix });
      return undefined;
    }
    this.#issues.append(result.issues);
    if (!result.compiled) this.#issues.fail();
    return result.compiled;
  }
}
