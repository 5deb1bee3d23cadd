/** Checks what makes executions start, or wait: schedules and `concurrency`. */
import type { Json, JsonObject } from '../core/ir.js';
import { ExpressionCheck } from './expression-check.js';
import { checkGiven, declaredInputs } from './input-check.js';
import type { IssueList } from './issue-list.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { namesOf } from './work-check.js';

/** Says what is wrong with a schedule, as a sentence; undefined when it is right. */
export type CheckSchedule = (cron: string, timezone: string) => string | undefined;

export function checkStarts(document: JsonObject, checkSchedule: CheckSchedule | undefined, issues: IssueList): void {
  const expressions = new ExpressionCheck(issues);
  const { concurrency, schedule } = document;
  if (isJsonMap(concurrency))
    expressions.template(concurrency['key'], ['concurrency', 'key'], { inputs: namesOf(document['inputs']) });
  if (!isJsonList(schedule)) return;
  const inputs = declaredInputs(document['inputs']);
  const names = new Set<string>();
  schedule.forEach((item, index) => {
    if (!isJsonMap(item)) return;
    const path = ['schedule', index];
    const name = scheduleName(item['name'], index);
    if (names.has(name)) issues.report('DUPLICATE_KEY', [...path, 'name'], `two schedules are called ${name}`);
    names.add(name);
    const { cron, timezone = 'UTC' } = item;
    if (typeof cron === 'string' && typeof timezone === 'string') {
      const problem = shapeProblem(cron) ?? checkSchedule?.(cron, timezone);
      if (problem !== undefined) {
        const fix = 'Write five fields, such as `0 9 * * 1-5`, and a timezone such as Europe/Berlin.';
        issues.report('BAD_VALUE', [...path, 'cron'], problem, { fix });
      }
    }
    for (const [key, value] of Object.entries(isJsonMap(item['with']) ? item['with'] : {}))
      expressions.refuse(value, [...path, 'with', key]);
    checkGiven(inputs, item['with'], { path, what: 'the pipeline' }, issues);
  });
}

/** Schedules without a name are numbered from 1. */
export function scheduleName(name: Json | undefined, index: number): string {
  return typeof name === 'string' ? name : `schedule-${index + 1}`;
}

function shapeProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/).length;
  return fields === 5 || fields === 6 ? undefined : `\`${cron}\` has not five or six fields`;
}
