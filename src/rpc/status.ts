/** Errors of the table <-> gRPC statuses. The code and the details travel as metadata, so that they round-trip. */
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { errorMessage, ERRORS, isErrorCode, NexumError, nexumError } from '../errors.js';

const CODE_KEY = 'nexum-code';
const DETAILS_KEY = 'nexum-details-bin';
/** Metadata is limited to 8 KiB by default; larger details stay at the server. */
const MAX_DETAILS_BYTES = 4096;

export function toStatus(error: unknown): StatusObject {
  const known = error instanceof NexumError ? error : nexumError('INTERNAL', errorMessage(error));
  const metadata = new Metadata();
  metadata.set(CODE_KEY, known.code);
  const details = Buffer.from(JSON.stringify(known.details));
  if (details.length <= MAX_DETAILS_BYTES) metadata.set(DETAILS_KEY, details);
  return { code: status[ERRORS[known.code].grpc], details: known.message, metadata };
}

/**
 * @param address where it was tried: one address, or several separated by commas
 * @returns the error that the server threw, or what the transport's failure means for the caller
 */
export function fromStatus(error: ServiceError, address: string): NexumError {
  const [code] = error.metadata.get(CODE_KEY);
  if (typeof code === 'string' && isErrorCode(code)) {
    return nexumError(code, error.details, readDetails(error), error);
  }
  if (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED) {
    const message = `no server answers at ${address} (${reasonOf(error.details)})`;
    return nexumError('SERVER_UNREACHABLE', message, { address }, error);
  }
  if (error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED) {
    // A proxy in front of the server refuses without our codes.
    const refused = error.code === status.UNAUTHENTICATED ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED';
    return nexumError(refused, error.details, { address }, error);
  }
  if (error.code === status.UNIMPLEMENTED) {
    return nexumError(
      'UNSUPPORTED_SERVER',
      `the server at ${address} does not know this call (${error.details})`,
      { address },
      error,
    );
  }
  if (error.code === status.RESOURCE_EXHAUSTED) {
    return nexumError('PAYLOAD_TOO_LARGE', error.details, { address }, error);
  }
  return nexumError('INTERNAL', `${error.details} (gRPC status ${error.code})`, { address }, error);
}

/** What the two sides expect of each other, as the libraries below say it, and what to do about it. */
const TLS_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/wrong version number/, 'this server does not talk TLS: leave --tls and --tls-ca out'],
  [/certificate has expired/, 'the certificate of the server has expired'],
  [/self.signed certificate|unable to (verify|get)/, 'the CA of its certificate is not trusted: name it with --tls-ca'],
  [/altnames|Hostname\/IP/, 'its certificate is for another name'],
];

export function reasonOf(details: string): string {
  const known = TLS_PROBLEMS.find(([text]) => text.test(details));
  return known ? known[1] : details.replace(/\.? ?Resolution note: ?$/, '');
}

function readDetails(error: ServiceError): Record<string, unknown> {
  const [value] = error.metadata.get(DETAILS_KEY);
  if (!Buffer.isBuffer(value)) return {};
  try {
    return JSON.parse(value.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
