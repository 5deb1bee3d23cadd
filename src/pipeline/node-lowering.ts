/** One node turned into its IR: its type, what Nexum knows of it, and our behaviour beside it. */
import type { ApprovalSpec, ChildSpec, IrNode, LoopSpec, MapSpec, NeedCondition, NodeBehaviour } from '../core/ir.js';
import type { RouterSpec, WaitSpec } from '../core/ir.js';
import type { CompiledPipeline } from './child-pipelines.js';
import { unwrapExpression } from './expression-source.js';
import { lowerHistory } from './graph-lowering.js';
import { lowerInputs } from './input-check.js';
import type { PipelineChild } from './kind-model.js';
import type { Pipeline, PipelineLoop, PipelineNode } from './model.js';
import { lowerWork, optionalMs } from './work-lowering.js';

/** What a node is lowered with. */
interface Surroundings {
  readonly pipeline: Pipeline;
  /** The child that the node names by file. */
  readonly child: CompiledPipeline | undefined;
  /** What a free graph or a loop around it adds to the node. */
  readonly inFlow: NodeBehaviour | undefined;
}

export function lowerNode(node: PipelineNode, dependencies: readonly string[], around: Surroundings): IrNode {
  const { behaviour, ...kind } = lowerKind(node, around);
  return { ...kind, dependencies, 'x-nexum': { ...behaviour, ...lowerFlow(node), ...around.inFlow } };
}

type LoweredKind = Omit<IrNode, 'dependencies' | 'x-nexum'> & { readonly behaviour: NodeBehaviour };

function lowerKind(node: PipelineNode, { pipeline, child }: Surroundings): LoweredKind {
  const { compute, route, map, reduce, approval, wait } = node;
  if (compute !== undefined) return { type: 'COMPUTE', behaviour: { compute } };
  if (route) {
    const router = lowerRoute(route);
    const { otherwise } = router;
    const routes = router.routes.map(({ if: condition, to }) => ({ condition, target: to }));
    if (otherwise !== undefined) routes.push({ condition: 'true', target: otherwise });
    return { type: 'ROUTER', routes, behaviour: { router } };
  }
  if (map) {
    const { node: body } = map;
    const work = body.pipeline ? { child: lowerChild(body.pipeline, child) } : lowerWork(body, body, pipeline);
    return { type: 'MAP', behaviour: { map: lowerMap(map), ...work } };
  }
  if (reduce) return { type: 'REDUCE', mapNodeId: reduce.of, behaviour: lowerWork(reduce, node, pipeline) };
  if (approval) return { type: 'HUMAN_APPROVAL', behaviour: { approval: lowerApproval(approval) } };
  if (wait !== undefined) {
    const spec = lowerWait(wait);
    const delay = spec.durationMs === undefined ? {} : { delay_seconds: spec.durationMs / 1000 };
    return { type: 'TIMER', ...delay, behaviour: { wait: spec } };
  }
  if (node.pipeline) {
    const spec = lowerChild(node.pipeline, child);
    return { type: 'SUBWORKFLOW', subWorkflowId: spec.workflowId, behaviour: { child: spec } };
  }
  if (node.loop) return { type: 'COMPUTE', behaviour: { loop: lowerLoop(node.loop) } };
  return { type: 'EFFECT', behaviour: lowerWork(node, node, pipeline) };
}

/** When the node runs, and what its failure means. */
function lowerFlow(node: PipelineNode): NodeBehaviour {
  const { needs, join, labels } = node;
  const needed = typeof needs === 'object' && !Array.isArray(needs) ? Object.entries(needs) : [];
  const conditions = needed.filter((entry): entry is [string, NeedCondition] => entry[1] !== 'succeeded');
  return {
    ...(node.if === undefined ? {} : { if: expressionSource(node.if) }),
    ...(conditions.length === 0 ? {} : { conditions: Object.fromEntries(conditions) }),
    ...(join === undefined ? {} : { join }),
    ...(labels === undefined ? {} : { labels }),
    ...(node.history === undefined ? {} : { history: lowerHistory(node.history) }),
    ...(node.continue_on_error === true ? { continueOnError: true } : {}),
  };
}

function lowerRoute(route: NonNullable<PipelineNode['route']>): RouterSpec {
  const routes = route.flatMap(({ if: condition, to }) =>
    condition === undefined || to === undefined ? [] : [{ if: expressionSource(condition), to }],
  );
  const otherwise = route.at(-1)?.default;
  return { routes, ...(otherwise === undefined ? {} : { otherwise }) };
}

function lowerMap(map: NonNullable<PipelineNode['map']>): MapSpec {
  const { max_parallel: maxParallel, on_item_error: onItemError = 'fail' } = map;
  return { over: expressionSource(map.over), ...(maxParallel === undefined ? {} : { maxParallel }), onItemError };
}

function lowerLoop({ nodes, until, max_iterations: maxIterations, on_exhausted }: PipelineLoop): LoopSpec {
  const onExhausted = on_exhausted ?? 'fail';
  return { nodes: Object.keys(nodes), until: expressionSource(until), maxIterations, onExhausted };
}

function lowerApproval(approval: NonNullable<PipelineNode['approval']>): ApprovalSpec {
  const { message, approvers, form } = approval;
  const timeoutMs = optionalMs(approval.timeout);
  return {
    ...(message === undefined ? {} : { message }),
    ...(approvers === undefined ? {} : { approvers: [...new Set(approvers)] }),
    ...(form === undefined ? {} : { form: lowerInputs(form) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onTimeout: approval.on_timeout ?? 'fail',
    onReject: approval.on_reject ?? 'fail',
  };
}

function lowerWait(wait: NonNullable<PipelineNode['wait']>): WaitSpec {
  if (typeof wait === 'string') {
    const durationMs = optionalMs(wait);
    return durationMs === undefined ? { duration: wait } : { durationMs };
  }
  const { until, signal } = wait;
  const timeoutMs = optionalMs(wait.timeout);
  if (until !== undefined) return { until: String(until) };
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function lowerChild(written: PipelineChild, child: CompiledPipeline | undefined): ChildSpec {
  const versionHash = child?.versionHash ?? written.version;
  return {
    workflowId: child?.workflowId ?? written.name ?? '',
    ...(versionHash === undefined ? {} : { versionHash }),
    ...(written.with === undefined ? {} : { with: written.with }),
  };
}

function expressionSource(expression: string | boolean): string {
  return unwrapExpression(String(expression)).source.trim();
}
