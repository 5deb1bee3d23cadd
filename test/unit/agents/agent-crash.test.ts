import type { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import type { Json } from '../../../src/core/ir.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { agentContext, docsFolder, type Folder } from './agent-fixture.js';
import { FakeSession, Killed, type Store } from './fake-session.js';
import { ANSWER, KEY, mockEnv, researchProvider } from './mock-provider.js';

let folder: Folder;
let provider: LLMock;
beforeAll(async () => {
  folder = docsFolder();
  provider = await researchProvider();
});
afterAll(async () => {
  folder.remove();
  await provider.stop();
});

interface Attempt {
  readonly session: FakeSession;
  readonly output: Promise<Json>;
}

function attempt(model: string, store: Store, dieAfter = Infinity): Attempt {
  const session = new FakeSession(store, dieAfter);
  const env = { ...mockEnv('openai', provider), ...mockEnv('compatible', provider) };
  const handler = createAgentHandler({ library: new DocumentLibrary(), env });
  const context = agentContext({ docs: folder.path, session, spec: { model } });
  return { session, output: Promise.resolve(handler({}, context)) };
}

describe.each(['offline', 'openai/gpt-test', 'compatible/gpt-test'])('an agent on %s', (model) => {
  it('M1 T1: killed after any committed call, it goes on from there: nothing committed runs again, the output is the same', async () => {
    const whole: Store = new Map();
    const { session, output } = attempt(model, whole);
    const expected = await output;
    const commits = session.stats.executed;
    expect(commits).toBeGreaterThanOrEqual(6);

    for (let n = 1; n <= commits; n += 1) {
      const store: Store = new Map();
      const first = attempt(model, store, n);
      await expect(first.output).rejects.toBeInstanceOf(Killed);
      expect(store.size).toBe(n);
      const committed = new Set(store.keys());
      const requests = provider.getRequests().length;

      const second = attempt(model, store);
      expect(await second.output).toEqual(expected);
      // Keys that would change over attempts would show as more commits than the uninterrupted run has.
      expect([...store.keys()].sort()).toEqual([...whole.keys()].sort());
      expect(second.session.stats).toEqual({ executed: commits - n, replayed: n });
      const asked = second.session.calls.filter((call) => call.tool.startsWith('model:') && !committed.has(call.key));
      expect(provider.getRequests().length - requests).toBe(model === 'offline' ? 0 : asked.length);
    }
  });

  it('M1: a finished agent is read back without a single new call', async () => {
    const store: Store = new Map();
    const expected = await attempt(model, store).output;
    const requests = provider.getRequests().length;
    const again = attempt(model, store);
    expect(await again.output).toEqual(expected);
    expect(again.session.stats.executed).toBe(0);
    expect(provider.getRequests()).toHaveLength(requests);
  });
});

describe.each(['openai', 'compatible'] as const)('the %s provider', (name) => {
  it('carries a conversation with parallel tools to findings that name the engine and the hash of the source', async () => {
    const { session, output } = attempt(`${name}/gpt-test`, new Map());
    expect(await output).toEqual({
      ...ANSWER,
      engine: `${name}/gpt-test`,
      quotations: [{ ...ANSWER.quotations[0], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    });
    expect(session.calls.map((call) => call.tool)).toEqual([
      `model:${name}/gpt-test`,
      'tool:search_documents',
      'tool:search_documents',
      `model:${name}/gpt-test`,
      'tool:read_document',
      `model:${name}/gpt-test`,
    ]);
    expect(JSON.stringify([...session.store])).not.toContain(KEY);
  });
});
