/** Unary RPCs about durable calls and their sessions. */
import type { CallInfo, EnginePort } from '../engine/engine-port.js';
import { nexumError } from '../errors.js';
import type { CallInfo as CallMessage } from './generated/nexum/CallInfo.js';
import type { NexumServiceHandlers } from './generated/nexum/NexumService.js';
import { given, unary } from './unary.js';

export function callServiceHandlers(
  engine: EnginePort,
): Pick<NexumServiceHandlers, 'ListCalls' | 'ListSessions' | 'ForgetCalls'> {
  return {
    ListCalls: unary(async ({ session, afterExecutionId, limit, payloads }) => {
      requireSession(session);
      const after = given('afterExecutionId', afterExecutionId);
      const { calls, more } = await engine.call('listCalls', { session, limit, payloads, ...after });
      return { calls: calls.map(callMessage), more };
    }),
    ListSessions: unary(async ({ afterSession, limit }) => {
      const { sessions, more } = await engine.call('listSessions', { afterSession, limit });
      return { sessions: [...sessions], more };
    }),
    ForgetCalls: unary(({ session, keys, executionIds, cancel }) => {
      requireSession(session);
      return engine.call('forgetCalls', { session, keys, executionIds, cancel });
    }),
  };
}

function requireSession(session: string): void {
  if (session === '') throw nexumError('INVALID_REQUEST', 'session is empty');
}

function callMessage({ error, ...call }: CallInfo): CallMessage {
  return { ...call, ...(error ? { errorCode: error.code, errorMessage: error.message } : {}) };
}
