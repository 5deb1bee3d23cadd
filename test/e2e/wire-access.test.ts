/**
 * Every RPC with no token, a wrong one and one of every role, against a real server. The body is always garbage: a call
 * that is refused must be refused before anybody looks at it, and a call that is let in fails because of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedRoles } from '../../src/rpc/access.js';
import { NexumClient } from '../../src/rpc/client.js';
import { PROTO_FILE } from '../../src/rpc/protocol.js';
import { NexumProcess, temporaryFolder } from '../support/processes.js';

/** Said here once more, by hand: a mistake in the table of the server must not be in the expectation too. */
const ALLOWED: Readonly<Record<string, string>> = {
  RegisterWorkflow: 'admin client worker',
  StartExecution: 'admin client worker',
  PollTask: 'admin worker',
  CompleteTask: 'admin worker',
  FailTask: 'admin worker',
  ReleaseTask: 'admin worker',
  Heartbeat: 'admin worker',
  AdmitModelCall: 'admin worker',
  SettleModelCall: 'admin worker',
  Work: 'admin worker',
  Execute: 'admin client worker',
  GetStatus: 'admin client read',
  GetExecution: 'admin client read',
  GetPendingApprovals: 'admin client read',
  GetWorkflow: 'admin client worker read',
  GetServerInfo: 'admin client worker read',
  ListExecutions: 'admin client read',
  ListEvents: 'admin client read',
  ListMessages: 'admin client read',
  ListSessions: 'admin client read',
  ListCalls: 'admin client worker read',
  ForgetCalls: 'admin client worker',
  ListWorkflows: 'admin client worker read',
  ListWorkflowVersions: 'admin client worker read',
  WatchExecution: 'admin client read',
  CancelExecution: 'admin client',
  PauseExecution: 'admin client',
  ResumeExecution: 'admin client',
  ApproveTask: 'admin client',
  RejectTask: 'admin client',
  RetryExecution: 'admin client',
  RerunExecution: 'admin client',
  SignalExecution: 'admin client',
  ControlSchedule: 'admin client',
  PurgeExecutions: 'admin',
  CompareVersions: 'admin client worker read',
  GetPayload: 'admin client read',
  ListWorkers: 'admin client read',
  ListSchedules: 'admin client read',
};
const ROLES = ['admin', 'client', 'worker', 'read'] as const;
/** The tag of a field that never ends: no message type can be read from it. */
const GARBAGE = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

const folder = temporaryFolder();
const tokens = join(folder.path, 'tokens');
const rpcs = [...readFileSync(PROTO_FILE, 'utf8').matchAll(/^ *rpc (\w+)\(/gm)].map(([, name]) => name ?? '');
let server: NexumProcess;
let client: Client;

beforeAll(async () => {
  writeFileSync(tokens, ROLES.map((role) => `${role} test-${role} ${tokenOf(role)}\n`).join(''), { mode: 0o600 });
  server = new NexumProcess(
    ['server', '--listen', '127.0.0.1:0', '--data-dir', join(folder.path, 'data'), '--reflection'],
    { env: { NEXUM_TOKENS_FILE: tokens } },
  );
  const { address } = await server.waitForEvent('listening');
  client = new Client(String(address), credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await server.end();
  folder.remove();
});

function tokenOf(role: string): string {
  return `token-of-${role}-0123456789`;
}

interface Answer {
  readonly code: number;
  readonly details: string;
  readonly nexumCode: unknown;
}

/** Streams take it as well: on the wire a unary request is a stream of one message. */
function ask(path: string, authorization?: string, body = GARBAGE): Promise<Answer> {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const raw = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    const done = (error: ServiceError | null): void =>
      resolve({
        code: error?.code ?? status.OK,
        details: error?.details ?? '',
        nexumCode: error?.metadata.get('nexum-code')[0],
      });
    client.makeUnaryRequest(path, raw, raw, body, metadata, { deadline: Date.now() + 20_000 }, done);
  });
}

function rpc(name: string): string {
  return `/nexum.NexumService/${name}`;
}

