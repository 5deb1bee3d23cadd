import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { readAnswer } from '../../../src/agents/final-answer.js';
import type { AnswerCheck, JsonObject } from '../../../src/core/ir.js';
import { NonRetryableError } from '../../../src/errors.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import {
  agentContext,
  calls,
  docsFolder,
  lastWords,
  observations,
  scriptedModel,
  type Folder,
} from './agent-fixture.js';
import { FakeSession } from './fake-session.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

type Options = Partial<Parameters<typeof agentContext>[0]>;

async function run(script: Parameters<typeof scriptedModel>[0], options: Options = {}) {
  const model = scriptedModel(script);
  const context = agentContext({ docs: folder.path, ...options });
  const handler = createAgentHandler({ library: new DocumentLibrary(), env: {}, models: () => model });
  return { output: await handler({}, context), asked: model.asked, context };
}

const checked = (...finalAnswerChecks: AnswerCheck[]): Options => ({ spec: { finalAnswerChecks } });
const SCHEMA: JsonObject = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };

describe('a check of the final answer', () => {
  it.each<[string, AnswerCheck, wrong: string, problem: RegExp, right: string]>([
    ['min_length', { minLength: 10 }, ' too short ', /it has 9 characters, but must have at least 10/, 'long enough.'],
    ['regex', { regex: '^\\d+ leases?$' }, 'leases', /no match of the pattern \^\\d\+ leases\?\$/, '1 lease'],
    [
      'citations_exist',
      { citationsExist: true },
      'They say "leases are forever" [leases.md:3].',
      /the quotation "leases are forever" \[leases\.md:3\]: the text does not stand verbatim in the file/,
      '"The lease expires after thirty seconds" [leases.md:3-4]',
    ],
    [
      'citations_exist',
      { citationsExist: true },
      'Trust me.',
      /it quotes no document/,
      '"Boil the water" [cooking.md:3]',
    ],
  ])(
    '%s: tells the model what is wrong, and takes the answer that is right',
    async (_name, check, wrong, problem, right) => {
      const { output, asked } = await run([wrong, right], checked(check));
      expect(output).toBe(right);
      expect(lastWords(asked[1])).toMatch(/^Your final answer is not accepted:\n- /);
      expect(lastWords(asked[1])).toMatch(problem);
    },
  );

  it('tells the model beforehand', async () => {
    const { asked } = await run(['1 lease.....'], checked({ minLength: 10 }, { regex: 'lease' }));
    const [system] = asked[0]?.messages ?? [];
    expect(system?.content).toMatch(
      /requirements:\n- it has at least 10 characters\n- its text has a match of .* lease$/,
    );
  });

  it('json_schema: the output is that JSON, and the model is sent the schema', async () => {
    const { output, asked } = await run(['{"n":"x"}', '{"n":1}'], checked({ jsonSchema: SCHEMA }));
    expect(output).toEqual({ n: 1 });
    expect(asked[0]?.answerSchema).toEqual(SCHEMA);
    expect(lastWords(asked[1])).toMatch(/\/n must be integer/);
  });

  it('several: all problems are told at once', async () => {
    const { asked } = await run(['no', 'a lease is held'], checked({ minLength: 5 }, { regex: 'lease' }));
    expect(lastWords(asked[1]).match(/^- /gm)).toHaveLength(2);
  });

  it('lets the model look things up before it answers again, while steps are left', async () => {
    const script = ['no', calls(['search_documents', { query: 'lease' }]), 'a lease is held'];
    const { output, asked } = await run(script, checked({ regex: 'lease' }));
    expect(output).toBe('a lease is held');
    expect(asked.map(({ tools }) => tools.length)).toEqual([2, 2, 2]);
  });

  it('L1: after two repairs the node fails for good, with the code of what is wrong', async () => {
    const failing = run(['a', 'b', 'c', 'never asked'], checked({ minLength: 5 }));
    await expect(failing).rejects.toBeInstanceOf(NonRetryableError);
    await expect(failing).rejects.toThrow(/^OUTPUT_INVALID: .* after 2 repairs: it has 1 characters/);
    const uncited = run(['a', 'b', 'c', 'never asked'], checked({ citationsExist: true }));
    await expect(uncited).rejects.toThrow(/^CITATIONS_UNVERIFIED: /);
  });

  it('L1: repairs go past max_steps, without tools', async () => {
    const options = { spec: { maxSteps: 1, finalAnswerChecks: [{ minLength: 5 }] } };
    const { output, asked } = await run(['a', 'b', 'long enough'], options);
    expect(output).toBe('long enough');
    expect(asked.map(({ tools }) => tools.length)).toEqual([2, 0, 0]);
  });

  it('says that the steps are used up when a repair used them', async () => {
    const search = calls(['search_documents', { query: 'lease' }]);
    const options = { spec: { maxSteps: 2, finalAnswerChecks: [{ minLength: 5 }] } };
    const { asked, context } = await run(['a', search, 'long enough'], options);
    expect(lastWords(asked[2])).toMatch(/^All 2 steps are used/);
    expect(context.log.lines.at(-1)?.fields).toMatchObject({ state: 'max_steps' });
  });

  it('citations_exist is judged once: a document that changes later does not change the verdict of a replay', async () => {
    const changing = docsFolder({ 'a.md': 'The lease expires after a minute.\n' });
    const answer = '"The lease expires after a minute" [a.md:1]';
    const session = new FakeSession();
    await run([answer], { ...checked({ citationsExist: true }), docs: changing.path, session });
    changing.remove();
    const again = await run([], {
      ...checked({ citationsExist: true }),
      docs: changing.path,
      session: new FakeSession(session.store),
    });
    expect(again.output).toBe(answer);
  });

  it('citations_exist takes an answer that admits that there is no evidence, and no other without quotations', async () => {
    const findings = (status: string) => JSON.stringify({ status, answer: 'none', quotations: [], uncovered: ['x'] });
    const { asked } = await run(
      [findings('answered'), findings('insufficient_evidence')],
      checked({ citationsExist: true }),
    );
    expect(asked).toHaveLength(2);
  });
});

