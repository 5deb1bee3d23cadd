/** Payloads that one answer cannot hold: left out by their size, and read in chunks. */
import { createHash } from 'node:crypto';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NexumClient } from '../../src/rpc/client.js';
import type { PayloadChunk__Output } from '../../src/rpc/generated/nexum/PayloadChunk.js';
import { loadProtocol } from '../../src/rpc/protocol.js';
import { freePort, startServer, temporaryFolder, type NexumProcess } from '../support/processes.js';

/**
 * Three bytes each: chunks of whole MiB end in the middle of one. Together they are more than GetExecution carries, so it
 * leaves out the larger one.
 */
const CHARACTERS = { input: 6 * 1024 * 1024, output: 7 * 1024 * 1024 };

const folder = temporaryFolder();
let address: string;
let server: NexumProcess;
let client: NexumClient;
let executionId: string;
const sent = {
  input: JSON.stringify({ text: '入'.repeat(CHARACTERS.input) }),
  output: JSON.stringify('出'.repeat(CHARACTERS.output)),
};

beforeAll(async () => {
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  server = await startServer({ dataDir: folder.path, port });
  client = new NexumClient(address);
  const irJson = JSON.stringify({ nodes: { a: { type: 'EFFECT', dependencies: [] } } });
  const workflow = { workflowId: 'large', versionHash: 'v1', irJson };
  await client.call('RegisterWorkflow', workflow);
  ({ executionId } = await client.call('StartExecution', { ...workflow, inputJson: sent.input }));
  const { taskId } = await client.call('PollTask', { workerId: 'w', versionHash: 'v1' });
  await client.call('CompleteTask', { taskId, outputJson: sent.output });
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('a payload of many megabytes', () => {
  it('is left out of GetExecution with its size, and filled in by the client', async () => {
    const [bare] = (await client.call('GetExecution', { executionId })).nodes;
    expect(bare?.outputJson.length).toBe(0);
    expect(bare?.outputBytes).toBe(Buffer.byteLength(sent.output));
    const { inputJson, nodes } = await client.getExecution(executionId);
    expect(digest(inputJson)).toBe(digest(sent.input));
    expect(digest(nodes[0]?.outputJson ?? '')).toBe(digest(sent.output));
  });

  it('comes in chunks of at most 1 MiB, which are its bytes and nothing else', async () => {
    const stub = new (loadProtocol().nexum.NexumService)(address, credentials.createInsecure());
    const chunks: Buffer[] = [];
    for await (const chunk of stub.GetPayload({ executionId, seq: 1 })) {
      chunks.push((chunk as PayloadChunk__Output).data);
    }
    stub.close();
    expect(Math.max(...chunks.map(({ length }) => length))).toBe(1024 * 1024);
    expect(digest(Buffer.concat(chunks).toString('utf8'))).toBe(digest(sent.input));
  });

  it('is refused by its code when there is none', async () => {
    await expect(client.payload(executionId, 99)).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
    await expect(client.payload('exec-0', 1)).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
  });
});
