/** The contract as grpc-js sees it, loaded from proto/nexum.proto, which travels with the package. */
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ChannelOptions } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { MAX_TASK_INPUT_BYTES } from '../core/payload-limit.js';
import type { ProtoGrpcType } from './generated/nexum.js';

/**
 * The largest input of a task, and the frame around it. Both ways: a result that is over its own limit has to arrive, too,
 * so that its node fails with OUTPUT_TOO_LARGE.
 */
export const MAX_MESSAGE_BYTES = MAX_TASK_INPUT_BYTES + 4 * 1024 * 1024;
/** Payload bytes put into one stream frame before the next one begins; a single larger payload travels alone. */
export const FRAME_BYTES = 1024 * 1024;
/**
 * Items put into one stream frame. Small enough that the receiver begins with the first frame while the next are still
 * on their way: with one frame for everything, server and workers would take turns instead of working at once.
 */
export const FRAME_ITEMS = 32;

export const PROTO_FILE = fileURLToPath(new URL('../../proto/nexum.proto', import.meta.url));

type Protocol = ProtoGrpcType & { packageDefinition: ReturnType<typeof loadSync> };

let protocol: Protocol | undefined;

/** Read once per process, whose server and clients share it. */
export function loadProtocol(): Protocol {
  protocol ??= readProtocol();
  return protocol;
}

function readProtocol(): Protocol {
  const packageDefinition = loadSync(PROTO_FILE, { longs: Number, enums: String, defaults: true, oneofs: true });
  const loaded = loadPackageDefinition(packageDefinition) as unknown as ProtoGrpcType;
  return { ...loaded, packageDefinition };
}

/** The health service (https://github.com/grpc/grpc/blob/master/doc/health-checking.md) is its own package. */
export const HEALTH_SERVICE = 'nexum.NexumService';

const LIMITS: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  // Channel statistics that nobody reads cost 40 % of the unary throughput.
  'grpc.enable_channelz': 0,
};

export const SERVER_OPTIONS: ChannelOptions = {
  ...LIMITS,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

export const CLIENT_OPTIONS: ChannelOptions = {
  ...LIMITS,
  // The default backoff of 1 s would make every resume wait for it.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.service_config_disable_resolution': 1,
};

/** Cuts a list into frames of bounded count and bytes. Order is kept; nothing is lost. */
export function* frames<T>(items: readonly T[], bytesOf: (item: T) => number): Iterable<readonly T[]> {
  let frame: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (frame.length > 0 && (frame.length >= FRAME_ITEMS || bytes + size > FRAME_BYTES)) {
      yield frame;
      frame = [];
      bytes = 0;
    }
    frame.push(item);
    bytes += size;
  }
  if (frame.length > 0) yield frame;
}
