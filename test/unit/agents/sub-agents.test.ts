import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import type { AgentSpec } from '../../../src/core/ir.js';
import { nexumError } from '../../../src/errors.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { TaskBudget } from '../../../src/worker/task-budget.js';
import {
  agentContext,
  calls,
  docsFolder,
  lastWords,
  observations,
  speakingModel,
  type Folder,
} from './agent-fixture.js';
import { fakeSandboxes } from './fake-sandbox.js';
import { FakeSession } from './fake-session.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

const EDITOR: AgentSpec = {
  name: 'editor',
  description: 'Edits texts.',
  instructions: 'EDITOR',
  tools: [],
  maxSteps: 2,
};
const WRITER: AgentSpec = {
  name: 'writer',
  description: 'Writes texts.',
  instructions: 'WRITER',
  tools: ['search_documents'],
  maxSteps: 4,
  agents: [EDITOR],
};
const LEAD: Partial<AgentSpec> = { instructions: 'LEAD', tools: [], agents: [WRITER] };

type Scripts = Parameters<typeof speakingModel>[0];

type Options = Partial<Parameters<typeof agentContext>[0]>;

async function run(scripts: Scripts, options: Options = {}, models: string[] = [], model = speakingModel(scripts)) {
  const context = agentContext({ docs: folder.path, spec: LEAD, ...options });
  const handler = createAgentHandler({
    library: new DocumentLibrary(),
    env: {},
    openSandbox: fakeSandboxes(),
    models: (name) => {
      if (name !== undefined) models.push(name);
      return model;
    },
  });
  return { output: await handler({}, context), asked: model.asked, context };
}

const DELEGATING: Scripts = {
  LEAD: [calls(['writer', { task: 'Write about leases.' }]), 'Done by the writer.'],
  WRITER: [
    calls(['search_documents', { query: 'lease' }]),
    calls(['editor', { task: 'Edit this.' }]),
    'Leases, edited.',
  ],
  EDITOR: ['Edited.'],
};

