/** The public API of the package: named re-exports only. */
export { NexumError, NonRetryableError, RetryableError, type ErrorCode } from './errors.js';
export type {
  CallRetry,
  DurableCallContext,
  DurableCallOptions,
  DurableSession,
  Handler,
  HandlerContext,
  HandlerLog,
  PersonsAnswer,
} from './worker/handler.js';
export { compilePipeline, type CompiledPipeline, type CompileResult } from './pipeline/compile.js';
export type { Issue } from './pipeline/issue.js';
export { NexumClient } from './rpc/client.js';
export type { Connection } from './rpc/connection.js';
export { startServer, type NexumServer, type ServerOptions } from './server/server.js';
export { openSession, type ProgramSession, type SessionOptions, type ToolOptions } from './sdk/open-session.js';
export type { CallEvent } from './durable/session.js';
export type { CallRecord } from './durable/call-record.js';
export { isFailedResult } from './durable/failed-result.js';
