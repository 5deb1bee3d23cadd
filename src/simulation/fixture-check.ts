/** Checks what a fixture says against the pipeline that it is about: do its nodes exist, and does it fit their kinds. */
import type { Workflow, WorkflowNode } from '../core/workflow.js';
import { IssueList } from '../pipeline/issue-list.js';
import type { Issue, YamlPath } from '../pipeline/issue.js';
import { NameIndex } from '../pipeline/name-index.js';
import type { Fixture, FixtureTest } from './fixture.js';
import { checkGraphExpectation } from './graph-check.js';
import { nodeName, runsAgain } from './node-name.js';
import type { NodeScript, Script, ScriptedEnd } from './script.js';
import type { FindWorkflow } from './simulation.js';

type EndKind = ScriptedEnd['kind'];

/** What can happen to a node that runs like this. */
const ENDS: Readonly<Partial<Record<WorkflowNode['run'], readonly EndKind[]>>> = {
  task: ['output', 'error', 'lost'],
  child: ['output', 'error'],
  approval: ['answer'],
  signal: ['signal'],
};

const WORDS: Readonly<Record<EndKind, string>> = {
  output: '`output`',
  error: '`error`',
  lost: '`lost`',
  answer: '`approve` or `reject`',
  signal: '`signal`',
};

/** Returns everything that is wrong; nothing when the fixture can be run. */
export function checkFixture(fixture: Fixture, workflow: Workflow, findWorkflow: FindWorkflow): readonly Issue[] {
  const issues = new IssueList(fixture.source, []);
  const check = new FixtureCheck(issues, findWorkflow);
  for (const test of fixture.tests) check.test(test, workflow);
  return issues.list();
}

class FixtureCheck {
  /** By workflow: building one costs its size. */
  readonly #names = new Map<Workflow, NameIndex>();

  constructor(
    private readonly issues: IssueList,
    private readonly findWorkflow: FindWorkflow,
  ) {}

  test(test: FixtureTest, workflow: Workflow): void {
    const { script, expect, path } = test;
    this.script(script, workflow, [...path, 'nodes']);
    checkGraphExpectation(this, test, workflow);
    for (const [index, node] of (expect.order ?? []).entries())
      this.named(node, workflow, [...expect.path, 'order', index]);
    for (const node of expect.nodes.keys()) this.named(node, workflow, [...expect.path, 'nodes', node], 'key');
    if (expect.error?.node !== undefined) this.known(expect.error.node, workflow, [...expect.error.path, 'node']);
  }

  private script(script: Script, workflow: Workflow, path: YamlPath): void {
    for (const [id, entry] of script) {
      const node = this.known(id, workflow, [...path, id], 'key');
      if (!node) continue;
      if (entry.iterations && !runsAgain(id, workflow))
        this.unfit(entry.path, `node ${id} runs once: it is in no graph and in no loop`, 'Leave `iterations` out.');
      for (const each of entry.iterations ?? [entry])
        this.entry(node, each, each.items === undefined ? node.run : undefined);
    }
  }

  /** With its iteration or without. */
  named(text: string, workflow: Workflow, path: YamlPath, at?: 'key'): void {
    const { node, iteration = 1 } = nodeName(text, workflow);
    if (this.known(node, workflow, path, at) && iteration > 1 && !runsAgain(node, workflow))
      this.unfit(path, `node ${node} runs once: it is in no graph and in no loop`, `Write \`${node}\`.`);
  }

  private known(id: string, workflow: Workflow, path: YamlPath, at?: 'key'): WorkflowNode | undefined {
    const node = workflow.nodes.get(id);
    if (node) return node;
    const names = this.#names.get(workflow) ?? new NameIndex(workflow.nodes.keys());
    this.#names.set(workflow, names);
    const details = { nearest: names.nearest(id), accepted: names.names, ...(at === undefined ? {} : { at }) };
    this.issues.report('UNKNOWN_NODE', path, `the pipeline ${workflow.workflowId} has no node \`${id}\``, details);
    return undefined;
  }

  /** `run`: who runs what the entry is about; undefined when it lists the items of a map. */
  private entry(node: WorkflowNode, entry: NodeScript, run: WorkflowNode['run'] | undefined): void {
    if (entry.items !== undefined) {
      if (run === undefined && node.run === 'map') for (const item of entry.items) this.entry(node, item, node.itemRun);
      else this.unfit(entry.path, `node ${node.id} is no map of items`);
      return;
    }
    const kind = run === 'map' ? node.itemRun : run;
    const accepted = (kind && ENDS[kind]) ?? [];
    if (entry.nodes) {
      if (kind !== 'child') this.unfit(entry.path, `node ${node.id} starts no child pipeline`);
      else this.child(node, entry.nodes, entry.path);
    } else if (accepted.length === 0) {
      this.unfit(entry.path, `node ${node.id} runs without a worker`, 'Remove the entry.');
    } else {
      this.results(node, entry, accepted, kind === 'task');
    }
  }

  private results(node: WorkflowNode, entry: NodeScript, accepted: readonly EndKind[], repeats: boolean): void {
    const words = accepted.map((kind) => WORDS[kind]).join(', ');
    for (const { kind, path, edges } of entry.results) {
      if (!accepted.includes(kind)) this.unfit(path, `node ${node.id} cannot end by ${WORDS[kind]}`, `Give ${words}.`);
      else this.edges(node, Object.keys(edges ?? {}), [...path.slice(0, -1), 'edges']);
    }
    const second = entry.results[1];
    if (second && !repeats) this.unfit(second.path, `node ${node.id} happens once`, `Give one of ${words}.`);
  }

  private child(node: WorkflowNode, script: Script, path: YamlPath): void {
    const { child } = node.behaviour;
    const workflow = child && this.findWorkflow(child.workflowId, child.versionHash);
    if (workflow) this.script(script, workflow, [...path, 'nodes']);
  }

  /** Only handlers answer here; all other conditions are evaluated for real. */
  private edges(node: WorkflowNode, targets: readonly string[], path: YamlPath): void {
    const asked = new NameIndex(
      (node.behaviour.edges ?? []).flatMap(({ to, when }) => (when && 'handler' in when ? [to] : [])),
    );
    for (const to of targets.filter((target) => !asked.has(target))) {
      const message = `no handler is asked about an edge from ${node.id} to \`${to}\``;
      const details = { at: 'key', nearest: asked.nearest(to), accepted: asked.names } as const;
      this.issues.report('BAD_VALUE', [...path, to], message, asked.names.length > 0 ? details : { at: 'key' });
    }
  }

  unfit(path: YamlPath, message: string, fix?: string): void {
    this.issues.report('BAD_VALUE', path, message, { at: 'key', ...(fix === undefined ? {} : { fix }) });
  }
}