describe('an agent that asks agents', () => {
  it('offers them as tools with their descriptions, and hears their answers as data', async () => {
    const { output, asked } = await run(DELEGATING);
    expect(output).toBe('Done by the writer.');
    expect(asked[0]?.tools).toMatchObject([{ name: 'writer', description: 'An agent. Writes texts.' }]);
    expect(observations(asked.at(-1))).toEqual([
      '<tool_result name="writer">\n{"answer":"Leases, edited."}\n</tool_result>',
    ]);
  });

  it('A1: keeps their calls in name spaces of the same session', async () => {
    const { context } = await run(DELEGATING);
    const scopes = context.session.calls.map(({ tool, args }) => [tool, (args as { agent?: string }).agent ?? '']);
    expect(scopes).toEqual([
      ['model:test/speaking', ''],
      ['model:test/speaking', expect.stringMatching(/^writer:[0-9a-f]{16}$/)],
      ['tool:search_documents', expect.stringMatching(/^writer:[0-9a-f]{16}$/)],
      ['model:test/speaking', expect.stringMatching(/^writer:/)],
      ['model:test/speaking', expect.stringMatching(/^writer:[0-9a-f]{16}\/editor:[0-9a-f]{16}$/)],
      ['model:test/speaking', expect.stringMatching(/^writer:[0-9a-f]{16}$/)],
      ['model:test/speaking', ''],
    ]);
  });

  it('adds up what they use, over all levels, read back or not', async () => {
    const { context } = await run(DELEGATING);
    const finished = { inputTokens: 60, outputTokens: 12, costUsd: 3, steps: 2 };
    expect(context.log.lines.at(-1)?.fields).toMatchObject(finished);
    const again = await run({}, { session: new FakeSession(context.session.store) });
    expect(again.context.log.lines.at(-1)?.fields).toMatchObject(finished);
  });

  it('A2: asks the same thing once, in one step and in two', async () => {
    const ask = ['writer', { task: 'Write about leases.' }] as const;
    const scripts = { ...DELEGATING, LEAD: [calls(ask, ask), calls(ask), 'Done.'] };
    const { asked, context } = await run(scripts);
    expect(asked).toHaveLength(7);
    expect(observations(asked.at(-1))).toHaveLength(3);
    expect(new Set(observations(asked.at(-1))).size).toBe(1);
    expect(context.log.lines.at(-1)?.fields).toMatchObject({ inputTokens: 70 });
  });

  it('A2: one that a limit of the code has stopped goes on where it was when it is asked again, and counts once', async () => {
    const js = (code: string): string => `\`\`\`js\n${code}\n\`\`\``;
    const speaking = speakingModel({
      LEAD: [
        js('const wait = editor({ task: "Wait for it." }); writer({ task: "Write." }); await wait; await exhaust();'),
        js('return await writer({ task: "Write." })'),
        'Done.',
      ],
      WRITER: [calls(['search_documents', { query: 'lease' }]), 'Leases.'],
      EDITOR: ['It is in the middle.'],
    });
    let reach = (): void => undefined;
    let reached: Promise<void> | undefined = new Promise((resolve) => (reach = resolve));
    const model: typeof speaking = {
      ...speaking,
      async chat(request, options) {
        const writing = observations(request).length > 0;
        if (!writing) await (lastWords(request).startsWith('Wait') ? reached : undefined);
        if (!writing || !reached) return speaking.chat(request, options);
        reach();
        reached = undefined;
        return new Promise((_resolve, reject) => {
          options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
        });
      },
    };
    const budget = new TaskBudget();
    const spec: Partial<AgentSpec> = { ...LEAD, kind: 'code', agents: [WRITER, EDITOR] };
    const { asked, output, context } = await run({}, { spec, budget }, [], model);
    expect(output).toBe('Done.');
    expect(lastWords(asked.at(-1))).toContain('"answer":"Leases."');
    // 3 of the lead, 2 of the writer, 1 of the editor
    expect(budget.usage).toMatchObject([{ calls: 6 }]);
    expect(context.log.lines.at(-1)?.fields).toMatchObject({ inputTokens: 60 });
  });

  it('hears that an answer is a best effort', async () => {
    const search = calls(['search_documents', { query: 'a' }]);
    const scripts = { ...DELEGATING, WRITER: [search, search, search, search, 'as far as I got'] };
    const { asked } = await run(scripts);
    expect(observations(asked.at(-1))[0]).toContain('{"answer":"as far as I got","state":"max_steps"}');
  });

  it('T2: hears that an agent gave no answer that is accepted; what that cost is counted', async () => {
    const scripts = { LEAD: DELEGATING['LEAD']!, WRITER: ['', '', ''] };
    const { asked, output, context } = await run(scripts);
    expect(output).toBe('Done by the writer.');
    expect(observations(asked.at(-1))[0]).toMatch(/^<tool_error>\nthe agent writer gave no answer: OUTPUT_INVALID/);
    expect(context.log.lines.at(-1)?.fields).toMatchObject({ inputTokens: 50 });
  });

  it('T3: fails the attempt when the model of an agent fails', async () => {
    class Limited extends FakeSession {
      override call: FakeSession['call'] = (tool, args, execute, options) =>
        JSON.stringify(args).includes('writer')
          ? Promise.reject(nexumError('MODEL_FAILED', 'the provider is down'))
          : super.call(tool, args, execute, options);
    }
    await expect(run(DELEGATING, { session: new Limited() })).rejects.toMatchObject({ code: 'MODEL_FAILED' });
  });

  it('T2: refuses a task that is none', async () => {
    const scripts = { LEAD: [calls(['writer', { task: '' }], ['writer', { text: 'x' }]), 'Done.'] };
    const { asked, context } = await run(scripts);
    expect(observations(asked[1]).every((text) => text.startsWith('<tool_error>\ninvalid arguments'))).toBe(true);
    expect(context.session.calls).toHaveLength(2);
  });

  it('gives each of them its own model, or that of the agent that asks', async () => {
    const models: string[] = [];
    const spec = { ...LEAD, model: 'm/lead', agents: [{ ...WRITER, agents: [{ ...EDITOR, model: 'm/editor' }] }] };
    await run(DELEGATING, { spec }, models);
    expect(models).toEqual(['m/lead', 'm/editor']);
  });
});