describe('the tool final_answer', () => {
  const spec = { tools: ['search_documents', 'final_answer'] };

  it('ends the work with its argument', async () => {
    const { output, asked } = await run([calls(['final_answer', { answer: 'Leases expire.' }])], { spec });
    expect(output).toBe('Leases expire.');
    expect(asked[0]?.tools.map(({ name }) => name)).toEqual(['search_documents', 'final_answer']);
    expect(asked[0]?.messages[0]?.content).toMatch(/when you know enough, call final_answer alone/);
  });

  it('takes JSON by the schema of the output, and answers a wrong one in its place among the calls', async () => {
    const script = [
      calls(['final_answer', { answer: { n: 'x' } }], ['search_documents', { query: 'lease' }]),
      calls(['final_answer', { answer: { n: 1 } }]),
    ];
    const { output, asked, context } = await run(script, { spec, outputSchema: SCHEMA });
    expect(output).toEqual({ n: 1 });
    const [refused, found] = observations(asked[1]);
    expect(refused).toMatch(/^<tool_error>\nYour final answer is not accepted:\n- \/n must be integer/);
    expect(found).toMatch(/^<tool_result name="search_documents">/);
    expect(context.session.calls.map(({ tool }) => tool)).not.toContain('tool:final_answer');
  });

  it('is not offered to agents that do not list it; who calls it all the same means it', async () => {
    const { output, asked } = await run([calls(['final_answer', { answer: 'x' }])]);
    expect(output).toBe('x');
    expect(asked[0]?.tools.map(({ name }) => name)).toEqual(['search_documents', 'read_document']);
  });

  it('stays text when it is malformed findings even after two repairs', async () => {
    const malformed = { answer: 'a', quotations: [{ text: 'no place' }] };
    const script = Array.from({ length: 3 }, () => calls(['final_answer', { answer: malformed }]));
    expect((await run(script, { spec })).output).toBe(JSON.stringify(malformed));
  });

  it('refuses arguments of any size and shape without an end', async () => {
    const huge = calls(['final_answer', `{"answer":"${'x'.repeat(70_000)}"}`]);
    const { output, asked } = await run([huge, calls(['final_answer', '{"answer":']), 'text'], { spec });
    expect(output).toBe('text');
    expect(observations(asked[1])[0]).toMatch(/invalid arguments: longer than 65536 bytes/);
    expect(observations(asked[2])[1]).toMatch(/invalid arguments: not JSON/);
  });
});

describe('a final answer as text', () => {
  it('is read in a time that grows with its length', () => {
    const text = `\`\`\`json${'\n'.repeat(100_000)}x`;
    const started = performance.now();
    expect(readAnswer(text, undefined)).toEqual({ value: text, problems: [] });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(readAnswer(`\`\`\`json${'\n'.repeat(100_000)}1\n\`\`\``, SCHEMA).value).toBe(1);
  });
});

describe('answerSchema', () => {
  it('goes along with every request that an answer may follow', async () => {
    const { asked } = await run([calls(['search_documents', { query: 'a' }]), '{"n":1}'], { outputSchema: SCHEMA });
    expect(asked.map((request) => request.answerSchema)).toEqual([SCHEMA, SCHEMA]);
  });
});
