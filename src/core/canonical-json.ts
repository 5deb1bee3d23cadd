/** Canonical JSON (RFC 8785): equal values give equal text, whatever the order of their keys. What keys are made of. */
import canonicalizeModule from 'canonicalize';
import { nexumError } from '../errors.js';

// The package is CommonJS whose export is the function; its types describe an ES default export.
const canonicalize = canonicalizeModule as unknown as (value: unknown) => string | undefined;

/** @param value JSON data; anything else is a defect of the caller */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw nexumError('INTERNAL', 'a value that is not JSON has no canonical form');
  return text;
}
