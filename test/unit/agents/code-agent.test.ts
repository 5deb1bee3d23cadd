import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentHandler } from '../../../src/agents/agent-handler.js';
import { codeIn } from '../../../src/agents/code-block.js';
import { MAX_CALLS_PER_CODE } from '../../../src/agents/code-acting.js';
import { codeFunctions } from '../../../src/agents/code-functions.js';
import type { AgentSpec, JsonObject } from '../../../src/core/ir.js';
import { nexumError, RetryableError } from '../../../src/errors.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import {
  agentContext,
  calls,
  docsFolder,
  lastWords,
  speakingModel,
  type Folder,
  type Scripted,
} from './agent-fixture.js';
import { fakeSandboxes, type Opened } from './fake-sandbox.js';
import { FakeSession, type Store } from './fake-session.js';

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
});
afterAll(() => folder.remove());

const js = (code: string): string => `I look.\n\`\`\`js\n${code}\n\`\`\`\n`;

interface Options extends Partial<Parameters<typeof agentContext>[0]> {
  readonly library?: DocumentLibrary;
  readonly opened?: Opened[];
}

async function run(script: readonly Scripted[], { library = new DocumentLibrary(), opened, ...options }: Options = {}) {
  const model = speakingModel({ '': script });
  const spec: Partial<AgentSpec> = { kind: 'code', ...options.spec };
  const context = agentContext({ docs: folder.path, ...options, spec });
  const openSandbox = fakeSandboxes(opened);
  const handler = createAgentHandler({ library, env: {}, models: () => model, openSandbox });
  return { output: await handler({}, context), asked: model.asked, context };
}

/** What the model heard of its code. */
function heard(words: string): JsonObject {
  return JSON.parse(words.split('\n')[1] ?? '') as JsonObject;
}

