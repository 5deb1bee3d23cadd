/** Registered workflows: written once, found by version hash or by id. */
import type { TimedSchedule, WorkflowQuery, WorkflowRecord } from '../store.js';
import type { ReadPool } from './read-pool.js';
import { REPLACE_SCHEDULES, schedulesJson } from './schedule-table.js';

const COLUMNS = 'workflow_id, version_hash, ir_json, registered_at_ms, ordinal';

type WorkflowRow = readonly [
  workflowId: string,
  versionHash: string,
  irJson: string,
  registeredAtMs: number,
  ordinal: number,
];

export class WorkflowTable {
  constructor(private readonly pool: ReadPool) {}

  /** One statement, so that a version is never there without its schedules. */
  async put(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    schedules: readonly TimedSchedule[],
  ): Promise<{ record: WorkflowRecord; created: boolean }> {
    const { workflowId, versionHash, irJson, registeredAtMs } = workflow;
    const [row] = await this.pool.rows<WorkflowRow>(
      `WITH created AS (
         INSERT INTO nexum.workflow (workflow_id, version_hash, ir_json, registered_at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workflow_id, version_hash) DO NOTHING RETURNING ${COLUMNS}
       ), ${REPLACE_SCHEDULES}
       SELECT ${COLUMNS} FROM created`,
      [workflowId, versionHash, irJson, registeredAtMs, schedulesJson(schedules)],
    );
    if (row) return { record: readWorkflow(row), created: true };
    const existing = await this.find({ workflowId, versionHash });
    // Nobody deletes workflows; so it can only have come in between, and then it is there now.
    return existing ? { record: existing, created: false } : this.put(workflow, schedules);
  }

  async find(by: WorkflowQuery): Promise<WorkflowRecord | undefined> {
    const { versionHash, workflowId, beforeOrdinal = Number.MAX_SAFE_INTEGER } = by;
    const [where, values] =
      versionHash !== undefined && workflowId !== undefined
        ? ['workflow_id = $1 AND version_hash = $2', [workflowId, versionHash]]
        : versionHash !== undefined
          ? ['version_hash = $1 ORDER BY ordinal LIMIT 1', [versionHash]]
          : ['workflow_id = $1 AND ordinal < $2 ORDER BY ordinal DESC LIMIT 1', [workflowId ?? '', beforeOrdinal]];
    const [row] = await this.pool.rows<WorkflowRow>(`SELECT ${COLUMNS} FROM nexum.workflow WHERE ${where}`, values);
    return row && readWorkflow(row);
  }

  async list(workflowId: string | undefined): Promise<(WorkflowRecord & { activeExecutions: number })[]> {
    const rows = await this.pool.rows<[...WorkflowRow, active: number]>(
      `SELECT ${COLUMNS}, (SELECT count(*) FROM nexum.execution e WHERE e.version_hash = w.version_hash
         AND e.workflow_id = w.workflow_id AND e.status IN ('WAITING', 'RUNNING', 'PAUSED'))
       FROM nexum.workflow w WHERE $1::text IS NULL OR workflow_id = $1 ORDER BY ordinal DESC`,
      [workflowId ?? null],
    );
    return rows.map(([id, hash, irJson, atMs, ordinal, activeExecutions]) => ({
      ...readWorkflow([id, hash, irJson, atMs, ordinal]),
      activeExecutions,
    }));
  }
}

function readWorkflow([workflowId, versionHash, irJson, registeredAtMs, ordinal]: WorkflowRow): WorkflowRecord {
  return { workflowId, versionHash, irJson, registeredAtMs, ordinal };
}
