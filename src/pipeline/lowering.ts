/** A checked pipeline turned into the IR. */
import type { ConcurrencySpec, IrNode, McpServerSpec, PipelineInfo, ScheduleSpec, WorkflowIr } from '../core/ir.js';
import type { ChildPipelines } from './child-pipelines.js';
import { MAX_RETENTION_MS, parseDuration } from './duration.js';
import { lowerGraph, lowerGraphNodes } from './graph-lowering.js';
import { lowerInputs } from './input-check.js';
import { lowerLimits } from './limits-model.js';
import type { Flow } from './loop-feedback.js';
import type { Pipeline, PipelineNode } from './model.js';
import { lowerNode } from './node-lowering.js';
import { scheduleName } from './start-check.js';

/** Builds the IR; only what the author said, and what has no default in the IR, is written. */
export function lowerPipeline(pipeline: Pipeline, flow: Flow, children: ChildPipelines): WorkflowIr {
  const nodes: Record<string, IrNode> = {};
  const { graph } = pipeline;
  const { dependencies, reads } = flow;
  const inGraph = graph && lowerGraphNodes(graph, dependencies);
  for (const [name, node] of allNodes(pipeline.nodes)) {
    const on = (dependencies.get(name) ?? []).map((dependency) => dependency.on);
    const read = reads.get(name);
    const around = { pipeline, child: children.of(name), inFlow: inGraph?.get(name) ?? (read && { reads: read }) };
    nodes[name] = lowerNode(node, inGraph ? [] : on, around);
  }
  return { nodes, pipeline: lowerInfo(pipeline) };
}

/** Those in loops behind their loop. */
function* allNodes(nodes: Readonly<Record<string, PipelineNode>>): Generator<[string, PipelineNode]> {
  for (const [name, node] of Object.entries(nodes)) {
    yield [name, node];
    if (node.loop) yield* allNodes(node.loop.nodes);
  }
}

function lowerInfo(pipeline: Pipeline): PipelineInfo {
  const { name, description, output, priority, retention, concurrency, limits, schedule } = pipeline;
  const retentionMs = retention === undefined ? undefined : parseDuration(retention, MAX_RETENTION_MS);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    inputs: lowerInputs(pipeline.inputs ?? {}),
    ...(output === undefined ? {} : { output }),
    ...(concurrency === undefined ? {} : { concurrency: lowerConcurrency(concurrency) }),
    ...(priority === undefined ? {} : { priority }),
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(pipeline.graph === undefined ? {} : { graph: lowerGraph(pipeline.graph, pipeline) }),
    ...(limits === undefined ? {} : { limits: lowerLimits(limits) }),
    ...(pipeline.mcp === undefined ? {} : { mcp: lowerServers(pipeline.mcp) }),
    ...(schedule === undefined || schedule.length === 0 ? {} : { schedules: schedule.map(lowerSchedule) }),
  };
}

function lowerServers(servers: NonNullable<Pipeline['mcp']>): Record<string, McpServerSpec> {
  const present = (server: object): McpServerSpec =>
    Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined));
  return Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, present(server)]));
}

function lowerConcurrency(concurrency: NonNullable<Pipeline['concurrency']>): ConcurrencySpec {
  const { key, limit = 1, on_conflict: onConflict = 'queue' } = concurrency;
  return { key, limit, onConflict };
}

function lowerSchedule(schedule: NonNullable<Pipeline['schedule']>[number], index: number): ScheduleSpec {
  const { cron, timezone = 'UTC', overlap = 'skip', catch_up: catchUp = 'last' } = schedule;
  return {
    name: scheduleName(schedule.name, index),
    cron,
    timezone,
    overlap,
    catchUp,
    ...(schedule.with === undefined ? {} : { with: schedule.with }),
  };
}
