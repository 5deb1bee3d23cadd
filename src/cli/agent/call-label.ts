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

/** Takes secrets out of a text; always before it is shortened, because half a key is secret, too. */
type Hide = (text: string) => string;

/** `model offline/extractive, turn 2`, `search_documents "fenced lease"`, `read_document leases.md:2-17`. */
export function callLabel(tool: string, args: Json, secrets: Readonly<Record<string, string>> = {}): string {
  const hide: Hide = (text) => maskSecrets(text, secrets);
  return hide(tool.startsWith('model:') ? modelText(tool.slice(6), args) : toolText(tool, args, hide));
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

function toolText(tool: string, args: Json, hide: Hide): string {
  const name = tool.replace(/^tool:/, '');
  // The loop wraps what the model wrote together with what else the key depends on.
  const wrapped = isJsonMap(args) ? args['arguments'] : undefined;
  const given = isJsonMap(wrapped) ? wrapped : args;
  const text = isJsonMap(given) ? shorten(hide(argumentsText(given, hide)), MAX_ARGUMENTS) : '';
  return text === '' ? name : `${name} ${text}`;
}

function argumentsText(args: JsonObject, hide: Hide): string {
  const { path, start_line: start, end_line: end, query, queries } = args;
  if (typeof path === 'string') {
    const lines = typeof start === 'number' ? `:${start}${typeof end === 'number' ? `-${end}` : ''}` : '';
    return `${path}${lines}`;
  }
  const asked = [query, ...(Array.isArray(queries) ? (queries as readonly Json[]) : [])];
  const texts = asked.filter((text) => typeof text === 'string');
  if (texts.length > 0) return texts.map((text) => JSON.stringify(text)).join(', ');
  return Object.entries(args)
    .map(([key, value]) => `${key}=${SECRET_NAME.test(key) ? '***' : valueText(value, hide)}`)
    .join(' ');
}

function valueText(value: Json, hide: Hide): string {
  if (typeof value !== 'string') return shorten(hide(JSON.stringify(value)), MAX_VALUE);
  const text = hide(value);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value);
  return isUrl ? shorten(placeOf(text), MAX_VALUE) : JSON.stringify(shorten(text, MAX_VALUE));
}

/** A URL without its query string and its user part, which carry tokens. */
function placeOf(url: string): string {
  return url.replace(/^([^/]*\/\/)(?:[^/?#]*@)?([^?#]*).*$/s, '$1$2');
}
