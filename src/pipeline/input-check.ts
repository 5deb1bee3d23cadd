/** Checks declarations of inputs, and the inputs that a file itself gives: to children, and by schedules. */
import type { InputSpec, Json, JsonObject } from '../core/ir.js';
import { coerceInput, findInputProblem } from './inputs.js';
import type { IssueList } from './issue-list.js';
import type { YamlPath } from './issue.js';
import { isJsonList, isJsonMap } from './json-shape.js';
import { inputModel, type PipelineInput } from './kind-model.js';
import { NameIndex } from './name-index.js';

type Inputs = Readonly<Record<string, InputSpec>>;

/** Reads the declarations of a document, as far as they are right. */
export function declaredInputs(inputs: Json | undefined): Inputs {
  if (!isJsonMap(inputs)) return {};
  const specs: [string, InputSpec][] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const { data } = inputModel.safeParse(input);
    if (data) specs.push([name, lowerInput(data)]);
  }
  return Object.fromEntries(specs);
}

function lowerInput(input: PipelineInput): InputSpec {
  return {
    type: input.type,
    ...(input.required === undefined ? {} : { required: input.required }),
    ...(input.default === undefined ? {} : { default: input.default }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.enum === undefined ? {} : { enum: input.enum }),
  };
}

/** Turns checked declarations into those of the IR. */
export function lowerInputs(inputs: Readonly<Record<string, PipelineInput>>): Inputs {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, lowerInput(input)]));
}

/** Defaults and choices must themselves be valid inputs; better told here than at the first start. */
export function checkInputs(inputs: JsonObject, path: YamlPath, issues: IssueList): void {
  for (const [name, spec] of Object.entries(declaredInputs(inputs))) {
    const choices = spec.enum ?? [];
    choices.forEach((choice, index) => {
      const problem = findInputProblem({ type: spec.type }, choice);
      if (problem !== undefined)
        issues.report('BAD_VALUE', [...path, name, 'enum', index], `this choice of ${name} ${problem}`);
    });
    const problem = spec.default === undefined ? undefined : findInputProblem(spec, spec.default);
    if (problem !== undefined)
      issues.report('BAD_VALUE', [...path, name, 'default'], `the default of ${name} ${problem}`);
  }
}

/** Checks the inputs that `owner` writes at `path` as `with`: their names, and those values that are constant. */
export function checkGiven(
  inputs: Inputs,
  given: Json | undefined,
  owner: { readonly path: YamlPath; readonly what: string },
  issues: IssueList,
): void {
  const names = new NameIndex(Object.keys(inputs));
  const path = [...owner.path, 'with'];
  const values = isJsonMap(given) ? given : {};
  for (const [name, value] of Object.entries(values)) {
    const spec = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (!spec) {
      const details = { nearest: names.nearest(name), accepted: names.names };
      issues.report('UNKNOWN_NAME', [...path, name], `${owner.what} has no input \`${name}\``, {
        at: 'key',
        ...details,
      });
      continue;
    }
    const problem = isConstant(value) ? findInputProblem(spec, coerceInput(spec.type, value)) : undefined;
    if (problem !== undefined) issues.report('BAD_VALUE', [...path, name], `the input ${name} ${problem}`);
  }
  for (const [name, spec] of Object.entries(inputs)) {
    if (spec.required !== true || spec.default !== undefined || Object.hasOwn(values, name)) continue;
    const fix = 'Give it under `with`.';
    issues.report('MISSING_KEY', [...path, name], `${owner.what} needs the input \`${name}\``, { at: 'key', fix });
  }
}

function isConstant(value: Json): boolean {
  if (typeof value === 'string') return !value.includes('${{');
  if (isJsonList(value)) return value.every(isConstant);
  return !isJsonMap(value) || Object.values(value).every(isConstant);
}
