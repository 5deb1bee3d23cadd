/** Sessions on a server that knows only the contract of Nexum 0.2. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '#dist/index.js';
import { registerPipeline } from '../../src/cli/pipeline-file.js';
import { compilePipeline } from '../../src/pipeline/compile.js';
import { NexumClient } from '../../src/rpc/client.js';
import { Nexum02Server } from '../support/nexum02-server.js';
import { temporaryFolder } from '../support/processes.js';
import { effectsIn, SessionProgram } from '../support/session-program.js';

describe('a session on a Nexum 0.2 server', () => {
  let server: Nexum02Server;
  beforeEach(async () => {
    server = await Nexum02Server.start();
  });
  afterEach(() => server.stop());

  it('N1: runs a call once in two runs of a session, and once for parallel callers', async () => {
    let count = 0;
    const run = (): { n: number } => ({ n: (count += 1) });
    const first = await openSession({ id: 'old', address: server.address });
    const call = (): Promise<unknown> => first.call('price', { item: 'a' }, run);
    expect(await Promise.all([call(), call(), call()])).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect(first.stats).toEqual({ executed: 1, replayed: 2 });
    await first.close();
    const second = await openSession({ id: 'old', address: server.address });
    expect(await second.call('price', { item: 'a' }, run)).toEqual({ n: 1 });
    expect(await second.call('price', { item: 'b' }, run)).toEqual({ n: 2 });
    // A text that looks like JSON stays a text.
    expect(await second.call('text', {}, () => '{"a":1}')).toBe('{"a":1}');
    expect(await second.call('text', {}, () => 'again')).toBe('{"a":1}');
    await second.close();
    expect(server.executions).toHaveLength(3);
  });

  it('never caches an error, however often it fails', async () => {
    const session = await openSession({ id: 'old', address: server.address });
    const fail = (): never => {
      throw new Error('closed');
    };
    for (let turn = 0; turn < 5; turn += 1) await expect(session.call('order', {}, fail)).rejects.toThrow('closed');
    expect(await session.call('order', {}, () => 'ordered')).toBe('ordered');
    await session.close();
  });

  it('refuses what needs a server of this package, and says which capability that is', async () => {
    const session = await openSession({ id: 'old', address: server.address });
    const refused = { code: 'UNSUPPORTED_SERVER', details: { capability: 'calls' } };
    const run = (): string => 'x';
    await expect(session.call('a', {}, run, { ttlMs: 1 })).rejects.toMatchObject(refused);
    await expect(session.list()).rejects.toMatchObject(refused);
    await expect(session.forget('a', {})).rejects.toMatchObject(refused);
    await expect(session.forgetAll()).rejects.toMatchObject(refused);
    await expect(session.remote('a', {})).rejects.toMatchObject(refused);
    await expect(session.ask('?')).rejects.toMatchObject(refused);
    expect(server.executions).toEqual([]);
    await session.close();
  });

  it('a pipeline is refused before it is registered there, with the capabilities that it needs', async () => {
    const { compiled } = compilePipeline('name: p\nnodes:\n  ok: { approval: { message: go } }\n', 'p.yaml');
    const client = new NexumClient(server.address);
    if (!compiled) throw new Error('it does not compile');
    await expect(registerPipeline(client, compiled)).rejects.toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      details: { missing: ['approvals', 'work'] },
    });
    expect(server.calls).toEqual([]);
    client.close();
  });

  it('kill -9 between two calls: the next run executes only the missing one', async () => {
    const folder = temporaryFolder();
    const effects = join(folder.path, 'effects');
    server.stop();
    server = await Nexum02Server.start(1);
    const program = { address: server.address, calls: ['search', 'read'], effects };
    const first = new SessionProgram({ ...program, hold: 'read' });
    await first.until({ began: 'read' });
    await first.kill();
    const second = new SessionProgram(program);
    expect(await second.exited).toBe(0);
    expect(effectsIn(effects).map(({ name }) => name)).toEqual(['search', 'read', 'read']);
    expect(second.results['search']).toBe(first.results['search']);
    folder.remove();
  });
});
