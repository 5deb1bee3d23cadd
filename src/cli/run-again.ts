/** `nexum retry` goes on with what failed, `nexum resume` with what was paused; `nexum rerun` makes a new one of it. */
import { randomUUID } from 'node:crypto';
import type { Json, JsonObject, WorkflowIr } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import type { NexumClient } from '../rpc/client.js';
import type { ExecutionDetail__Output } from '../rpc/generated/nexum/ExecutionDetail.js';
import type { CommandContext } from './context.js';
import { continueExecution, type ContinueFlags } from './continue-execution.js';
import { parseJson, summaryOf } from './execution-report.js';
import { resolveExecutionId } from './execution-wait.js';
import { parsePairs, readJsonObject } from './option-parsers.js';

export interface ResumeFlags extends ContinueFlags {
  readonly message?: string;
}

export interface RerunFlags extends ContinueFlags {
  readonly from?: string;
  /** `key=value` pairs; they win over `input`. */
  readonly i: readonly string[];
  readonly input?: string;
  /** `node.key=value`. */
  readonly with: readonly string[];
}

/** @returns the exit code */
export function retryExecution(context: CommandContext, id: string, flags: ContinueFlags): Promise<number> {
  return continueExecution(context, flags, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const { alreadyApplied } = await client.call('RetryExecution', { executionId });
    const text = `${executionId} goes on${alreadyApplied ? ' (it did already)' : ''}`;
    return { executionId, fields: { alreadyApplied }, text };
  });
}

/** @returns the exit code */
export function resumeExecution(context: CommandContext, id: string, flags: ResumeFlags): Promise<number> {
  const { message = '' } = flags;
  if (flags.message !== undefined && message.trim() === '') {
    throw nexumError('USAGE', '--message is empty: say something, or leave the option away');
  }
  return continueExecution(context, flags, async (client) => {
    const executionId = await resolveExecutionId(client, id);
    const { alreadyApplied } = await client.call('ResumeExecution', { executionId, message });
    const { status } = summaryOf(await client.call('GetExecution', { executionId }));
    const heard = message === '' ? '' : ', and has the message';
    const text = `${executionId} is ${status}${alreadyApplied ? ' (it was already)' : ''}${heard}`;
    return { executionId, fields: { alreadyApplied }, text };
  });
}

/** @returns the exit code */
export async function rerunExecution(context: CommandContext, id: string, flags: RerunFlags): Promise<number> {
  const settings = parseSettings(flags.with);
  const given = flags.input === undefined ? undefined : await readJsonObject(flags.input, '--input');
  const changes = parsePairs(flags.i);
  return continueExecution(context, flags, async (client) => {
    const rerunOf = await resolveExecutionId(client, id);
    const detail = await client.getExecution(rerunOf);
    const input = changedInput(detail, given, changes);
    const withJson = settings.size === 0 ? '' : JSON.stringify(await changedWith(client, detail, settings));
    const from = flags.from ?? null;
    const { executionId } = await client.call('RerunExecution', {
      executionId: rerunOf,
      fromNode: from ?? '',
      inputJson: input === undefined ? '' : JSON.stringify(input),
      withJson,
      idempotencyKey: randomUUID(),
    });
    const text = `${executionId} is a rerun of ${rerunOf}${from === null ? '' : ` from ${from}`}`;
    return { executionId, fields: { rerunOf, from }, text };
  });
}

/** Undefined: as it was. */
function changedInput(
  detail: ExecutionDetail__Output,
  given: JsonObject | undefined,
  changes: Readonly<Record<string, string>>,
): JsonObject | undefined {
  if (given === undefined && Object.keys(changes).length === 0) return undefined;
  const before = given ?? parseJson(detail.inputJson);
  return { ...(isJsonMap(before) ? before : {}), ...changes };
}

/** `node.key=value` -> node -> key -> value; a value that is no JSON is a text. */
function parseSettings(texts: readonly string[]): Map<string, Record<string, Json>> {
  const settings = new Map<string, Record<string, Json>>();
  for (const text of texts) {
    const [, node, key, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
    if (node === undefined || key === undefined || value === undefined)
      throw nexumError('USAGE', `${JSON.stringify(text)}: write --with node.key=value`);
    settings.set(node, { ...settings.get(node), [key]: jsonOrText(value) });
  }
  return settings;
}

function jsonOrText(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** The server replaces the whole `with` of a node: what was not named stays as the pipeline has it. */
async function changedWith(
  client: NexumClient,
  detail: ExecutionDetail__Output,
  settings: ReadonlyMap<string, Record<string, Json>>,
): Promise<Record<string, JsonObject>> {
  const { workflowId, versionHash } = summaryOf(detail);
  const { irJson } = await client.call('GetWorkflow', { workflowId, versionHash });
  const { nodes } = JSON.parse(irJson) as WorkflowIr;
  return Object.fromEntries(
    [...settings].map(([node, values]) => [node, { ...nodes[node]?.['x-nexum']?.with, ...values }]),
  );
}
