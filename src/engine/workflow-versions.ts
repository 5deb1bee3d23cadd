/** Versions of workflows: registers them, and says what each one means compared with the one registered before it. */
import { compareWorkflows, type Comparison } from '../core/compatibility.js';
import { parseIr } from '../core/ir-validation.js';
import { buildWorkflow } from '../core/workflow.js';
import { nexumError } from '../errors.js';
import type { Store, WorkflowRecord } from '../store/store.js';
import type { EngineCalls } from './engine-port.js';
import type { WorkflowVersion } from './execution-detail.js';
import type { WorkflowRegistry } from './workflow-registry.js';

/** IR text that one list compares, in characters: some tenths of a second. Older versions beyond it are only listed. */
const MAX_COMPARED = 4_000_000;
/** Of one version in a list; `compareVersions` has all of them. */
const MAX_REASONS = 20;

type ListedVersion = WorkflowRecord & { readonly activeExecutions: number };

export class WorkflowVersions {
  constructor(
    private readonly store: Store,
    private readonly registry: WorkflowRegistry,
  ) {}

  /** Registering a version again is IDENTICAL; a new one is compared with the one registered before it. */
  async register(args: EngineCalls['registerWorkflow']['args']): Promise<EngineCalls['registerWorkflow']['result']> {
    const { created, record } = await this.registry.register(args.workflowId, args.versionHash, args.irJson);
    if (!created) return { created, compatibility: 'IDENTICAL' };
    const { workflowId, ordinal, irJson } = record;
    const before = await this.store.findWorkflow({ workflowId, beforeOrdinal: ordinal });
    return { created, compatibility: compareIr(before?.irJson, irJson).compatibility };
  }

  /** Newest first. Only the versions of one workflow are compared: those of all would be too much for one call. */
  async list(args: EngineCalls['listWorkflows']['args']): Promise<readonly WorkflowVersion[]> {
    const records = await this.store.listWorkflows(args.workflowId);
    if (args.workflowId === undefined) return records.map(versionOf);
    let compared = 0;
    return records.map((record, index) => {
      const before = records[index + 1];
      const isFirst = compared === 0;
      compared += record.irJson.length + (before?.irJson.length ?? 0);
      if (!isFirst && compared > MAX_COMPARED) return versionOf(record);
      const { compatibility, changes } = compareIr(before?.irJson, record.irJson);
      return { ...versionOf(record), compatibility, reasons: reasonsOf(changes) };
    });
  }

  /**
   * @throws NexumError WORKFLOW_NOT_FOUND for a version that is not registered, INVALID_WORKFLOW for a wrong IR,
   * INVALID_REQUEST when the request names both a version and an IR
   */
  async compare(args: EngineCalls['compareVersions']['args']): Promise<EngineCalls['compareVersions']['result']> {
    const { workflowId, fromVersion, toVersion, toIrJson } = args;
    if (toVersion !== undefined && toIrJson !== undefined) {
      throw nexumError('INVALID_REQUEST', 'the request has both `to_version` and `to_ir_json`');
    }
    if (toIrJson !== undefined) buildWorkflow(workflowId, '', toIrJson);
    const records = await this.store.listWorkflows(workflowId);
    const find = (versionHash: string | undefined): ListedVersion => {
      const found = versionHash === undefined ? records[0] : records.find((one) => one.versionHash === versionHash);
      if (found) return found;
      const version = versionHash === undefined ? '' : ` version ${versionHash}`;
      throw nexumError('WORKFLOW_NOT_FOUND', `workflow ${JSON.stringify(workflowId)}${version} is not registered`);
    };
    const to = toIrJson === undefined ? find(toVersion) : undefined;
    const previous = to ? records[records.indexOf(to) + 1] : records[0];
    const from = fromVersion === undefined ? previous : find(fromVersion);
    return {
      ...compareIr(from?.irJson, to?.irJson ?? toIrJson ?? ''),
      ...(from ? { fromVersion: from.versionHash } : {}),
      ...(to ? { toVersion: to.versionHash } : {}),
      activeExecutions: from?.activeExecutions ?? 0,
    };
  }
}

function compareIr(before: string | undefined, after: string): Comparison {
  if (before === after) return { compatibility: 'IDENTICAL', changes: [] };
  const to = parseIr(after).ir;
  const from = before === undefined ? undefined : parseIr(before).ir;
  // An earlier release may have accepted what this one refuses.
  if (!to || (before !== undefined && !from)) {
    const text = 'one of the two is no workflow that this release accepts';
    return { compatibility: 'BREAKING', changes: [{ breaking: true, text }] };
  }
  return compareWorkflows(from, to);
}

function reasonsOf(changes: Comparison['changes']): string[] {
  const reasons = changes.slice(0, MAX_REASONS).map(({ text }) => text);
  if (changes.length > MAX_REASONS) reasons.push(`and ${changes.length - MAX_REASONS} more changes`);
  return reasons;
}

function versionOf({
  workflowId,
  versionHash,
  registeredAtMs,
  activeExecutions,
  ordinal,
}: ListedVersion): WorkflowVersion {
  return { workflowId, versionHash, registeredAtMs, activeExecutions, ordinal };
}
