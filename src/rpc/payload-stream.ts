/** The RPC GetPayload: one payload in chunks, so that no message has to hold all of it. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { EnginePort } from '../engine/engine-port.js';
import type { GetPayloadRequest__Output } from './generated/nexum/GetPayloadRequest.js';
import type { PayloadChunk } from './generated/nexum/PayloadChunk.js';
import { toStatus } from './status.js';

const CHUNK_BYTES = 1024 * 1024;

export type PayloadCall = ServerWritableStream<GetPayloadRequest__Output, PayloadChunk>;

/** Sends as fast as the client reads. When the client has gone, the wait never ends, and goes away with the call. */
export async function servePayload(engine: EnginePort, call: PayloadCall): Promise<void> {
  try {
    const { executionId, seq } = call.request;
    const { payload } = await engine.call('getPayload', { executionId, seq });
    const bytes = Buffer.from(payload, 'utf8');
    // Characters may be cut in two: the client puts the bytes together first.
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      if (!call.write({ data: bytes.subarray(at, at + CHUNK_BYTES) })) await once(call, 'drain');
    }
    call.end();
  } catch (error) {
    call.emit('error', toStatus(error));
  }
}
