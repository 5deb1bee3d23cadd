/** What PostgreSQL's errors mean: repeat it at once, try again when the database is back, or tell the caller. */
import { DatabaseError } from 'pg';
import { errorMessage, nexumError, type NexumError } from '../../errors.js';

/**
 * Classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) after which the connection is gone
 * or useless: connection exceptions, too many connections, shutdown, crash, start-up, idle-in-transaction timeout, and
 * a standby that refuses writes.
 */
const UNAVAILABLE = ['08', '53300', '57P', '25P03', '25006'] as const;
/**
 * Serialization failure, deadlock, lock timeout, two servers that used one idempotency key at the same moment, and a row
 * that is not what it was remembered as (`nexum.expect`).
 */
const CONFLICT = ['40001', '40P01', '55P03', '23505', 'NX001'] as const;
/** Errors of sockets and name lookups. */
const NETWORK = /^E[A-Z_]+$/;
/** How `pg` says that a connection ended; it has no codes for these. */
const CONNECTION_TEXT =
  /^(Connection terminated|Query read timeout|Client (has|was)|timeout expired|The server does not)/;

/** True when the connection broke or the database is not there: nobody knows what became of the statement. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return hasCode(error, UNAVAILABLE);
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && NETWORK.test(code)) || CONNECTION_TEXT.test(error.message);
}

/** True when the transaction was rolled back for a reason that is gone when it runs again. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && hasCode(error, CONFLICT);
}

/** The rest of a failed transaction: says nothing about its cause. */
export function isAftermath(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25P02';
}

/** @returns the error of the table, or the error itself when it is a defect or a violated constraint */
export function storeError(error: unknown): Error {
  if (isUnavailable(error)) return unavailable(error);
  if (error instanceof DatabaseError) {
    const { message } = error;
    if (error.code === '57014' || error.code === '55P03')
      return nexumError('STORE_UNAVAILABLE', `the database took too long: ${message}`, {}, error);
    if (error.code === '53100') return nexumError('STORE_FULL', 'the disk of the database is full', {}, error);
    // A character that the database cannot store, such as NUL in an id.
    if (error.code === '22021')
      return nexumError('INVALID_REQUEST', `the database refuses a text: ${message}`, {}, error);
    if (error.code?.startsWith('XX') === true || error.code?.startsWith('42') === true || error.code === '3F000')
      return nexumError('STORE_BROKEN', `the database failed: ${message}`, {}, error);
  }
  return error instanceof Error ? error : new Error(String(error));
}

export function unavailable(cause: unknown): NexumError {
  const readOnly = cause instanceof DatabaseError && cause.code === '25006';
  const what = readOnly ? 'the database is read-only: a standby' : 'the database does not answer';
  return nexumError('STORE_UNAVAILABLE', `${what} (${errorMessage(cause)})`, {}, cause);
}

function hasCode({ code = '' }: DatabaseError, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => code.startsWith(prefix));
}
