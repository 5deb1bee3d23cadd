/** A rerun: a new execution that takes over what another one committed, but for one node and all downstream of it. */
import type { KeptNode } from '../core/command.js';
import type { ExecutionExtra } from '../core/execution.js';
import type { JsonObject } from '../core/ir.js';
import { keptNode, keptRecords, requireRerunFrom } from '../core/kept-nodes.js';
import type { Workflow } from '../core/workflow.js';
import { nexumError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { EngineCalls } from './engine-port.js';
import type { StartOrder } from './submissions.js';
import type { WorkflowRegistry } from './workflow-registry.js';

/**
 * Reads the execution and says how the new one starts. Pinned to the same version.
 * @throws NexumError EXECUTION_NOT_FOUND, NODE_NOT_FOUND, INVALID_REQUEST
 */
export async function planRerun(
  store: Store,
  registry: WorkflowRegistry,
  { executionId, fromNode, inputJson, withJson, idempotencyKey }: EngineCalls['rerun']['args'],
): Promise<StartOrder> {
  const source = await store.findExecution(executionId);
  if (!source) throw nexumError('EXECUTION_NOT_FOUND', `execution ${executionId} does not exist`);
  const workflow = await registry.get(source.workflowId, source.versionHash);
  const overrides = readOverrides(workflow, withJson);
  const { labels, priority } = source.extra ?? {};
  const extra: ExecutionExtra = {
    rerunOf: executionId,
    ...(fromNode === undefined ? {} : { rerunFrom: fromNode }),
    ...(labels ? { labels } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(overrides ? { overrides } : {}),
  };
  return {
    workflowId: source.workflowId,
    versionHash: source.versionHash,
    inputJson: inputJson ?? (await readPayload(store, executionId, 1)),
    kept: fromNode === undefined ? new Map() : await readKept(store, workflow, executionId, fromNode),
    extra,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

async function readKept(
  store: Store,
  workflow: Workflow,
  executionId: string,
  fromNode: string,
): Promise<ReadonlyMap<string, KeptNode>> {
  requireRerunFrom(workflow, fromNode);
  const kept = new Map<string, KeptNode>();
  for (const record of keptRecords(workflow, await store.listActivations(executionId), fromNode)) {
    const { outputSeq } = record;
    const output = outputSeq === undefined ? '' : await readPayload(store, executionId, outputSeq);
    kept.set(record.node, keptNode(workflow, record, output));
  }
  return kept;
}

function readOverrides(workflow: Workflow, withJson: string | undefined): Record<string, JsonObject> | undefined {
  if (withJson === undefined || withJson === '') return undefined;
  const given = parseObject(withJson, 'with');
  for (const [node, value] of Object.entries(given)) {
    const known = workflow.nodes.get(node);
    if (!known) throw nexumError('NODE_NOT_FOUND', `workflow ${workflow.workflowId} has no node ${node}`);
    if (known.behaviour.with === undefined)
      throw nexumError('INVALID_REQUEST', `node ${node} has no \`with\` that could be replaced`);
    parseObject(JSON.stringify(value), `with of node ${node}`);
  }
  return given as Record<string, JsonObject>;
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw nexumError('INVALID_REQUEST', `${what} is not JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw nexumError('INVALID_REQUEST', `${what} must be an object`);
}

/** @throws NexumError EXECUTION_NOT_FOUND when no such event holds a payload */
export async function readPayload(store: Store, executionId: string, seq: number): Promise<string> {
  const [event] = await store.listEvents(executionId, seq - 1, 1);
  if (event?.seq === seq && 'payload' in event) return event.payload;
  throw nexumError('EXECUTION_NOT_FOUND', `event ${seq} of execution ${executionId} holds no payload`);
}
