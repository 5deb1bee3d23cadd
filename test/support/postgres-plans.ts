/** Plans of PostgreSQL, and whether they stay cheap however much the tables hold. */
import type { Connection } from '../../src/store/postgres/connection.js';

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Parent Relationship'?: string;
  readonly Plans?: readonly PlanNode[];
}

type ExplainRow = [plan: readonly [{ readonly Plan: PlanNode }]];

/** The plan that `connection` takes whatever the values are (`plan_cache_mode = force_generic_plan`). */
export async function genericPlan(connection: Connection, name: string, text: string): Promise<PlanNode> {
  const parameters = [...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
  const values = Array<string>(Math.max(0, ...parameters)).fill('NULL');
  const call = values.length > 0 ? `${name} (${values.join(', ')})` : name;
  await connection.command(`PREPARE ${name} AS ${text}`);
  const rows = await connection.run<ExplainRow>(
    { name: `explain_${name}`, text: `EXPLAIN (FORMAT JSON) EXECUTE ${call}` },
    [],
  );
  await connection.command(`DEALLOCATE ${name}`);
  return rows[0]![0][0].Plan;
}

/** The plan for these values. */
export async function planFor(
  connection: Connection,
  text: string,
  values: readonly (string | number | null)[],
): Promise<PlanNode> {
  const rows = await connection.run<ExplainRow>({ name: '', text: `EXPLAIN (FORMAT JSON) ${text}` }, values);
  return rows[0]![0][0].Plan;
}

/** Every node that reads a table. */
export function reads(plan: PlanNode): PlanNode[] {
  const here = plan['Relation Name'] !== undefined && plan['Node Type'] !== 'ModifyTable' ? [plan] : [];
  return [...here, ...(plan.Plans ?? []).flatMap(reads)];
}

/** Every node, children after their parents. */
export function nodes(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)];
}

/** Tables whose rows a node sorts: what comes out of a CTE was bounded there. */
export function sorted(plan: PlanNode): string[] {
  return nodes(plan)
    .filter((node) => node['Node Type'].includes('Sort'))
    .flatMap((sort) => (sort.Plans ?? []).filter((child) => child['Parent Relationship'] !== 'InitPlan'))
    .flatMap(reads)
    .map((node) => node['Relation Name'] ?? '');
}
