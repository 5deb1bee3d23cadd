/** Registered workflows: written once, found by version hash or by id. */
import type { TimedSchedule, WorkflowQuery, WorkflowRecord } from '../store.js';
import { replaceSchedules } from './schedule-table.js';
import type { Statements } from './statements.js';

interface WorkflowRow {
  ordinal: number;
  workflow_id: string;
  version_hash: string;
  ir_json: string;
  registered_at_ms: number;
}

export class WorkflowTable {
  constructor(private readonly statements: Statements) {}

  put(
    workflow: Omit<WorkflowRecord, 'ordinal'>,
    schedules: readonly TimedSchedule[],
  ): { record: WorkflowRecord; created: boolean } {
    const existing = this.findExact(workflow.workflowId, workflow.versionHash);
    if (existing) return { record: existing, created: false };
    this.statements.begin();
    try {
      const ordinal = this.insert(workflow);
      replaceSchedules(this.statements, workflow.workflowId, schedules);
      this.statements.commit();
      return { record: { ...workflow, ordinal }, created: true };
    } catch (error) {
      this.statements.rollback();
      throw error;
    }
  }

  find(by: WorkflowQuery): WorkflowRecord | undefined {
    const { versionHash, workflowId, beforeOrdinal = Number.MAX_SAFE_INTEGER } = by;
    if (versionHash !== undefined && workflowId !== undefined) return this.findExact(workflowId, versionHash);
    const row =
      versionHash === undefined
        ? this.statements.get<WorkflowRow>(
            'SELECT * FROM workflow WHERE workflow_id = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT 1',
            workflowId ?? '',
            beforeOrdinal,
          )
        : this.statements.get<WorkflowRow>(
            'SELECT * FROM workflow WHERE version_hash = ? ORDER BY ordinal LIMIT 1',
            versionHash,
          );
    return row && readWorkflow(row);
  }

  list(workflowId: string | undefined): (WorkflowRecord & { activeExecutions: number })[] {
    const active = `(SELECT count(*) FROM execution e WHERE e.version_hash = w.version_hash AND e.workflow_id = w.workflow_id
                     AND e.status IN ('WAITING', 'RUNNING', 'PAUSED'))`;
    const rows = this.statements.all<WorkflowRow & { active: number }>(
      `SELECT w.*, ${active} AS active FROM workflow w WHERE w.workflow_id = coalesce(@workflowId, w.workflow_id) ORDER BY ordinal DESC`,
      { workflowId: workflowId ?? null },
    );
    return rows.map((row) => ({ ...readWorkflow(row), activeExecutions: row.active }));
  }

  private insert({ workflowId, versionHash, irJson, registeredAtMs }: Omit<WorkflowRecord, 'ordinal'>): number {
    const result = this.statements.run(
      'INSERT INTO workflow (workflow_id, version_hash, ir_json, registered_at_ms) VALUES (?, ?, ?, ?)',
      [workflowId, versionHash, irJson, registeredAtMs],
    );
    return Number(result.lastInsertRowid);
  }

  private findExact(workflowId: string, versionHash: string): WorkflowRecord | undefined {
    const row = this.statements.get<WorkflowRow>(
      'SELECT * FROM workflow WHERE workflow_id = ? AND version_hash = ?',
      workflowId,
      versionHash,
    );
    return row && readWorkflow(row);
  }
}

function readWorkflow(row: WorkflowRow): WorkflowRecord {
  return {
    workflowId: row.workflow_id,
    versionHash: row.version_hash,
    irJson: row.ir_json,
    ordinal: row.ordinal,
    registeredAtMs: row.registered_at_ms,
  };
}
