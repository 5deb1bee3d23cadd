/**
 * docs/errors.md is written from the table in src/errors.ts. Write it again with
 * `UPDATE_DOCS=1 npx vitest run test/meta/errors-doc.test.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS, GrpcStatus } from '../../src/errors.js';
import { ROOT } from './source-files.js';

const FILE = join(ROOT, 'docs', 'errors.md');

const HEAD = `# Errors

<!-- Generated from src/errors.ts by test/meta/errors-doc.test.ts; do not edit. -->

Every error has a code of this table, whether a command, a call, a node or the compiler reports it.
Over gRPC the code travels with the status of the call, and clients of this package turn it back into the same error.
An error is retryable when the same request may succeed later without a change by the caller.
A retryable error of a node is repeated by the retry policy of the node; another one fails the node at once.

| code | gRPC status | retryable | fix |
|---|---|---|---|
`;

function renderErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, { grpc, retryable, fix }]) => {
    const status = `${grpc} (${GrpcStatus[grpc]})`;
    return `| ${code} | ${status} | ${retryable ? 'yes' : 'no'} | ${fix.replaceAll('|', '\\|')} |`;
  });
  return `${HEAD}${rows.join('\n')}\n`;
}

it('docs/errors.md is the table of src/errors.ts', () => {
  const rendered = renderErrors();
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, rendered);
  expect(readFileSync(FILE, 'utf8'), 'run UPDATE_DOCS=1 npx vitest run test/meta/errors-doc.test.ts').toBe(rendered);
});

it('every fix is a sentence that a person can act on', () => {
  const unfinished = Object.entries(ERRORS).filter(([, { fix }]) => !/^[A-Z`].{9,}\.$/.test(fix));
  expect(unfinished.map(([code]) => code)).toEqual([]);
});
