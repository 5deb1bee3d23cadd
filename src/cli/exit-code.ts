/** What the process tells its caller (design, "Errors"). */
import { NexumError, type ErrorCode } from '../errors.js';

export const ExitCode = {
  OK: 0,
  UNEXPECTED: 1,
  USAGE: 2,
  INVALID_PIPELINE: 3,
  AUTH: 4,
  NOT_FOUND: 5,
  WRONG_STATE: 6,
  UNREACHABLE: 7,
  FAILED: 10,
  CANCELLED: 11,
  TIMED_OUT: 12,
  WAITS_FOR_HUMAN: 13,
  INTERRUPTED: 130,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  USAGE: ExitCode.USAGE,
  INVALID_REQUEST: ExitCode.USAGE,
  INVALID_INPUT: ExitCode.USAGE,
  ADDRESS_IN_USE: ExitCode.USAGE,
  FILE_NOT_FOUND: ExitCode.USAGE,
  NODE_NOT_FOUND: ExitCode.USAGE,
  UNKNOWN_HANDLER: ExitCode.USAGE,
  UNKNOWN_TOOL: ExitCode.USAGE,
  MODEL_NOT_CONFIGURED: ExitCode.USAGE,
  DOCUMENTS_NOT_FOUND: ExitCode.USAGE,
  UNKNOWN_SIGNAL: ExitCode.USAGE,
  NOT_AN_APPROVER: ExitCode.AUTH,
  INSECURE_LISTEN: ExitCode.USAGE,
  INSECURE_TOKEN: ExitCode.USAGE,
  TLS_INVALID: ExitCode.USAGE,
  TOKENS_INVALID: ExitCode.USAGE,
  DATABASE_REFUSED: ExitCode.AUTH,
  STORE_UNAVAILABLE: ExitCode.UNREACHABLE,
  UNAUTHENTICATED: ExitCode.AUTH,
  PERMISSION_DENIED: ExitCode.AUTH,
  INVALID_WORKFLOW: ExitCode.INVALID_PIPELINE,
  WORKFLOW_NOT_FOUND: ExitCode.NOT_FOUND,
  SCHEDULE_NOT_FOUND: ExitCode.NOT_FOUND,
  EXECUTION_NOT_FOUND: ExitCode.NOT_FOUND,
  SESSION_NOT_FOUND: ExitCode.NOT_FOUND,
  CALL_RUNNING: ExitCode.WRONG_STATE,
  NO_OUTPUT: ExitCode.WRONG_STATE,
  EXECUTION_CLOSED: ExitCode.WRONG_STATE,
  WRONG_STATE: ExitCode.WRONG_STATE,
  STORE_LOCKED: ExitCode.WRONG_STATE,
  CALL_DIVERGED: ExitCode.WRONG_STATE,
  SERVER_UNREACHABLE: ExitCode.UNREACHABLE,
  SERVER_STOPPING: ExitCode.UNREACHABLE,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof NexumError ? (BY_CODE[error.code] ?? ExitCode.UNEXPECTED) : ExitCode.UNEXPECTED;
}

/** Of an execution that has ended. */
export function exitCodeOfStatus(status: string): number {
  if (status === 'COMPLETED') return ExitCode.OK;
  return status === 'CANCELLED' ? ExitCode.CANCELLED : ExitCode.FAILED;
}
