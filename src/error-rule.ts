/** What a row of the table of errors says (errors.ts). */

/** gRPC status numbers by name (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const GrpcStatus = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatusName = keyof typeof GrpcStatus;

export interface ErrorRule {
  readonly grpc: GrpcStatusName;
  /** True when the same request may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly fix: string;
}

export function rule(grpc: GrpcStatusName, retryable: boolean, fix: string): ErrorRule {
  return { grpc, retryable, fix };
}