describe('an agent that writes code', () => {
  it('calls tools as functions, hears what was printed and returned, and ends with final_answer', async () => {
    const { output, asked, context } = await run([
      js(
        'globalThis.hits = (await search_documents({ query: "lease" })).hits; print(hits.length); return hits[0].path;',
      ),
      js('await final_answer(`first: ${hits[0].path}`); print("never");'),
    ]);
    expect(output).toBe('first: leases.md');
    expect(asked.map(({ tools }) => tools)).toEqual([[], []]);
    expect(heard(lastWords(asked[1]))).toEqual({
      output: expect.stringMatching(/^\d+$/) as string,
      value: 'leases.md',
    });
    expect(context.session.calls.map(({ tool }) => tool)).toEqual([
      'model:test/speaking',
      'agent:clock',
      'tool:search_documents',
      'model:test/speaking',
      'agent:final_answer',
    ]);
  });

  it('is told its functions and the rules', async () => {
    const { asked } = await run(['done'], { spec: { maxSteps: 5 } });
    const [system] = asked[0]?.messages ?? [];
    expect(system?.content).toMatch(/You have 5 steps[\s\S]*- search_documents\(object\): [\s\S]*never an instruction/);
  });

  it('answers without code, too', async () => {
    expect((await run(['Plain text.'])).output).toBe('Plain text.');
  });

  it('hears an error of its code with what was printed before, and goes on with its variables', async () => {
    const { asked, output } = await run([
      js('globalThis.x = 1; print("so far"); nothing();'),
      js('await final_answer(x + 1)'),
    ]);
    expect(heard(lastWords(asked[1]))).toEqual({ output: 'so far', error: expect.stringMatching(/nothing/) as string });
    expect(output).toBe(2);
  });

  it('hears that its variables are lost after a limit', async () => {
    const opened: Opened[] = [];
    const { asked, output } = await run([js('await exhaust()'), js('return typeof x'), 'done'], { opened });
    expect(heard(lastWords(asked[1]))['error']).toMatch(/too much memory; .* had declared is gone$/);
    expect(output).toBe('done');
    expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it.each<[string, string, RegExp]>([
    ['arguments that break the schema', 'await read_document({ path: 1 })', /invalid arguments: \/path must be string/],
    ['several arguments', 'await read_document("a", 1)', /invalid arguments: pass one object/],
    ['no object', 'await read_document("a")', /invalid arguments: not a JSON object/],
    ['arguments that are too long', 'await read_document({ path: "x".repeat(70000) })', /longer than 65536 bytes/],
    ['a document that does not exist', 'await read_document({ path: "absent.md" })', /has no document/],
    ['a function that does not exist', 'await launch_rocket()', /launch_rocket/],
  ])('T2: is thrown %s, which its code may catch', async (_what, code, problem) => {
    const { asked } = await run([js(`try { ${code} } catch (error) { print(error.message) }`), 'done']);
    expect(heard(lastWords(asked[1]))['output']).toMatch(problem);
  });

  it('is stopped after so many calls of one step', async () => {
    const loop = 'for (let n = 0; ; n += 1) await search_documents({ query: `q${n}` });';
    const { asked, context } = await run([js(loop), 'done']);
    expect(heard(lastWords(asked[1]))['error']).toMatch(/not executed: at most 64 calls in one step/);
    expect(context.session.calls.filter(({ tool }) => tool.startsWith('tool:'))).toHaveLength(MAX_CALLS_PER_CODE);
  });

  it.each<[string, Error]>([
    ['RetryableError', new RetryableError('the disk is away')],
    ['error of the session', nexumError('STALE_LEASE', 'another attempt owns the task')],
  ])('K3: a %s fails the attempt, although the code catches everything', async (_what, error) => {
    class Broken extends FakeSession {
      override call: FakeSession['call'] = (tool, ...rest) =>
        tool.startsWith('tool:') ? Promise.reject(error) : super.call(tool, ...rest);
    }
    const opened: Opened[] = [];
    const code = 'for (;;) try { await search_documents({ query: "a" }); } catch { }';
    await expect(run([js(code), 'done'], { session: new Broken(), opened })).rejects.toBe(error);
    expect(opened.map(({ closed }) => closed)).toEqual([true]);
  });

  it('K3: hears of a limit that ended a call, which fails nothing', async () => {
    class Slow extends DocumentLibrary {
      override search(...[, , , { signal } = {}]: Parameters<DocumentLibrary['search']>): Promise<never> {
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        });
      }
    }
    const script = [js('search_documents({ query: "a" }); print("so far"); await exhaust();'), 'done'];
    const { asked, output } = await run(script, { library: new Slow() });
    expect(heard(lastWords(asked[1]))).toEqual({
      output: 'so far',
      error: expect.stringMatching(/too much memory/) as string,
    });
    expect(output).toBe('done');
  });

  it('K4: waits for a call that its code forgot to await, and takes its failure seriously', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    class Late extends DocumentLibrary {
      override async search(): Promise<never> {
        await gate;
        throw new RetryableError('late');
      }
    }
    const failing = run([js('search_documents({ query: "a" }).catch(() => 0); return 1;'), 'done'], {
      library: new Late(),
    });
    open();
    await expect(failing).rejects.toThrow('late');
  });

  it('sends back an answer that is not accepted, and code may mend it', async () => {
    const outputSchema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const script = [js('await final_answer({ n: "x" })'), js('await final_answer({ n: 1 })')];
    const { output, asked } = await run(script, { outputSchema });
    expect(output).toEqual({ n: 1 });
    expect(lastWords(asked[1])).toMatch(/not accepted:\n- \/n must be integer\nCorrect it/);
    // A provider that is told the schema would let the model write nothing else.
    expect(asked.map((request) => request.answerSchema)).toEqual([undefined, undefined]);
  });

  it.each<[string, (other: Folder) => Options]>([
    ['prompt', () => ({ prompt: 'Another question?' })],
    ['folder', (other) => ({ docs: other.path })],
    ['request', () => ({ spec: { instructions: 'Otherwise.', onDivergence: 'truncate' } })],
  ])('has an answer of its own for another %s in the same session', async (_what, options) => {
    const other = docsFolder();
    const store: Store = new Map();
    await run([js('await final_answer("one")')], { session: new FakeSession(store) });
    const script = [js('await final_answer("two")')];
    const second = await run(script, { session: new FakeSession(store), ...options(other) });
    expect(second.output).toBe('two');
    // A replay reads it back.
    const again = await run([], { session: new FakeSession(store), ...options(other) });
    expect(again.output).toBe('two');
    expect(again.context.session.stats.executed).toBe(0);
    other.remove();
  });

  it('hears that calls beside its code were not made', async () => {
    const reply = { text: js('return 1'), calls: calls(['search_documents', { query: 'a' }]) };
    const { asked } = await run([reply, 'done']);
    expect(asked[1]?.messages.slice(-3)).toMatchObject([
      { role: 'assistant' },
      { role: 'tool', callId: 'c0', content: expect.stringMatching(/not executed/) as string },
      { role: 'user', purpose: 'observation' },
    ]);
  });

  it('K2: gets the clock and the seed of its session, the same ones after a crash', async () => {
    const opened: Opened[] = [];
    const script = [js('await search_documents({ query: "lease" }); return [seed, nowMs]'), 'done'];
    const store: Store = new Map();
    await expect(run(script, { opened, session: new FakeSession(store, 3) })).rejects.toThrow('killed');
    await run(script, { opened, session: new FakeSession(store) });
    const [first, second] = opened;
    expect(second).toEqual(first);
    expect(first?.seed).toMatch(/^[0-9a-f]{64}$/);
  });

  it('M3: what its code hears is no part of the comparison of a replay', async () => {
    const script = [js('return (await search_documents({ query: "lease" })).hits.length'), 'done'];
    const store: Store = new Map();
    await run(script, { session: new FakeSession(store) });
    for (const [key, value] of store) if (JSON.stringify(value).startsWith('{"hits"')) store.set(key, { hits: [] });
    expect((await run([], { session: new FakeSession(store) })).output).toBe('done');
  });
});

describe('the code in a reply', () => {
  it.each<[string, string, string | undefined]>([
    ['none', 'Just text.', undefined],
    ['another language', '```json\n{}\n```', undefined],
    ['one block', 'a\n```js\nx()\n```\nb', 'x()'],
    ['the long name', '```javascript\nx()\n```', 'x()'],
    ['two blocks', '```js\na()\n```\nthen\n```js\nb()\n```', 'a()\nb()'],
    ['a block inside a list', '- so:\n  ```js\n  x()\n  ```', '  x()'],
    ['a template with back quotes', '````js\nconst s = `\n```\n`;\n````', 'const s = `\n```\n`;'],
    ['a block that is not closed', '```js\nx()', 'x()'],
    ['Windows lines', '```js\r\nx()\r\n```\r\n', 'x()'],
  ])('%s', (_what, text, code) => {
    expect(codeIn(text)).toBe(code);
  });
});

describe('the functions of code', () => {
  const named = (...names: string[]) =>
    codeFunctions(
      names.map((name) => ({ name, description: '', parameters: {} })),
      'n',
    );

  it('have names that JavaScript can read', () => {
    const names = named('search_documents', 'fs/read-file', '2nd', 'delete', 'print').map(({ name }) => name);
    expect(names).toEqual(['search_documents', 'fs_read_file', '_2nd', 'delete_', 'print_']);
  });

  it('must differ', () => {
    expect(() => named('a-b', 'a_b')).toThrow(/its tools a-b and a_b would both be a_b/);
  });
});
