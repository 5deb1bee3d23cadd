/** What a compiled pipeline will do, node by node: the result of `nexum plan`. */
import type { IrNode, NodeBehaviour, ScheduleSpec, WorkflowIr } from '../core/ir.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import { table } from './output.js';
import { shortHash } from './version-text.js';

export interface PlanNode {
  readonly node: string;
  readonly type: string;
  readonly needs: readonly string[];
  /** The handler that a worker must have; null: the engine runs the node itself. */
  readonly handler: string | null;
  readonly agent: string | null;
  /** The pipeline that it runs. */
  readonly child: string | null;
  readonly queue: string | null;
}

export interface PlanReport {
  readonly workflowId: string;
  readonly versionHash: string;
  readonly compatibility: string;
  readonly nodes: readonly PlanNode[];
  /** Those that stand in files. */
  readonly children: readonly { readonly workflowId: string; readonly versionHash: string; readonly file: string }[];
  readonly schedules: readonly ScheduleSpec[];
  readonly concurrency: NonNullable<WorkflowIr['pipeline']>['concurrency'] | null;
}

/** @param compatibility with what is registered; undefined when no server could be asked */
export function planReport(compiled: CompiledPipeline, compatibility: string | undefined): PlanReport {
  const { workflowId, versionHash, ir, children } = compiled;
  return {
    workflowId,
    versionHash,
    compatibility: compatibility ?? 'unknown (no server)',
    nodes: planNodes(ir),
    children: children.map((child) => ({
      workflowId: child.workflowId,
      versionHash: child.versionHash,
      file: child.file,
    })),
    schedules: ir.pipeline?.schedules ?? [],
    concurrency: ir.pipeline?.concurrency ?? null,
  };
}

/** Dependencies before dependents, otherwise in the order of the file. O(nodes + edges). */
export function planNodes(ir: WorkflowIr): PlanNode[] {
  const open = new Map(Object.entries(ir.nodes).map(([name, node]) => [name, new Set(node.dependencies).size]));
  const dependents = new Map<string, string[]>();
  for (const [name, node] of Object.entries(ir.nodes)) {
    for (const needed of new Set(node.dependencies)) dependents.set(needed, [...(dependents.get(needed) ?? []), name]);
  }
  const order = [...open].filter(([, count]) => count === 0).map(([name]) => name);
  // The list grows while it is read.
  for (const name of order) {
    for (const dependent of dependents.get(name) ?? []) {
      const count = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, count);
      if (count === 0) order.push(dependent);
    }
  }
  return order.flatMap((name) => {
    const node = ir.nodes[name];
    return node ? [planNode(name, node)] : [];
  });
}

function planNode(name: string, node: IrNode): PlanNode {
  const behaviour: NodeBehaviour = node['x-nexum'] ?? {};
  const child = behaviour.child?.workflowId ?? node.subWorkflowId;
  return {
    node: name,
    type: node.type,
    needs: [...new Set(node.dependencies)],
    handler: behaviour.handler ?? null,
    agent: behaviour.agent ? (behaviour.agent.name ?? 'inline') : null,
    child: child ?? null,
    queue: behaviour.queue ?? null,
  };
}

export function planText(plan: PlanReport): string {
  const { workflowId, versionHash, compatibility, nodes, children, schedules, concurrency } = plan;
  const rows = nodes.map((node) => [node.node, node.type, node.needs.join(', ') || '-', workText(node)]);
  return [
    `pipeline       ${workflowId}`,
    `version        ${versionHash}`,
    `compatibility  ${compatibility}`,
    ...children.map((child) => `child          ${child.workflowId} (${shortHash(child.versionHash)}, ${child.file})`),
    ...schedules.map(({ name, cron, timezone }) => `schedule       ${name}: ${cron} ${timezone}`),
    ...(concurrency
      ? [`concurrency    ${concurrency.limit} at once by ${concurrency.key}, then ${concurrency.onConflict}`]
      : []),
    '',
    table(['NODE', 'TYPE', 'NEEDS', 'DONE BY'], rows),
  ].join('\n');
}

function workText({ handler, agent, child, queue }: PlanNode): string {
  const work =
    agent !== null
      ? `agent ${agent}`
      : handler !== null
        ? `handler ${handler}`
        : child === null
          ? ''
          : `child ${child}`;
  const where = queue === null ? '' : ` (queue ${queue})`;
  return `${work === '' ? 'the engine' : work}${where}`;
}
