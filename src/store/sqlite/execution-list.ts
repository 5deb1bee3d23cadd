/** Pages of executions, newest first: row ids grow with time, so every page is one walk down an index. */
import type { ExecutionRecord } from '../../core/execution.js';
import type { ExecutionFilter } from '../store.js';
import { readExecution, type ExecutionRow } from './rows.js';
import { SELECT_EXECUTION, type Statements } from './statements.js';

export function listExecutions(statements: Statements, filter: ExecutionFilter): ExecutionRecord[] {
  const conditions: string[] = [];
  const parameters: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    conditions.push(condition);
    parameters.push(value);
  };
  if (filter.workflowId !== undefined) add('workflow_id = ?', filter.workflowId);
  if (filter.status !== undefined) add('status = ?', filter.status);
  if (filter.beforeExecutionId !== undefined)
    add('id < (SELECT id FROM execution WHERE execution_id = ?)', filter.beforeExecutionId);
  if (filter.excludePrefix !== undefined) {
    add('substr(workflow_id, 1, length(?)) <> ?', filter.excludePrefix);
    parameters.push(filter.excludePrefix);
  }
  for (const [name, value] of Object.entries(filter.labels ?? {})) {
    add("EXISTS (SELECT 1 FROM json_each(extra, '$.labels') AS label WHERE label.key = ? AND label.value = ?)", name);
    parameters.push(value);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = statements.all<ExecutionRow>(
    `${SELECT_EXECUTION} ${where} ORDER BY id DESC LIMIT ?`,
    ...parameters,
    filter.limit,
  );
  return rows.map(readExecution);
}
