/** Tools such as grpcurl ask a server what it serves; `nexum dev` and `--reflection` answer, a plain server does not. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  credentials,
  loadPackageDefinition,
  status,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, startCli, temporaryFolder } from '../support/cli.js';

afterAll(cleanUp);

interface ListReply {
  listServicesResponse?: { service: { name: string }[] };
}

const manifest = createRequire(import.meta.url).resolve('@grpc/reflection/package.json');
const PROTO = join(dirname(manifest), 'build/proto/grpc/reflection/v1/reflection.proto');

/** The services that the server names, or the status code of its refusal. */
function listServices(address: string): Promise<string[] | number> {
  const definition = loadPackageDefinition(loadSync(PROTO));
  const { grpc } = definition as unknown as {
    grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } };
  };
  const client = new grpc.reflection.v1.ServerReflection(address, credentials.createInsecure());
  const ask = client['ServerReflectionInfo'] as () => ClientDuplexStream<object, ListReply>;
  const call = ask.call(client);
  return new Promise<string[] | number>((resolve) => {
    call.on('data', ({ listServicesResponse }: ListReply) =>
      resolve(listServicesResponse?.service.map(({ name }) => name) ?? []),
    );
    call.on('error', (error: ServiceError) => resolve(error.code));
    call.write({ listServices: '' });
  }).finally(() => {
    call.cancel();
    client.close();
  });
}

async function startServer(...flags: string[]): Promise<string> {
  const server = startCli(['server', '--listen', '127.0.0.1:0', ...flags], { cwd: temporaryFolder() });
  const [, address = ''] = await server.until(/listening on (\S+)/);
  return address;
}

describe('reflection', () => {
  it('names the service when it is asked for', async () => {
    const address = await startServer('--reflection');
    // It is loaded a moment after the port is open; until then the server does not know the question.
    await expect.poll(() => listServices(address), { timeout: 20_000 }).toContain('nexum.NexumService');
  });

  it('is not there otherwise', async () => {
    expect(await listServices(await startServer())).toBe(status.UNIMPLEMENTED);
  });
});
