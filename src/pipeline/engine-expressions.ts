/** The expression language as the engine asks for it. */
import type { Expressions } from '../core/command.js';
import type { InputSpec, Json, JsonObject } from '../core/ir.js';
import { nexumError } from '../errors.js';
import { parseDuration } from './duration.js';
import { evaluateCondition, evaluateExpression, renderTemplate, type ExpressionContext } from './expressions.js';
import { resolveInputs } from './inputs.js';
import { isJsonMap } from './json-shape.js';
import { matchesPattern } from './pattern.js';

export const EXPRESSIONS: Expressions = {
  evaluateCondition: (source, scope) => evaluateCondition(source, contextOf(scope)),
  evaluateExpression: (source, scope) => evaluateExpression(source, contextOf(scope)),
  renderTemplate: (template, scope) => renderTemplate(template, contextOf(scope)),
  parseDuration,
  matches: matchesPattern,
  resolveForm,
};

function contextOf(scope: Parameters<Expressions['evaluateCondition']>[1]): ExpressionContext {
  return { ...scope, inputs: isJsonMap(scope.inputs) ? scope.inputs : {} };
}

function resolveForm(form: Readonly<Record<string, InputSpec>>, given: Json): JsonObject {
  if (!isJsonMap(given)) throw nexumError('INVALID_INPUT', 'the form must be an object');
  return resolveInputs({ name: 'the form', inputs: form }, given);
}
