/** The secrets of one attempt: read at the worker, and kept out of whatever the attempt tells about itself. */
import type { HandlerLog } from './handler.js';
import { nexumError } from '../errors.js';

/** Looks up a secret by its name; undefined when the worker has none. */
export type SecretSource = (name: string) => string | undefined;

/** @throws NexumError MISSING_SECRET */
export function readSecrets(names: readonly string[], source: SecretSource, node: string): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const name of names) {
    const value = source(name);
    if (value === undefined) throw nexumError('MISSING_SECRET', `node ${node} needs the secret ${name}`, { name });
    secrets[name] = value;
  }
  return secrets;
}

/** Replaces the values of secrets by `***`: as they are, and as they stand in JSON text, in URLs and in forms. */
export function maskSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  const values = Object.values(secrets).flatMap(spellings);
  // Longest first: a secret that begins with another one must not leave its end.
  const longestFirst = values.filter((value) => value !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}

function spellings(value: string): readonly string[] {
  // encodeURIComponent throws at half a surrogate pair; a buffer replaces it.
  const whole = Buffer.from(value).toString();
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(whole), form];
}

/** The log of a handler that may be careless with its secrets. */
export function maskedLog(log: HandlerLog, mask: (text: string) => string): HandlerLog {
  const write =
    (level: keyof HandlerLog): HandlerLog['info'] =>
    (message, fields) =>
      log[level](mask(message), fields === undefined ? undefined : maskedFields(fields, mask));
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** What cannot be written as JSON is not written at all: nobody can tell what is in it. */
function maskedFields(
  fields: Readonly<Record<string, unknown>>,
  mask: (text: string) => string,
): Record<string, unknown> {
  try {
    const inTexts = (_key: string, value: unknown): unknown => (typeof value === 'string' ? mask(value) : value);
    return JSON.parse(JSON.stringify(fields, inTexts)) as Record<string, unknown>;
  } catch {
    return { fields: '[not JSON]' };
  }
}
