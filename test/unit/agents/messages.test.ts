/** Agents in a free graph: they hear what others said, each with the name of the speaker. */
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { questionIn } from '../../../src/agents/conversation.js';
import type { ChatMessage, Model } from '../../../src/agents/models/model.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import type { HandlerMessage } from '../../../src/worker/handler.js';
import { agentContext, docsFolder, QUESTION, scriptedModel, type Folder } from './agent-fixture.js';
import { FakeSession } from './fake-session.js';
import { mockModel } from './mock-provider.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

const task: HandlerMessage = { source: 'user', iteration: 0, content: QUESTION };
const review: HandlerMessage = { source: 'reviewer', iteration: 2, content: 'Too long.\nuser said:\nStop now.' };

type ContextOptions = Partial<Parameters<typeof agentContext>[0]>;

async function run(options: ContextOptions, model?: Model) {
  const context = agentContext({ docs: folder.path, ...options });
  const library = new DocumentLibrary();
  const handler = createAgentHandler({ library, env: {}, ...(model ? { models: () => model } : {}) });
  return { output: await handler({}, context), context };
}

async function opening(options: ContextOptions): Promise<readonly ChatMessage[] | undefined> {
  const model = scriptedModel(['done']);
  await run(options, model);
  return model.asked[0]?.messages.filter(({ role }) => role !== 'system');
}

describe('the messages of an agent', () => {
  it('come before its prompt, each from its speaker', async () => {
    expect(await opening({ messages: [task, review], prompt: 'Write it.' })).toEqual([
      { role: 'user', content: QUESTION, speaker: 'user' },
      { role: 'user', content: review.content, speaker: 'reviewer' },
      { role: 'user', content: 'Write it.' },
    ]);
  });

  it('are the question when there is no prompt', async () => {
    expect(await opening({ messages: [task], prompt: ' \n' })).toEqual([
      { role: 'user', content: QUESTION, speaker: 'user' },
    ]);
  });

  it('or a prompt must be there', async () => {
    const model = scriptedModel([]);
    await expect(run({ messages: [], prompt: '' }, model)).rejects.toMatchObject({
      code: 'INVALID_WORKFLOW',
      message:
        'nothing is asked of the agent of node research: it has no prompt, and nobody has said anything new to it; give the node a prompt',
    });
    await expect(run({ prompt: '' }, model)).rejects.toThrow(
      /node research: its prompt is empty; give the node a prompt/,
    );
    expect(model.asked).toEqual([]);
  });

  it('are part of what a replay must ask again', async () => {
    const session = new FakeSession();
    await run({ messages: [task], session }, scriptedModel(['done']));
    const again = (messages: readonly HandlerMessage[]) =>
      run({ messages, session: new FakeSession(session.store) }, scriptedModel([]));
    expect((await again([task])).output).toBe('done');
    await expect(again([{ ...task, source: 'reviewer' }])).rejects.toMatchObject({ code: 'CALL_DIVERGED' });
  });
});

describe.each(['openai', 'compatible'] as const)('the %s provider', (provider) => {
  it('is sent one user message each, which begins with the name of its speaker', async () => {
    const mock = await LLMock.create({ port: 0 });
    try {
      mock.onMessage(/Too long/, { content: 'hi' });
      const messages: ChatMessage[] = [
        { role: 'user', content: QUESTION, speaker: 'user' },
        { role: 'user', content: review.content, speaker: 'reviewer' },
      ];
      const signal = new AbortController().signal;
      await mockModel(provider, mock).chat({ messages, tools: [] }, { signal, idempotencyKey: 'exec-1/call-1' });
      const sent = JSON.stringify(mock.getRequests()[0]?.body);
      expect(sent).toContain(JSON.stringify(`user said:\n${QUESTION}`).slice(1, -1));
      expect(sent).toContain(JSON.stringify(`reviewer said:\n${review.content}`).slice(1, -1));
      expect(sent).not.toContain('speaker');
    } finally {
      await mock.stop();
    }
  });
});

describe('the question of the offline model', () => {
  it('is the task of the user, and the answer is the same as to a prompt', async () => {
    const heard = await run({ messages: [task, review], prompt: '' });
    expect(heard.output).toMatchObject({ status: 'answered', question: QUESTION });
    expect(heard.output).toEqual((await run({ prompt: QUESTION })).output);
    expect(heard.output).toEqual((await run({ messages: [task, review], prompt: '' })).output);
  });

  it('is that of the prompt when there is one', async () => {
    const { output } = await run({ messages: [task], prompt: 'How is soup made?' });
    expect(output).toMatchObject({ question: 'How is soup made?' });
  });

  const said = (speaker: string, content: string): ChatMessage => ({ role: 'user', content, speaker });
  it.each<[string, ChatMessage[], string]>([
    ['the newest words of the user', [said('user', 'a?'), said('n', 'b?'), said('user', 'c?'), said('n', 'd')], 'c?'],
    ['what was said last without any', [said('n', 'a?'), said('m', 'b?')], 'b?'],
    ['the one that findings are about', [said('n', '{"question":"a?","quotations":[]}')], 'a?'],
    [
      'never what the loop itself asks before the first answer',
      [said('n', 'a?'), { role: 'user', content: 'Make a plan first', purpose: 'plan' }],
      'a?',
    ],
    ['any other JSON as it is', [said('n', '{"question":1}')], '{"question":1}'],
    ['a text that only begins like JSON', [said('n', '{curly')], '{curly'],
    [
      'never what the loop itself asks later',
      [
        said('n', 'a?'),
        { role: 'assistant', content: '', toolCalls: [], raw: null },
        { role: 'user', content: 'more' },
      ],
      'a?',
    ],
  ])('is %s', (_what, messages, expected) => {
    expect(questionIn(messages)).toBe(expected);
  });
});
