/** What PostgreSQL's errors mean: repeat it at once, try again when the database is back, or tell the caller. */
import { DatabaseError } from 'pg';
import { errorMessage, NexumError, nexumError } from '../../errors.js';

/**
 * Classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) after which the connection is gone
 * or useless: connection exceptions, no connections or memory left, shutdown, crash, start-up, timeouts of transactions,
 * and a standby that refuses writes.
 */
const UNAVAILABLE = ['08', '53000', '53200', '53300', '53400', '57P', '25P03', '25P04', '25006'] as const;
/**
 * Nobody is let in under this name and password, or to this database. That is final when a server starts; to one that
 * was let in before, it is another way of being away: its callers must not take it for an answer.
 */
const REFUSED = ['28', '3D000'] as const;
/** The role may not do what it is asked. */
const FORBIDDEN = '42501';
/** How `pg` says that a password is missing, or that the database does not talk TLS. */
const REFUSAL_TEXT = /^(SASL: |The server does not support SSL)/;
/** Certificates that Node does not trust (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_CODE = /CERT|SIGNATURE|^ERR_(TLS|SSL)/;
/**
 * Serialization failure, deadlock, lock timeout, two servers that used one idempotency key at the same moment, and a row
 * that is not what it was remembered as (`nexum.expect`).
 */
const CONFLICT = ['40001', '40P01', '55P03', '23505', 'NX001'] as const;
/** Those of them that are nobody's fault: whoever lost again and again may still win later. */
const LOST_RACE = ['40001', '40P01'] as const;
/** Errors of sockets and name lookups. */
const NETWORK = /^E[A-Z_]+$/;
/** How `pg` says that a connection ended; it has no codes for these. */
const CONNECTION_TEXT =
  /^(Connection terminated|Query read timeout|Client (has|was)|timeout expired|timeout exceeded when trying to connect)/;

/** True when the connection broke or the database is not there: nobody knows what became of the statement. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return hasCode(error, UNAVAILABLE) || hasCode(error, REFUSED);
  // The codes of the table look like those of sockets.
  if (!(error instanceof Error) || error instanceof NexumError) return false;
  return NETWORK.test(codeOf(error)) || CONNECTION_TEXT.test(error.message);
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}

/** True when the transaction was rolled back for a reason that is gone when it runs again. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && hasCode(error, CONFLICT);
}

/** @returns DATABASE_REFUSED when nothing but a change by its owner makes the database take this server */
export function findRefusal(error: unknown): NexumError | undefined {
  const isFinal =
    error instanceof DatabaseError
      ? hasCode(error, REFUSED) || error.code === FORBIDDEN
      : error instanceof Error && (REFUSAL_TEXT.test(error.message) || CERTIFICATE_CODE.test(codeOf(error)));
  if (!isFinal) return undefined;
  if (error instanceof Error && error.message.startsWith('SASL: '))
    return nexumError(
      'DATABASE_REFUSED',
      'the database wants a password: set PGPASSWORD, or write it into the URL',
      {},
      error,
    );
  return nexumError('DATABASE_REFUSED', `the database refuses: ${errorMessage(error)}`, {}, error);
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
    if (error.code === FORBIDDEN) return nexumError('DATABASE_REFUSED', `the database refuses: ${message}`, {}, error);
    if (hasCode(error, LOST_RACE))
      return nexumError('STORE_UNAVAILABLE', `other servers were always faster: ${message}`, {}, error);
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
  return nexumError('STORE_UNAVAILABLE', `${whatIsWrong(cause)} (${errorMessage(cause)})`, {}, cause);
}

function whatIsWrong(cause: unknown): string {
  if (!(cause instanceof DatabaseError)) return 'the database does not answer';
  if (cause.code === '25006') return 'the database is read-only: a standby';
  return hasCode(cause, REFUSED) ? 'the database refuses this server' : 'the database does not answer';
}

function hasCode({ code = '' }: DatabaseError, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => code.startsWith(prefix));
}
