/** What the handlers of all unary RPCs share. */
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { EXECUTION_STATUSES, type ExecutionStatus } from '../core/execution.js';
import { nexumError } from '../errors.js';
import { toStatus } from './status.js';

/** Wraps an asynchronous function as a unary handler; whatever it throws becomes the status of the call. */
export function unary<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error)),
      );
  };
}

/** One entry, or none for the empty string and 0, which are absent values on the wire. */
export function given<Key extends string, Value extends string | number>(
  key: Key,
  value: Value,
): { readonly [K in Key]?: Value } {
  return (value === '' || value === 0 ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}

/** @throws NexumError INVALID_REQUEST */
export function readStatus(text: string): ExecutionStatus {
  const status = EXECUTION_STATUSES.find((candidate) => candidate === text);
  if (!status)
    throw nexumError('INVALID_REQUEST', `status must be one of ${EXECUTION_STATUSES.join(', ')}, not ${text}`);
  return status;
}
