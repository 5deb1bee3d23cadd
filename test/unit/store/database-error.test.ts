/** What becomes of an error on its way out of the store. */
import { describe, expect, it } from 'vitest';
import { DatabaseError } from 'pg';
import { ERRORS, nexumError, type ErrorCode } from '../../../src/errors.js';
import { findRefusal, isConflict, isUnavailable, storeError } from '../../../src/store/postgres/database-error.js';
import { checkVersion } from '../../../src/store/postgres/migrations.js';

function databaseError(code: string): DatabaseError {
  const error = new DatabaseError('what the database says', 0, 'error');
  error.code = code;
  return error;
}

describe('an error of the table', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('%s stays what it is', (code) => {
    const error = nexumError(code, 'text');
    expect([isUnavailable(error), isConflict(error), findRefusal(error)]).toEqual([false, false, undefined]);
    expect(storeError(error)).toBe(error);
  });
});

it.each(['28000', '28P01', '3D000'])(
  'a refused login (%s) is final for a start, and an absence for a server',
  (code) => {
    const error = databaseError(code);
    expect(findRefusal(error)).toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('what the') as string,
    });
    expect(isUnavailable(error)).toBe(true);
    expect(storeError(error)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  },
);

it.each([
  ['57P01', 'STORE_UNAVAILABLE'],
  ['57P03', 'STORE_UNAVAILABLE'],
  ['08006', 'STORE_UNAVAILABLE'],
  ['53300', 'STORE_UNAVAILABLE'],
  ['25006', 'STORE_UNAVAILABLE'],
  ['57014', 'STORE_UNAVAILABLE'],
  ['40001', 'STORE_UNAVAILABLE'],
  ['40P01', 'STORE_UNAVAILABLE'],
  ['53100', 'STORE_FULL'],
  ['22021', 'INVALID_REQUEST'],
  ['XX001', 'STORE_BROKEN'],
  ['42P01', 'STORE_BROKEN'],
] as const)('SQLSTATE %s is %s', (code, expected) => {
  expect(storeError(databaseError(code))).toMatchObject({ code: expected });
  expect(findRefusal(databaseError(code))).toBeUndefined();
});

describe('the version of PostgreSQL', () => {
  it('is 14 or newer, whoever packed it', () => {
    expect(checkVersion(140_000, '14.0')).toBe('14.0');
    expect(checkVersion(150_018, '15.18 (Debian 15.18-0+deb12u1)')).toBe('15.18');
    expect(checkVersion(180_000, '18beta2')).toBe('18beta2');
  });

  it('is refused with its name when it is too old', () => {
    expect(() => checkVersion(130_022, '13.22 (Ubuntu)')).toThrow('PostgreSQL 13.22 is older than 14');
    expect(() => checkVersion(90_624, '9.6.24')).toThrow(expect.objectContaining({ code: 'STORE_VERSION' }) as Error);
  });
});
