/** The client's side of large payloads: read in chunks, and put where an answer had to leave them out. */
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type { ExecutionDetail__Output } from './generated/nexum/ExecutionDetail.js';
import type { PayloadChunk__Output } from './generated/nexum/PayloadChunk.js';

/** The event that holds the input of an execution. */
const INPUT_SEQ = 1;

/** Reads to the end. @throws ServiceError */
export function readChunks(stream: ClientReadableStream<PayloadChunk__Output>): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', ({ data }: PayloadChunk__Output) => chunks.push(data));
    stream.on('error', (error: ServiceError) => reject(error));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

interface Payload {
  readonly outputJson: string;
  readonly outputBytes: number;
  readonly outputSeq: number;
}

/** Replaces every payload that was left out for its size. One after the other: each may be many megabytes. */
export async function fillPayloads(
  detail: ExecutionDetail__Output,
  read: (seq: number) => Promise<string>,
): Promise<ExecutionDetail__Output> {
  const outputOf = async ({ outputJson, outputBytes, outputSeq }: Payload): Promise<string> =>
    outputJson === '' && outputBytes > 0 ? read(outputSeq) : outputJson;
  const nodes = [];
  for (const node of detail.nodes) nodes.push({ ...node, outputJson: await outputOf(node) });
  const { inputJson, inputBytes } = detail;
  return {
    ...detail,
    nodes,
    inputJson: inputJson === '' && inputBytes > 0 ? await read(INPUT_SEQ) : inputJson,
    outputJson: await outputOf(detail),
  };
}
