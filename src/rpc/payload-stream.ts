/** The stream GetPayload: one payload in chunks, as fast as its reader takes them. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { EnginePort } from '../engine/engine-port.js';
import type { GetPayloadRequest__Output } from './generated/nexum/GetPayloadRequest.js';
import type { PayloadChunk } from './generated/nexum/PayloadChunk.js';
import { FRAME_BYTES } from './protocol.js';
import { toStatus } from './status.js';

type PayloadCall = ServerWritableStream<GetPayloadRequest__Output, PayloadChunk>;

export async function servePayload(engine: EnginePort, call: PayloadCall): Promise<void> {
  const left = new AbortController();
  call.once('cancelled', () => left.abort());
  try {
    const { executionId, seq } = call.request;
    const { payload } = await engine.call('getPayload', { executionId, seq });
    const bytes = Buffer.from(payload);
    for (let from = 0; from < bytes.length && !left.signal.aborted; from += FRAME_BYTES) {
      const more = call.write({ data: bytes.subarray(from, from + FRAME_BYTES) });
      if (!more) await once(call, 'drain', { signal: left.signal });
    }
    call.end();
  } catch (error) {
    // Nobody reads the status of a call that was cancelled.
    if (!left.signal.aborted) call.emit('error', toStatus(error));
  }
}
