/** Whatever a column may hold goes to PostgreSQL and comes back unchanged. */
import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainArray, textArray } from '../../../src/store/postgres/array-literal.js';
import { createDatabase, describePostgres, type TestDatabase } from '../../support/postgres.js';

/** Each means something in an array literal, or to a naive parser of one. */
const SPECIAL = [
  '\\',
  '"',
  '{',
  '}',
  ',',
  ' ',
  'NULL',
  'null',
  "'",
  '\n',
  '\r',
  '\t',
  '\u0001',
  '\ufeff',
  '😀',
  'ü',
  '',
];

/** Any text but NUL, which no text column takes. */
const text = fc
  .oneof(
    fc.array(fc.constantFrom(...SPECIAL), { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  )
  .map((value) => value.replaceAll('\0', ''));

describePostgres('an array literal', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** Element by element, as the bulk statements take them apart. */
  async function elements(type: string, literal: string): Promise<(string | null)[]> {
    const { rows } = await client.query<{ value: string | null }>(
      `SELECT value::text FROM unnest($1::${type}[]) WITH ORDINALITY AS wanted (value, place) ORDER BY place`,
      [literal],
    );
    return rows.map(({ value }) => value);
  }

  it('of texts holds any text, and nothing beside NULL', async () => {
    expect(await elements('text', textArray([...SPECIAL, undefined]))).toEqual([...SPECIAL, null]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text, { nil: undefined })), async (values) => {
        expect(await elements('text', textArray(values))).toEqual(values.map((value) => value ?? null));
      }),
      { numRuns: 300 },
    );
  });

  it('of numbers holds every time, count and sequence number', async () => {
    const numbers = fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 53 - 1)), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(numbers), async (values) => {
        const found = await elements('bigint', plainArray(values));
        expect(found).toEqual(values.map((value) => (value === undefined ? null : String(value))));
      }),
    );
  });

  it('of plain words holds UUIDs, hashes and statuses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.uuid(), { nil: undefined })), async (values) => {
        expect(await elements('uuid', plainArray(values))).toEqual(values.map((value) => value ?? null));
      }),
    );
    const words = ['RUNNING', 'ab12'.repeat(16), undefined];
    expect(await elements('text', plainArray(words))).toEqual(['RUNNING', 'ab12'.repeat(16), null]);
  });

  it.each([plainArray, textArray])('of nothing is an empty array: %o', async (write) => {
    expect(await elements('text', write([]))).toEqual([]);
  });
});
