/** Payloads as large as they may be, through real gRPC: up, to the next task, and back. */
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PAYLOAD_BYTES } from '../../src/core/payload-limit.js';
import { NexumClient } from '../../src/rpc/client.js';
import type { PayloadChunk__Output } from '../../src/rpc/generated/nexum/PayloadChunk.js';
import type { PollResponse__Output } from '../../src/rpc/generated/nexum/PollResponse.js';
import { CLIENT_OPTIONS, loadProtocol } from '../../src/rpc/protocol.js';
import { freePort, startServer, temporaryFolder, type NexumProcess } from '../support/processes.js';
import { oldWorkflow } from '../support/wire-client.js';

const LARGEST = JSON.stringify('x'.repeat(MAX_PAYLOAD_BYTES - 2));
const TOO_LARGE = JSON.stringify('x'.repeat(MAX_PAYLOAD_BYTES - 1));

const folder = temporaryFolder();
let port: number;
let server: NexumProcess;
let client: NexumClient;

beforeAll(async () => {
  port = await freePort();
  server = await startServer({ dataDir: folder.path, port });
  client = new NexumClient(`127.0.0.1:${port}`);
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

async function start(workflowId: string, inputJson: string): Promise<{ executionId: string; versionHash: string }> {
  const { version_hash: versionHash, ir_json: irJson } = oldWorkflow(workflowId, { a: [], b: ['a'] });
  await client.call('RegisterWorkflow', { workflowId, versionHash, irJson });
  const { executionId } = await client.call('StartExecution', { workflowId, versionHash, inputJson });
  return { executionId, versionHash };
}

function poll(versionHash: string): Promise<PollResponse__Output> {
  return client.call('PollTask', { workerId: 'w', versionHash });
}

async function getPayload(executionId: string, seq: number): Promise<{ text: string; chunks: number }> {
  const { nexum } = loadProtocol();
  const stub = new nexum.NexumService(`127.0.0.1:${port}`, credentials.createInsecure(), CLIENT_OPTIONS);
  const chunks: Buffer[] = [];
  for await (const chunk of stub.GetPayload({ executionId, seq })) chunks.push((chunk as PayloadChunk__Output).data);
  stub.close();
  return { text: Buffer.concat(chunks).toString(), chunks: chunks.length };
}

// Nowhere `toBe`: a difference of megabytes would be printed.
describe('a payload of 64 MiB', () => {
  it('arrives: as input, as output, at the next node with both of them, and at whoever asks', async () => {
    const { executionId, versionHash } = await start('largest', LARGEST);
    const first = await poll(versionHash);
    expect(first.inputJson === `{"input":${LARGEST},"deps":{}}`).toBe(true);
    await client.call('CompleteTask', { taskId: first.taskId, outputJson: LARGEST });
    const next = await poll(versionHash);
    expect(next.inputJson === `{"input":${LARGEST},"deps":{"a":${LARGEST}}}`).toBe(true);
    const { completedNodesJson } = await client.call('GetStatus', { executionId });
    expect(completedNodesJson === `{"a":${LARGEST}}`).toBe(true);
    await client.call('CompleteTask', { taskId: next.taskId, outputJson: '9007199254740993' });

    const detail = await client.call('GetExecution', { executionId });
    expect(detail.outputJson).toBe('9007199254740993');
    const [a] = detail.nodes;
    expect([a?.outputJson, a?.outputBytes]).toEqual(['', MAX_PAYLOAD_BYTES]);
    const output = await getPayload(executionId, a?.outputSeq ?? 0);
    expect(output.text === LARGEST).toBe(true);
    expect(output.chunks).toBeGreaterThan(1);
  });

  it('is the largest: one byte more is refused, and fails the node', async () => {
    await expect(start('too-large', TOO_LARGE)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const { executionId, versionHash } = await start('too-large', '{}');
    const { taskId } = await poll(versionHash);
    const refused = client.call('CompleteTask', { taskId, outputJson: TOO_LARGE });
    await expect(refused).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    const { summary, nodes } = await client.call('GetExecution', { executionId });
    expect(summary?.status).toBe('FAILED');
    expect(nodes[0]).toMatchObject({ status: 'FAILED', errorCode: 'OUTPUT_TOO_LARGE' });
    expect((await poll(versionHash)).hasTask).toBe(false);
  });
});
