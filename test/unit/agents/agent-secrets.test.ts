/** A provider that repeats what it was sent: nothing of an agent that leaves the worker holds a key. */
import { afterAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { attemptFailure } from '../../../src/pipeline/attempt.js';
import { agentContext, docsFolder } from './agent-fixture.js';
import { KEY, PROVIDER_NAMES, providerEnv, type ProviderName } from './mock-provider.js';
import { failure, replyOf, scriptedProvider, textOf, type Reply } from './scripted-provider.js';

const folder = docsFolder();
afterAll(() => folder.remove());

const OTHER = 'AIza-canary-of-another-provider';

async function agentOf(provider: ProviderName, replies: readonly Reply[]) {
  const { url } = await scriptedProvider(replies);
  const env = { ...providerEnv(provider, url), GOOGLE_API_KEY: OTHER, NEXUM_MODEL: `${provider}/m` };
  const context = agentContext({ docs: folder.path });
  const run = createAgentHandler({ library: new DocumentLibrary(), env });
  return { context, running: Promise.resolve(run({}, context)) };
}

function everything(context: ReturnType<typeof agentContext>): string {
  return JSON.stringify([context.log.lines, context.session.calls, [...context.session.store]]);
}

describe.each(PROVIDER_NAMES)('an agent of %s', (provider) => {
  it('commits, logs and returns no key that a reply repeats', async () => {
    const { context, running } = await agentOf(provider, [
      { json: replyOf(provider, { call: JSON.stringify({ query: `lease ${KEY} ${OTHER}` }) }) },
      { json: replyOf(provider, { text: `The keys are ${KEY} and ${Buffer.from(OTHER).toString('base64')}.` }) },
    ]);
    expect(await running).toBe('The keys are [key] and [key].');
    expect(everything(context)).toContain('[key]');
    for (const key of [KEY, OTHER]) expect(everything(context)).not.toContain(key);
  });

  it('fails without a key that an error repeats', async () => {
    const { context, running } = await agentOf(provider, [
      {
        status: 401,
        headers: { 'x-request-id': KEY },
        json: { error: { message: `${KEY} or ${OTHER}?`, param: KEY } },
      },
    ]);
    const error = await failure(running);
    expect(attemptFailure(error).message).toContain('401 [key] or [key]?');
    for (const key of [KEY, OTHER]) expect(everything(context) + textOf(error)).not.toContain(key);
  });
});
