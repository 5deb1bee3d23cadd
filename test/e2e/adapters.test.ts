/**
 * Every adapter with the real package of its framework and a scripted model, on a real embedded server: two runs in one
 * session execute a tool once, a failing tool stores nothing, and what a call says of itself reaches the session.
 * Mastra's current versions need Node 22; its tools have the documented shapes of 1.x and 0.x here.
 */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AIMessage } from '@langchain/core/messages';
import { DynamicStructuredTool, tool as langchainTool } from '@langchain/core/tools';
import { interrupt, Command, MemorySaver, StateGraph, MessagesAnnotation } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { Agent, run, setTracingDisabled, tool as agentsTool } from '@openai/agents';
import { generateText, stepCountIs, tool as aiTool } from 'ai';
import { zodFunction, zodResponsesFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { openSession, type ProgramSession } from '#dist/index.js';
import { currentCall, durableTools } from '#dist/durable/adapters/ai-sdk.js';
import { durable as durableLangchain } from '#dist/durable/adapters/langchain.js';
import { durable as durableMastra } from '#dist/durable/adapters/mastra.js';
import { durableMcp, IDEMPOTENCY_META } from '#dist/durable/adapters/mcp.js';
import { answerFunctionCalls, answerToolCalls, durableTools as durableOpenAI } from '#dist/durable/adapters/openai.js';
import { durable as durableAgents } from '#dist/durable/adapters/openai-agents.js';
import { scriptedModel as aiModel } from '../../examples/scripted/ai-sdk.js';
import { model as langchainModel } from '../../examples/scripted/langchain.js';
import { scriptedOpenAI } from '../../examples/scripted/openai.js';
import { model as agentsModel } from '../../examples/scripted/openai-agents.js';
import { temporaryFolder } from '../support/processes.js';

setTracingDisabled(true);
const folder = temporaryFolder();
const parameters = z.object({ city: z.string() });
/** Keeps the server of the folder open between the tests. */
let keeper: ProgramSession | undefined;
let session: ProgramSession;
let calls: string[] = [];
let count = 0;

beforeEach(async () => {
  keeper ??= await openSession({ id: 'keeper', dataDir: folder.path });
  count += 1;
  calls = [];
  session = await openSession({ id: `s${count}`, dataDir: folder.path });
});
afterEach(() => session.close());
afterAll(async () => {
  await keeper?.close();
  folder.remove();
});

const execute = ({ city }: { city: string }): { celsius: number } => {
  calls.push(city);
  return { celsius: city.length };
};
const fail = ({ city }: { city: string }): never => {
  calls.push(city);
  throw new Error('no thermometer');
};
const failInWords = ({ city }: { city: string }): string => {
  calls.push(city);
  return 'Error: no thermometer';
};
const NAMED = { name: 'weather', description: 'The temperature in a city' };
const nothingStored = async (): Promise<void> => {
  expect((await session.list()).filter(({ status }) => status === 'COMPLETED')).toEqual([]);
};

/** Runs the scripted conversation of a framework with this tool body: the weather in Oslo, then in Lima, then an answer. */
type Conversation = (body: (args: { city: string }) => unknown) => Promise<unknown>;

const CONVERSATIONS: Readonly<Record<string, Conversation>> = {
  'ai-sdk': async (body) => {
    const weather = aiTool({ description: NAMED.description, inputSchema: parameters, execute: body });
    const tools = durableTools({ weather }, session);
    const { text } = await generateText({ model: aiModel(), tools, prompt: 'x', stopWhen: stepCountIs(5) });
    return text;
  },
  'openai-agents': async (body) => {
    const weather = agentsTool(durableAgents(session, { ...NAMED, parameters, execute: body }));
    return (await run(new Agent({ name: 'a', model: agentsModel, tools: [weather] }), 'x')).finalOutput;
  },
  langchain: async (body) => {
    const weather = durableLangchain(session, langchainTool(body, { ...NAMED, schema: parameters }));
    const agent = new StateGraph(MessagesAnnotation)
      .addNode('model', async ({ messages }) => ({ messages: [await langchainModel.invoke(messages)] }))
      .addNode('tools', new ToolNode([weather]))
      .addEdge('__start__', 'model')
      .addConditionalEdges('model', toolsCondition)
      .addEdge('tools', 'model')
      .compile();
    return (await agent.invoke({ messages: [{ role: 'user', content: 'x' }] })).messages.at(-1)?.text;
  },
  'openai runTools': async (body) => {
    const { openai, stop } = await scriptedOpenAI();
    const tools = durableOpenAI([zodFunction({ ...NAMED, parameters, function: body })], session);
    const messages = [{ role: 'user' as const, content: 'Which is warmer?' }];
    return openai.chat.completions.runTools({ model: 'm', tools, messages }).finalContent().finally(stop);
  },
  mcp: async (body) => {
    const client = durableMcp(await mcpClient(body), session);
    for (const city of ['Oslo', 'Lima']) await client.callTool({ name: 'weather', arguments: { city } });
    await client.close();
    return 'Lima is warmer.';
  },
};

async function mcpClient(body: (args: { city: string }, meta?: object) => unknown): Promise<Client> {
  const server = new McpServer({ name: 'weather station', version: '1' });
  server.registerTool('weather', { inputSchema: parameters }, async (args, context) => ({
    content: [{ type: 'text', text: JSON.stringify((await body(args, context.mcpReq._meta)) ?? null) }],
  }));
  const [transport, other] = InMemoryTransport.createLinkedPair();
  await server.connect(other);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return client;
}

describe.each(Object.entries(CONVERSATIONS))('%s', (_name, converse) => {
  it('executes a tool once in two runs of one session', async () => {
    expect(await converse(execute)).toBe('Lima is warmer.');
    expect(await converse(execute)).toBe('Lima is warmer.');
    expect(calls).toEqual(['Oslo', 'Lima']);
    expect(session.stats).toEqual({ executed: 2, replayed: 2 });
  });

  it('F1: stores nothing of a tool that throws, and executes it when it is asked for again', async () => {
    await converse(fail).catch(() => undefined);
    await nothingStored();
    calls = [];
    expect(await converse(execute)).toBe('Lima is warmer.');
    expect(calls).toEqual(['Oslo', 'Lima']);
  });
});

describe.each(Object.entries(CONVERSATIONS).filter(([name]) => name !== 'mcp'))('%s', (_name, converse) => {
  it('F1: stores no error that a tool returns as text, and shows the text to the model', async () => {
    expect(await converse(failInWords)).toBe('Lima is warmer.');
    await nothingStored();
    expect(calls).toEqual(['Oslo', 'Lima']);
  });
});

describe('the options of a tool', () => {
  const call = { toolCallId: '1', messages: [] };

  it('are those of durable calls: retry, version, repeat, key', async () => {
    let failures = 1;
    const flaky = ({ city }: { city: string }): string => {
      calls.push(city);
      return (failures -= 1) >= 0 ? 'Error: busy' : `${city} 4`;
    };
    const weather = aiTool({ inputSchema: parameters, execute: flaky });
    const retry = { maxAttempts: 3, initialIntervalMs: 1 };
    const key = ({ city }: { city: string }): string => city.toLowerCase();
    const ask = async (city: string, options: object): Promise<unknown> =>
      durableTools({ weather }, session, { weather: { key, ...options } }).weather.execute?.({ city }, call);

    expect(await ask('Oslo', { retry })).toBe('Oslo 4');
    expect(await ask('OSLO', { retry })).toBe('Oslo 4');
    expect(calls).toEqual(['Oslo', 'Oslo']);
    expect(await ask('Oslo', { version: '2' })).toBe('Oslo 4');
    expect(await ask('Oslo', { repeat: 'never' })).toBe('Oslo 4');
    expect(calls).toHaveLength(4);
  });

  it('hand the idempotency key of the call to the code of the tool', async () => {
    const keys: unknown[] = [];
    const weather = aiTool({ inputSchema: parameters, execute: () => keys.push(currentCall()?.idempotencyKey) });
    await durableTools({ weather }, session).weather.execute?.({ city: 'Oslo' }, call);
    expect(keys).toEqual([(await session.list())[0]?.key]);
    expect(currentCall()).toBeUndefined();
  });

  it('take dates as arguments, and refuse what JSON would drop', async () => {
    const anything = aiTool({ inputSchema: z.object({ at: z.unknown() }), execute: () => (calls.push('ran'), 1) });
    const { tool } = durableTools({ tool: anything }, session);
    await tool.execute?.({ at: new Date(0) }, call);
    await tool.execute?.({ at: new Date(1) }, call);
    expect(calls).toHaveLength(2);
    const refused = { code: 'INVALID_REQUEST', message: expect.stringContaining('an instance of Map') as string };
    await expect(tool.execute?.({ at: new Map() }, call)).rejects.toMatchObject(refused);
  });
});

describe('an abort of the framework', () => {
  it('reaches the tool, ends the call at once and stores nothing', async () => {
    const stop = new AbortController();
    const deaf = aiTool({
      inputSchema: parameters,
      execute: (_, { abortSignal }) => {
        stop.abort(new Error('enough'));
        calls.push(String(abortSignal?.aborted));
        return new Promise<string>(() => undefined);
      },
    });
    const { weather } = durableTools({ weather: deaf }, session, { weather: { retry: { maxAttempts: 3 } } });
    const options = { toolCallId: '1', messages: [], abortSignal: stop.signal };
    await expect(weather.execute?.({ city: 'Oslo' }, options)).rejects.toThrow('enough');
    await expect(weather.execute?.({ city: 'Oslo' }, options)).rejects.toThrow('enough');
    expect(calls).toEqual(['true']);
    await nothingStored();
  });
});

describe('ai-sdk', () => {
  it('stores the last output of a streaming tool, and leaves tools without execute alone', async () => {
    async function* stream(): AsyncGenerator<string> {
      calls.push('stream');
      for (const part of ['a', 'ab', 'abc']) yield await Promise.resolve(part);
    }
    const shown = aiTool({ inputSchema: parameters });
    const tools = durableTools({ stream: aiTool({ inputSchema: parameters, execute: stream }), shown }, session);
    const ask = (): unknown => tools.stream.execute?.({ city: 'Oslo' }, { toolCallId: '1', messages: [] });
    expect(await ask()).toBe('abc');
    expect(await ask()).toBe('abc');
    expect(calls).toEqual(['stream']);
    expect(tools.shown).toBe(shown);
  });
});

describe('openai-agents', () => {
  it('stores no output that does not fit the output schema', async () => {
    const outputSchema = z.object({ celsius: z.number() });
    const body = (): { celsius: number } => ({ celsius: 'cold' }) as never;
    const options = { ...NAMED, parameters, outputSchema, execute: body };
    const weather = agentsTool(durableAgents(session, options));
    await expect(weather.invoke({} as never, '{"city":"Oslo"}')).rejects.toThrow('celsius');
    await nothingStored();
  });
});

describe('langchain', () => {
  it('keys on validated arguments, and keeps class, artifact and the events of generators', async () => {
    const schema = z.object({ city: z.string().trim(), unit: z.string().default('C') });
    const body = async function* ({ city }: { city: string }): AsyncGenerator<string, [string, { city: string }]> {
      yield await Promise.resolve('half');
      calls.push(city);
      return [`${city} 4`, { city }];
    };
    const plain = langchainTool(body, { ...NAMED, schema, responseFormat: 'content_and_artifact' });
    const weather = durableLangchain(session, plain);
    expect(weather).toBeInstanceOf(DynamicStructuredTool);
    const events: unknown[] = [];
    const ask = (args: object): Promise<unknown> =>
      weather.invoke({ type: 'tool_call', id: '1', name: 'weather', args } as never, {
        callbacks: [{ handleToolEvent: (event: unknown) => void events.push(event) }],
      });
    const message = { content: 'Oslo 4', artifact: { city: 'Oslo' }, tool_call_id: '1' };
    expect(await ask({ city: 'Oslo' })).toMatchObject(message);
    expect(await ask({ unit: 'C', city: ' Oslo ' })).toMatchObject(message);
    expect(calls).toEqual(['Oslo']);
    expect(events).toEqual(['half']);
  });

  it('stores a list whose first text begins like an error: it is no answer in two parts', async () => {
    const lines = (): string[] => {
      calls.push('lines');
      return ['Error: the first line of a log', 'the second'];
    };
    const read = durableLangchain(session, langchainTool(lines, { ...NAMED, schema: parameters }));
    for (let turn = 0; turn < 2; turn += 1) await read.invoke({ city: 'Oslo' } as never);
    expect(calls).toEqual(['lines']);
  });

  it('F2: an interrupt of LangGraph is neither stored nor retried; the tool ends when the graph is resumed', async () => {
    const body = ({ city }: { city: string }): string => {
      calls.push(city);
      return `${city}: ${String(interrupt('may I?'))}`;
    };
    const plain = langchainTool(body, { ...NAMED, schema: parameters });
    const weather = durableLangchain(session, plain, { retry: { maxAttempts: 3 } });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('tools', new ToolNode([weather]))
      .addEdge('__start__', 'tools')
      .compile({ checkpointer: new MemorySaver() });
    const config = { configurable: { thread_id: '1' } };
    const ask = new AIMessage({ content: '', tool_calls: [{ id: '1', name: 'weather', args: { city: 'Oslo' } }] });
    await graph.invoke({ messages: [ask] }, config);
    await nothingStored();
    const { messages } = await graph.invoke(new Command({ resume: 'yes' }), config);
    expect(messages.at(-1)?.text).toBe('Oslo: yes');
    expect(calls).toEqual(['Oslo', 'Oslo']);
    expect(session.stats.executed).toBe(1);
  });
});

describe('openai, loops by hand', () => {
  const args = '{"city":"Oslo"}';

  it('answer the function calls of a Responses output, each executed once, in the order of the calls', async () => {
    const weather = zodResponsesFunction({ ...NAMED, parameters, function: execute });
    const item = (call_id: string, name: string, text: string): { type: string } =>
      ({ type: 'function_call', call_id, name, arguments: text }) as { type: string };
    const output = [
      { type: 'reasoning' },
      item('1', 'weather', args),
      item('2', 'weather', '{"city": "Oslo"}'),
      item('3', 'rain', '{}'),
      item('4', 'weather', '{'),
    ];
    const answers = await answerFunctionCalls(output, [weather], session);
    expect(answers.map(({ type, call_id }) => [type, call_id])).toEqual(
      ['1', '2', '3', '4'].map((id) => ['function_call_output', id]),
    );
    expect(answers.slice(0, 3).map(({ output: text }) => text)).toEqual([
      '{"celsius":4}',
      '{"celsius":4}',
      'Error: there is no tool rain; there are weather',
    ]);
    expect(answers[3]?.output).toMatch(/^Error: the arguments are not valid/);
    expect(calls).toEqual(['Oslo']);
  });

  it('answer the tool calls of a chat message, and throw the error of a tool when all have ended', async () => {
    const weather = { type: 'function', function: { ...NAMED, parameters: {}, parse: JSON.parse, function: execute } };
    const call = (id: string, name: string): { id: string; type: string } =>
      ({ id, type: 'function', function: { name, arguments: args } }) as { id: string; type: string };
    expect(await answerToolCalls([call('1', 'weather')], [weather], session)).toEqual([
      { role: 'tool', tool_call_id: '1', content: '{"celsius":4}' },
    ]);
    expect(await answerToolCalls(undefined, [weather], session)).toEqual([]);
    const broken = { type: 'function', function: { name: 'broken', function: fail } };
    const both = answerToolCalls([call('1', 'broken'), call('2', 'weather')], [weather, broken], session);
    await expect(both).rejects.toThrow('no thermometer');
    expect(calls).toEqual(['Oslo', 'Oslo']);
  });
});

describe('mcp', () => {
  it('F1: returns a result with isError and stores nothing', async () => {
    const client = durableMcp(await mcpClient(fail), session);
    const ask = (): Promise<unknown> => client.callTool({ name: 'weather', arguments: { city: 'Oslo' } });
    expect(await ask()).toMatchObject({ isError: true });
    expect(await ask()).toMatchObject({ isError: true });
    expect(calls).toEqual(['Oslo', 'Oslo']);
    await nothingStored();
  });

  it('tells the server the idempotency key, and names calls after server and tool', async () => {
    const metas: unknown[] = [];
    const client = durableMcp(await mcpClient((_, meta) => void metas.push(meta)), session);
    await client.callTool({ name: 'weather', arguments: { city: 'Oslo' } });
    const [call] = await session.list();
    expect(call?.tool).toBe('weather-station/weather');
    expect(metas).toEqual([expect.objectContaining({ [IDEMPOTENCY_META]: call?.key })]);
    expect((await client.listTools()).tools).toHaveLength(1);
  });
});

describe('mastra', () => {
  const options = { id: 'weather', description: 'x', inputSchema: parameters };

  it('1.x: executes once; a suspension is not stored, the resumed tool is', async () => {
    const body = async ({ city }: { city: string }, context: object): Promise<unknown> => {
      const { agent } = context as { agent?: { resumeData?: unknown; suspend: (why: object) => Promise<void> } };
      calls.push(city);
      if (agent && agent.resumeData === undefined) return agent.suspend({ why: 'ask' });
      return { celsius: 4 };
    };
    const weather = durableMastra(session, { ...options, execute: body });
    const suspend = (): Promise<void> => Promise.resolve();
    const run = (agent?: object): Promise<unknown> => weather.execute({ city: 'Oslo' }, { requestContext: {}, agent });
    expect(await run({ suspend })).toBeUndefined();
    await nothingStored();
    expect(await run({ suspend, resumeData: { ok: true } })).toEqual({ celsius: 4 });
    expect(await run({ suspend })).toEqual({ celsius: 4 });
    expect(calls).toEqual(['Oslo', 'Oslo']);
  });

  it('0.x: executes once, with the input in the context; a failure is not stored', async () => {
    let broken = true;
    const body = ({ context }: { context: { city: string } }): Promise<unknown> => {
      calls.push(context.city);
      return broken ? Promise.reject(new Error('no thermometer')) : Promise.resolve({ celsius: 4 });
    };
    const weather = durableMastra(session, { ...options, execute: body });
    const run = (): Promise<unknown> => weather.execute({ context: { city: 'Oslo' } });
    await expect(run()).rejects.toThrow('no thermometer');
    broken = false;
    expect([await run(), await run()]).toEqual([{ celsius: 4 }, { celsius: 4 }]);
    expect(calls).toEqual(['Oslo', 'Oslo']);
  });
});
