/**
 * Decides who may call what, before anything of the call's body is read: only the path and the metadata count.
 * Installed only when a server has tokens; without them the hot path knows nothing of it.
 */
import {
  ServerInterceptingCall,
  ServerListenerBuilder,
  type Metadata,
  type ServerInterceptor,
  type StatusObject,
} from '@grpc/grpc-js';
import { nexumError } from '../errors.js';
import { allowedRoles, type Role } from './access.js';
import { toStatus } from './status.js';
import type { TokenEntry } from './token-file.js';

/** How long a stream outlives its token, in milliseconds. */
const RECHECK_MS = 2000;
const BEARER = /^Bearer +(\S+)$/i;

export type FindToken = (token: string) => TokenEntry | undefined | Promise<TokenEntry | undefined>;

export function guard(find: FindToken): ServerInterceptor {
  return (method, call) => {
    const roles = allowedRoles(method.path);
    if (roles === 'open') return new ServerInterceptingCall(call);
    let recheck: NodeJS.Timeout | undefined;
    const onCancel = (): void => {
      clearInterval(recheck);
      recheck = undefined;
    };
    const onReceiveMetadata = (metadata: Metadata, next: (metadata: Metadata) => void): void => {
      const decide = (entry: TokenEntry | undefined): void => {
        const refusal = refuse(method.path, roles, entry);
        if (refusal) call.sendStatus(refusal);
        else {
          next(withoutToken(metadata));
          if (method.requestStream || method.responseStream) watch();
        }
      };
      // A stream outlives its token: when that is taken away, the stream ends, too.
      const watch = (): void => {
        recheck = setInterval(() => {
          void Promise.resolve(find(token ?? '')).then((entry) => {
            const refusal = refuse(method.path, roles, entry);
            // The end of the call clears the timer, whoever ends it.
            if (refusal && recheck) call.sendStatus(refusal);
          });
        }, RECHECK_MS).unref();
      };
      const token = bearerToken(metadata);
      const found = token === undefined ? undefined : find(token);
      if (token === undefined) call.sendStatus(unauthenticated('the call carries no token'));
      else if (found instanceof Promise) void found.then(decide);
      else decide(found);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next(new ServerListenerBuilder().withOnReceiveMetadata(onReceiveMetadata).withOnCancel(onCancel).build()),
    });
  };
}

/** The same decision for a request that is no call, such as one for metrics. */
export async function holdsRole(
  find: FindToken,
  authorizationHeader: string | undefined,
  roles: readonly Role[],
): Promise<boolean> {
  const token = authorizationHeader === undefined ? undefined : BEARER.exec(authorizationHeader)?.[1];
  const entry = token === undefined ? undefined : await find(token);
  return entry !== undefined && roles.includes(entry.role);
}

function bearerToken(metadata: Metadata): string | undefined {
  const [value] = metadata.get('authorization');
  return typeof value === 'string' ? BEARER.exec(value)?.[1] : undefined;
}

/** Nobody behind this point needs it, and what they do not have they cannot print. */
function withoutToken(metadata: Metadata): Metadata {
  metadata.remove('authorization');
  return metadata;
}

function refuse(path: string, roles: readonly Role[], entry: TokenEntry | undefined): StatusObject | undefined {
  if (!entry) return unauthenticated('this server does not know the token');
  if (roles.includes(entry.role)) return undefined;
  const call = path.slice(path.lastIndexOf('/') + 1);
  return toStatus(
    nexumError(
      'PERMISSION_DENIED',
      `the token of ${entry.name} has the role ${entry.role}, and ${call} needs ${roles.join(' or ')}`,
      { role: entry.role, needs: roles },
    ),
  );
}

function unauthenticated(message: string): StatusObject {
  return toStatus(nexumError('UNAUTHENTICATED', message));
}
