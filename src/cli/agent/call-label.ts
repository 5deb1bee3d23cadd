/** What a durable call of an agent is, in a few words for people. Arguments come from a model: bounded, and never secrets. */
import type { Json, JsonObject } from '../../core/ir.js';
import { isJsonMap } from '../../pipeline/json-shape.js';
import { maskSecrets } from '../../worker/task-secrets.js';
import { shorten } from '../text-format.js';

const MAX_ARGUMENTS = 60;
const MAX_VALUE = 40;
const SECRET_NAME = /key|token|secret|passw|auth|cookie|credential|header|env/i;
const SECRET_VARIABLE = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$/i;
/** Shorter values are words, and masking words makes lines unreadable. */
const MIN_SECRET = 8;

/** `model offline/extractive, turn 2`, `search_documents "fenced lease"`, `read_document leases.md:2-17`. */
export function callLabel(tool: string, args: Json, secrets: Readonly<Record<string, string>> = {}): string {
  const text = tool.startsWith('model:') ? modelText(tool.slice(6), args) : toolText(tool, args);
  return maskSecrets(text, secrets);
}

/** The values in an environment that no line may show. */
export function secretsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const found = Object.entries(env).filter(([name, value]) => {
    return SECRET_VARIABLE.test(name) && value !== undefined && value.length >= MIN_SECRET;
  });
  return Object.fromEntries(found) as Record<string, string>;
}

function modelText(model: string, args: Json): string {
  const turn = isJsonMap(args) ? args['turn'] : undefined;
  return `model ${model}${typeof turn === 'number' ? `, turn ${turn}` : ''}`;
}

function toolText(tool: string, args: Json): string {
  const name = tool.replace(/^tool:/, '');
  // The loop wraps what the model wrote together with what else the key depends on.
  const wrapped = isJsonMap(args) ? args['arguments'] : undefined;
  const given = isJsonMap(wrapped) ? wrapped : args;
  const text = isJsonMap(given) ? shorten(argumentsText(given), MAX_ARGUMENTS) : '';
  return text === '' ? name : `${name} ${text}`;
}

function argumentsText(args: JsonObject): string {
  const { path, start_line: start, end_line: end, query, queries } = args;
  if (typeof path === 'string') {
    const lines = typeof start === 'number' ? `:${start}${typeof end === 'number' ? `-${end}` : ''}` : '';
    return `${path}${lines}`;
  }
  const asked = [query, ...(Array.isArray(queries) ? (queries as readonly Json[]) : [])];
  const texts = asked.filter((text) => typeof text === 'string');
  if (texts.length > 0) return texts.map((text) => JSON.stringify(text)).join(', ');
  return Object.entries(args)
    .map(([key, value]) => `${key}=${SECRET_NAME.test(key) ? '***' : valueText(value)}`)
    .join(' ');
}

function valueText(value: Json): string {
  if (typeof value !== 'string') return shorten(JSON.stringify(value), MAX_VALUE);
  // Query strings and the user part of URLs carry tokens.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value)) {
    const { protocol, host, pathname } = new URL(value);
    return shorten(`${protocol}//${host}${pathname}`, MAX_VALUE);
  }
  return JSON.stringify(shorten(value, MAX_VALUE));
}
