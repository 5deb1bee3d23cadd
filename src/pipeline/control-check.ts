/** Checks the keys of each kind of node, and what lies below them. */
import type { Json, JsonObject } from '../core/ir.js';
import type { ChildPipelines } from './child-pipelines.js';
import { DURATION_PATTERN, parseDuration } from './duration.js';
import { ExpressionCheck, type ExpressionScope } from './expression-check.js';
import { checkInputs } from './input-check.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import type { NodeKind } from './node-kinds.js';
import type { Placed, WorkCheck } from './work-check.js';

/** ISO 8601 with a date at least; Date.parse alone would take `1` and `May`. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

export class ControlCheck {
  readonly #issues: IssueList;
  readonly #expressions: ExpressionCheck;
  readonly #work: WorkCheck;
  readonly #children: ChildPipelines;

  constructor(work: WorkCheck, children: ChildPipelines, issues: IssueList) {
    this.#work = work;
    this.#children = children;
    this.#issues = issues;
    this.#expressions = new ExpressionCheck(issues);
  }

  check(node: Placed, kind: NodeKind | undefined, scope: ExpressionScope): void {
    const { value, path } = node;
    this.#route(value['route'], [...path, 'route'], scope);
    this.#map(value['map'], [...path, 'map'], scope);
    this.#approval(value['approval'], [...path, 'approval'], scope);
    this.#wait(value['wait'], [...path, 'wait'], scope);
    if (isJsonMap(value['pipeline']))
      this.#children.check({ value: value['pipeline'], path: [...path, 'pipeline'] }, scope);
    const { reduce } = value;
    if (kind !== 'reduce' || !isJsonMap(reduce)) {
      this.#work.work(node, node, kind, scope);
      return;
    }
    const step: Placed = { value: reduce, path: [...path, 'reduce'] };
    this.#work.work(step, node, this.#work.kind(step, ['agent', 'uses', 'compute']), scope);
    for (const key of ['prompt', 'model', 'with']) {
      if (!Object.hasOwn(value, key)) continue;
      const fix = `Write it inside \`reduce\`.`;
      this.#issues.report('UNKNOWN_KEY', [...path, key], `\`${key}\` belongs into \`reduce\``, { at: 'key', fix });
    }
  }

  #route(routes: Json | undefined, path: YamlPath, scope: ExpressionScope): void {
    if (!isJsonList(routes)) return;
    routes.forEach((route, index) => {
      if (!isJsonMap(route)) return;
      const at = [...path, index];
      const has = (key: string): boolean => Object.hasOwn(route, key);
      if (typeof route['if'] === 'string') this.#expressions.condition(route['if'], [...at, 'if'], scope);
      if (has('default')) {
        const alone = !has('if') && !has('to');
        if (alone && index === routes.length - 1) return;
        const message = alone ? '`default` must be the last route' : '`default` stands alone, without `if` and `to`';
        const fix = 'Write `- default: <node>` as the last route.';
        this.#issues.report('BAD_VALUE', [...at, 'default'], message, { at: 'key', fix });
      } else {
        for (const key of ['if', 'to']) {
          if (has(key)) continue;
          const fix = 'Write `{ if: <expression>, to: <node> }`, or last `{ default: <node> }`.';
          this.#issues.report('MISSING_KEY', [...at, key], `the route has no \`${key}\``, { at: 'key', fix });
        }
      }
    });
  }

  #map(map: Json | undefined, path: YamlPath, scope: ExpressionScope): void {
    if (!isJsonMap(map)) return;
    if (typeof map['over'] === 'string') this.#expressions.condition(map['over'], [...path, 'over'], scope);
    if (!isJsonMap(map['node'])) return;
    const body: Placed = { value: map['node'], path: [...path, 'node'] };
    const kind = this.#work.kind(body, ['agent', 'uses', 'compute', 'pipeline']);
    const itemScope: ExpressionScope = { ...scope, item: true };
    this.#work.work(body, body, kind, itemScope);
    const { pipeline } = body.value;
    if (isJsonMap(pipeline)) this.#children.check({ value: pipeline, path: [...body.path, 'pipeline'] }, itemScope);
  }

  #approval(approval: Json | undefined, path: YamlPath, scope: ExpressionScope): void {
    if (!isJsonMap(approval)) return;
    this.#expressions.template(approval['message'], [...path, 'message'], scope);
    if (isJsonList(approval['approvers']))
      approval['approvers'].forEach((name, index) => this.#expressions.refuse(name, [...path, 'approvers', index]));
    if (isJsonMap(approval['form'])) checkInputs(approval['form'], [...path, 'form'], this.#issues);
    if (Object.hasOwn(approval, 'on_timeout')) this.#requires(approval, 'on_timeout', 'timeout', path);
  }

  #wait(wait: Json | undefined, path: YamlPath, scope: ExpressionScope): void {
    if (typeof wait === 'string') {
      this.#expressions.template(wait, path, scope);
      const constant = !wait.includes('${{');
      if (constant && (!DURATION_PATTERN.test(wait) || parseDuration(wait) === undefined)) {
        const message = `\`${wait}\` is no duration (500ms, 30s, 5m, 2h, 1d; at most a year)`;
        this.#issues.report('BAD_DURATION', path, message);
      }
    }
    if (!isJsonMap(wait)) return;
    const { until, signal } = wait;
    this.#expressions.template(until, [...path, 'until'], scope);
    this.#expressions.refuse(signal, [...path, 'signal']);
    if (typeof until === 'string' && !until.includes('${{') && !isTime(until)) {
      const fix = 'Write it as 2030-01-31T09:00:00Z.';
      this.#issues.report('BAD_VALUE', [...path, 'until'], `\`${until}\` is no time`, { fix });
    }
    const fix = 'Write a duration, `{ until: <time> }` or `{ signal: <name> }`.';
    if (until !== undefined && signal !== undefined)
      this.#issues.report('BAD_VALUE', path, '`wait` has both `until` and `signal`', { at: 'key', fix });
    if (until === undefined && signal === undefined)
      this.#issues.report('MISSING_KEY', path, '`wait` has neither `until` nor `signal`', { at: 'key', fix });
    else if (Object.hasOwn(wait, 'timeout')) this.#requires(wait, 'timeout', 'signal', path);
  }

  #requires(map: JsonObject, key: string, other: string, path: YamlPath): void {
    if (Object.hasOwn(map, other)) return;
    const fix = `Add \`${other}\`, or remove \`${key}\`.`;
    this.#issues.report('MISSING_KEY', [...path, key], `\`${key}\` means nothing without \`${other}\``, {
      at: 'key',
      fix,
    });
  }
}

function isTime(text: string): boolean {
  return ISO_TIME.test(text) && !Number.isNaN(Date.parse(text));
}
