/** What a session holds, as programs see it. */
import type { Json } from '../core/ir.js';
import type { CallInfo__Output } from '../rpc/generated/nexum/CallInfo.js';

export interface CallRecord {
  readonly executionId: string;
  /** `<session>/<hash>[@version][#n]` */
  readonly key: string;
  readonly tool: string;
  readonly version?: string;
  /** Of a call with `repeat: 'sequence'`. */
  readonly ordinal?: number;
  /** In this or another program; by a worker; by a person. */
  readonly kind: 'call' | 'remote' | 'question';
  /** RUNNING: somebody executes it. READY: whoever asks next does. WAITING: for a person. */
  readonly status: 'COMPLETED' | 'RUNNING' | 'READY' | 'WAITING' | 'FAILED' | 'CANCELLED';
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly resultBytes: number;
  /** Of the last attempt that failed, until one succeeds. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly args?: Json;
  readonly result?: Json;
}

export function callRecord(call: CallInfo__Output): CallRecord {
  const { version, ordinal, finishedAtMs, errorCode, errorMessage, inputJson, resultJson } = call;
  return {
    executionId: call.executionId,
    key: call.key,
    tool: call.tool,
    kind: call.kind as CallRecord['kind'],
    status: call.status as CallRecord['status'],
    attempts: call.attempts,
    startedAtMs: call.startedAtMs,
    resultBytes: call.resultBytes,
    ...(version === '' ? {} : { version }),
    ...(ordinal === 0 ? {} : { ordinal }),
    ...(finishedAtMs === 0 ? {} : { finishedAtMs }),
    ...(errorCode === '' ? {} : { error: { code: errorCode, message: errorMessage } }),
    ...(inputJson === '' ? {} : { args: (JSON.parse(inputJson) as { args: Json }).args }),
    ...(resultJson === '' ? {} : { result: JSON.parse(resultJson) as Json }),
  };
}