describe('the table of access', () => {
  it('has a line for every RPC of the contract', () => {
    expect(rpcs.length).toBeGreaterThan(20);
    expect(Object.keys(ALLOWED).sort()).toEqual([...rpcs].sort());
    // An RPC without a line is for admin alone; so is this one, which nobody has heard of.
    expect(allowedRoles(rpc('DropEverything'))).toEqual(['admin']);
    expect(allowedRoles(rpc('toString'))).toEqual(['admin']);
    expect(allowedRoles('/other.Service/GetStatus')).toEqual(['admin']);
  });

  it.each(rpcs)('%s: refused without a known token, before its body is read', async (name) => {
    const unknown = { code: status.UNAUTHENTICATED, nexumCode: 'UNAUTHENTICATED' };
    expect(await ask(rpc(name))).toMatchObject({ ...unknown, details: 'the call carries no token' });
    for (const authorization of [
      'Bearer wrong-token-0123456789',
      `Bearer ${tokenOf('admin')}x`,
      tokenOf('admin'),
      `Basic ${tokenOf('admin')}`,
      'Bearer ',
    ]) {
      expect(await ask(rpc(name), authorization), authorization).toMatchObject(unknown);
    }
  });

  it.each(rpcs.flatMap((name) => ROLES.map((role) => [name, role] as const)))('%s by %s', async (name, role) => {
    const answer = await ask(rpc(name), `Bearer ${tokenOf(role)}`);
    if (ALLOWED[name]?.split(' ').includes(role) === true) {
      // Let in: now the body counts.
      expect(answer).toMatchObject({
        code: status.INTERNAL,
        details: expect.stringMatching(/deserializing/) as string,
      });
    } else {
      expect(answer).toMatchObject({ code: status.PERMISSION_DENIED, nexumCode: 'PERMISSION_DENIED' });
      const needed = ALLOWED[name]?.split(' ').join(' or ') ?? '';
      expect(answer.details).toBe(`the token of test-${role} has the role ${role}, and ${name} needs ${needed}`);
    }
  });
});

describe('beside the service', () => {
  it('health is open to everybody', async () => {
    expect(await ask('/grpc.health.v1.Health/Check', undefined, Buffer.alloc(0))).toMatchObject({ code: status.OK });
  });

  it('reflection is for those who may read', async () => {
    // It is loaded a moment after the port is open.
    const admin = (): Promise<Answer> => ask(REFLECTION, `Bearer ${tokenOf('admin')}`);
    await expect.poll(async () => (await admin()).code, { timeout: 20_000 }).not.toBe(status.UNIMPLEMENTED);
    expect(await ask(REFLECTION)).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await ask(REFLECTION, `Bearer ${tokenOf('worker')}`)).toMatchObject({ code: status.PERMISSION_DENIED });
    for (const role of ['client', 'read'] as const) {
      expect((await ask(REFLECTION, `Bearer ${tokenOf(role)}`)).code).toBe(status.INTERNAL);
    }
  });

  it('a token that is added or taken away counts without a restart, and a broken file changes nothing', async () => {
    const info = (): Promise<Answer> => ask(rpc('GetServerInfo'), 'Bearer added-token-0123456789', Buffer.alloc(0));
    const before = readFileSync(tokens, 'utf8');
    expect(await info()).toMatchObject({ code: status.UNAUTHENTICATED });
    writeFileSync(tokens, `${before}read added added-token-0123456789\n`);
    await expect.poll(async () => (await info()).code, { timeout: 20_000 }).toBe(status.OK);
    writeFileSync(tokens, 'nonsense\n');
    await expect.poll(async () => (await info(), server.text), { timeout: 20_000 }).toContain('stay valid');
    expect(await info()).toMatchObject({ code: status.OK });
    writeFileSync(tokens, before);
    await expect.poll(async () => (await info()).code, { timeout: 20_000 }).toBe(status.UNAUTHENTICATED);
    expect(server.text).not.toMatch(/token-0123456789|token-of-/);
  });
});

describe('a stream whose token is taken away', () => {
  it('ends, and its worker gets nothing any more', async () => {
    const own = temporaryFolder();
    const file = join(own.path, 'tokens');
    const admin = `admin boss ${tokenOf('admin')}\n`;
    writeFileSync(file, `${admin}worker w1 ${tokenOf('worker')}\n`, { mode: 0o600 });
    const args = ['server', '--listen', '127.0.0.1:0', '--data-dir', join(own.path, 'data'), '--tokens-file', file];
    const guarded = new NexumProcess(args);
    const { address } = await guarded.waitForEvent('listening');
    const worker = new NexumClient({ addresses: [String(address)], token: tokenOf('worker') });
    const boss = new NexumClient({ addresses: [String(address)], token: tokenOf('admin') });
    try {
      const broken = new Promise<string>((resolve) => {
        let attached = false;
        worker.work({
          onOpen: (send) => send({ hello: { workerId: 'w1', leaseMs: 5000, handlers: ['h'] }, credits: 1 }),
          onMessage: (response) => {
            if (!response.attached || attached) return;
            attached = true;
            writeFileSync(file, admin, { mode: 0o600 });
          },
          onBroken: (error) => {
            if (attached) resolve(String(error.metadata.get('nexum-code')[0]));
          },
        });
      });
      expect(await broken).toBe('UNAUTHENTICATED');
      const nodes = { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'h' } } };
      await boss.call('RegisterWorkflow', { workflowId: 'w', versionHash: 'v', irJson: JSON.stringify({ nodes }) });
      const { executionId } = await boss.call('StartExecution', { workflowId: 'w', versionHash: 'v', inputJson: '{}' });
      const {
        nodes: [node],
      } = await boss.call('GetExecution', { executionId });
      expect(node).toMatchObject({ status: 'READY', attempts: [] });
    } finally {
      worker.close();
      boss.close();
      await guarded.end();
      own.remove();
    }
  });
});
