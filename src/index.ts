export { nexumError, NexumError, NonRetryableError, RetryableError, type ErrorCode } from './errors.js';
export type { Handler, HandlerContext, HandlerTable, DurableSession } from './worker/handler.js';
export { NexumClient } from './rpc/client.js';
