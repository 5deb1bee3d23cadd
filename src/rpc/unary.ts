/** What all unary RPCs have in common: promises in, statuses out, and empty fields that are absent values. */
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
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

/** proto3 cannot tell an empty text or a zero from a field that was not sent: both are left out. */
export function given<T extends Readonly<Record<string, string | number>>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== 0)) as Partial<T>;
}

/** @throws NexumError INVALID_REQUEST, with the words that there are */
export function oneOf<Word extends string>(words: readonly Word[], text: string, field: string): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    throw nexumError('INVALID_REQUEST', `${field} must be one of ${words.join(', ')}, not ${JSON.stringify(text)}`);
  return word;
}

/** What a request asks for, within bounds; 0 asks for the usual. */
export function countOf(limit: number, usual: number, most: number): number {
  return Math.min(limit > 0 ? limit : usual, most);
}
