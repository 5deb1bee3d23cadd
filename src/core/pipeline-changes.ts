/** What changed in the part of a workflow that belongs to no node. */
import type { InputSpec, McpServerSpec, PipelineInfo } from './ir.js';
import { changedAspects, sameJson, without, type Aspect, type VersionChange } from './version-change.js';

const PIPELINE_ASPECTS: readonly Aspect<Partial<PipelineInfo>>[] = [
  { what: 'the declared output', breaking: true, of: (pipeline) => pipeline.output },
  { what: 'the concurrency key', breaking: true, of: (pipeline) => pipeline.concurrency?.key },
  { what: 'on_conflict', breaking: true, of: (pipeline) => pipeline.concurrency?.onConflict },
  { what: 'whether it is a free graph', breaking: true, of: ({ graph }) => graph !== undefined },
  { what: 'the entry of the graph', breaking: true, of: ({ graph }) => graph && [...graph.entry].sort() },
  { what: 'the scheduling of the graph', breaking: true, of: ({ graph }) => graph?.scheduling },
  { what: 'the stop condition', breaking: true, of: ({ graph }) => graph?.stopWhen },
  { what: 'max_turns', breaking: false, of: ({ graph }) => graph?.maxTurns },
  { what: 'max_messages', breaking: false, of: ({ graph }) => graph?.maxMessages },
  { what: 'the task', breaking: false, of: ({ graph }) => graph?.task },
  { what: 'max_cost_usd', breaking: false, of: ({ limits }) => limits?.maxCostUsd },
  { what: 'max_tokens', breaking: false, of: ({ limits }) => limits?.maxTokens },
  { what: 'max_duration', breaking: false, of: ({ limits }) => limits?.maxDurationMs },
  { what: 'the rates of providers', breaking: false, of: ({ limits }) => limits?.providers },
  { what: 'the concurrency limit', breaking: false, of: (pipeline) => pipeline.concurrency?.limit },
  { what: 'the priority', breaking: false, of: (pipeline) => pipeline.priority ?? 0 },
  { what: 'the retention', breaking: false, of: (pipeline) => pipeline.retentionMs },
  { what: 'the list of schedules', breaking: false, of: (pipeline) => pipeline.schedules },
  { what: 'the name', breaking: false, of: (pipeline) => pipeline.name },
  { what: 'the description', breaking: false, of: (pipeline) => pipeline.description },
];

export function pipelineChanges(from: Partial<PipelineInfo>, to: Partial<PipelineInfo>): VersionChange[] {
  if (sameJson(from, to)) return [];
  const changes = [
    ...inputChanges(from.inputs ?? {}, to.inputs ?? {}),
    ...serverChanges(from.mcp ?? {}, to.mcp ?? {}),
    ...changedAspects(PIPELINE_ASPECTS, from, to),
  ];
  return changes.length > 0 ? changes : [{ breaking: false, text: 'the pipeline is written differently' }];
}

type Inputs = Readonly<Record<string, InputSpec>>;

function inputChanges(from: Inputs, to: Inputs): VersionChange[] {
  const changes: VersionChange[] = without(Object.keys(from), Object.keys(to)).map((name) => ({
    breaking: true,
    text: `input ${name} was removed`,
  }));
  for (const [name, after] of Object.entries(to)) {
    const before = Object.hasOwn(from, name) ? from[name] : undefined;
    if (before) changes.push(...specChanges(name, before, after));
    else if (isRequired(after)) changes.push({ breaking: true, text: `the required input ${name} was added` });
    else changes.push({ breaking: false, text: `the optional input ${name} was added` });
  }
  return changes;
}

function specChanges(name: string, from: InputSpec, to: InputSpec): VersionChange[] {
  if (sameJson(from, to)) return [];
  const change = (breaking: boolean, text: string): VersionChange => ({ breaking, text: `input ${name} ${text}` });
  const changes: VersionChange[] = [];
  if (from.type !== to.type) changes.push(change(true, `changed from ${from.type} to ${to.type}`));
  if (isRequired(from) !== isRequired(to)) {
    changes.push(isRequired(to) ? change(true, 'is required now') : change(false, 'is optional now'));
  }
  if (refusesMore(from, to)) changes.push(change(true, 'takes fewer values'));
  return changes.length > 0 ? changes : [change(false, 'has another default, description or set of values')];
}

/** Another program or address is other code, like another handler; how it is configured is a matter of the author. */
const SERVER_ASPECTS: readonly Aspect<McpServerSpec>[] = [
  { what: 'the command', breaking: true, of: ({ command, args }) => command && [command, ...(args ?? [])] },
  { what: 'the url', breaking: true, of: ({ url }) => url },
  { what: 'the list of secrets', breaking: true, of: ({ secrets }) => [...(secrets ?? [])].sort() },
  { what: '`env`', breaking: false, of: ({ env }) => env },
  { what: '`cwd`', breaking: false, of: ({ cwd }) => cwd },
  { what: '`headers`', breaking: false, of: ({ headers }) => headers },
  { what: 'the list of powers', breaking: false, of: ({ powers }) => powers },
];

type Servers = Readonly<Record<string, McpServerSpec>>;

function serverChanges(from: Servers, to: Servers): VersionChange[] {
  const removed = without(Object.keys(from), Object.keys(to)).map((name) => ({
    breaking: true,
    text: `the MCP server ${name} was removed`,
  }));
  const others = Object.entries(to).flatMap(([name, after]): VersionChange[] => {
    const before = Object.hasOwn(from, name) ? from[name] : undefined;
    if (!before) return [{ breaking: false, text: `the MCP server ${name} was added` }];
    const changes = changedAspects(SERVER_ASPECTS, before, after);
    return changes.map(({ breaking, text }) => ({ breaking, text: `the MCP server ${name}: ${text}` }));
  });
  return [...removed, ...others];
}

function isRequired({ required, default: value }: InputSpec): boolean {
  return required === true && value === undefined;
}

/** Some value of the old `enum` is not in the new one. */
function refusesMore({ enum: before }: InputSpec, { enum: after }: InputSpec): boolean {
  if (!after) return false;
  return !before?.every((value) => after.some((other) => sameJson(value, other)));
}
