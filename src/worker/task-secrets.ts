/** The secrets of one attempt: read at the worker, and kept out of what the attempt tells about its failure. */
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

/** Replaces the values of secrets by `***`, as they are and as they stand in JSON text. */
export function maskSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  const values = Object.values(secrets).flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  // Longest first: a secret that begins with another one must not leave its end.
  const longestFirst = values.filter((value) => value !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}
