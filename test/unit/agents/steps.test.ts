import { describe, expect, it } from 'vitest';
import { stepsOf, type RecordedCall } from '../../../src/agents/steps.js';
import type { Json, JsonObject } from '../../../src/core/ir.js';

const usage = { inputTokens: 10, outputTokens: 2 };

function model(turn: number, content: string, more: JsonObject = {}, args: JsonObject = {}): RecordedCall {
  const { toolCalls = [], ...record } = more;
  const message = { role: 'assistant', content, toolCalls, raw: {} };
  return {
    tool: 'model:test/x',
    args: { conversation: 'c', turn, ...args },
    result: { request: 'r', message, usage, ...record },
  };
}

const call = (id: string, name: string, args: Json): JsonObject => ({ id, name, arguments: JSON.stringify(args) });
const system = { role: 'system', content: 'You help.' };
const task = { role: 'user', content: 'Help me.' };

describe('the steps of a session', () => {
  it('are the system prompt, the task, actions with what was heard of them, and the answer', () => {
    const steps = stepsOf([
      model(1, 'I search.', {
        asked: 'act',
        heard: [system, task],
        ms: 7,
        toolCalls: [call('c1', 'search', { q: 'a' })],
      }),
      { tool: 'tool:search', args: { docs: '.', arguments: { q: 'a' } }, result: { hits: [] } },
      model(2, 'Done.', {
        asked: 'act',
        heard: [{ role: 'tool', callId: 'c1', name: 'search', content: '<tool_error>\nno\n</tool_error>' }],
        ms: 3,
      }),
    ]);
    expect(steps).toEqual([
      { kind: 'system_prompt', text: 'You help.' },
      { kind: 'task', messages: [task] },
      {
        kind: 'action',
        step: 1,
        input: [],
        text: 'I search.',
        usage,
        ms: 7,
        calls: [
          { name: 'search', arguments: '{"q":"a"}', observation: '<tool_error>\nno\n</tool_error>', failed: true },
        ],
      },
      {
        kind: 'final_answer',
        step: 2,
        input: [expect.objectContaining({ role: 'tool' })],
        text: 'Done.',
        usage,
        ms: 3,
        answer: 'Done.',
        calls: [],
      },
    ]);
  });

  it('show what the tools gave to an action that nobody has heard of yet, whatever the order of its arguments', () => {
    const steps = stepsOf([
      model(1, '', { heard: [task], toolCalls: [call('c1', 'search', { q: 'a', n: 1 }), call('c2', 'read', {})] }),
      { tool: 'tool:search', args: { docs: '.', arguments: { n: 1, q: 'a' } }, result: { hits: [] } },
      { tool: 'tool:read', args: { docs: '.', arguments: {} } },
    ]);
    expect(steps.at(-1)).toMatchObject({
      kind: 'action',
      calls: [
        { name: 'search', observation: '<tool_result name="search">\n{"hits":[]}\n</tool_result>' },
        { name: 'read' },
      ],
    });
    expect(JSON.stringify(steps.at(-1)).match(/observation/g)).toHaveLength(1);
  });

  it('keep agents apart that were asked at the same time', () => {
    const of = (agent: string): JsonObject => ({ agent });
    const steps = stepsOf([
      model(1, 'a1', { heard: [task], toolCalls: [call('x', 't', {})] }, of('a:1')),
      model(1, 'b1', { heard: [task] }, of('b:1')),
      model(2, 'a2', { heard: [{ role: 'tool', callId: 'x', name: 't', content: 'ok' }] }, of('a:1')),
    ]);
    expect(steps.map((step) => [step.agent, step.kind])).toEqual([
      ['a:1', 'task'],
      ['a:1', 'action'],
      ['b:1', 'task'],
      ['b:1', 'final_answer'],
      ['a:1', 'final_answer'],
    ]);
  });

  it('have the answer that the code of each conversation gave', () => {
    const code = '```js\nawait final_answer(1)\n```';
    const answer = (conversation: string, result: Json): RecordedCall => {
      return { tool: 'agent:final_answer', args: { conversation, request: 'r' }, result };
    };
    const steps = stepsOf([
      model(1, code, { asked: 'code', heard: [task] }),
      answer('c', 1),
      model(1, code, { asked: 'code', heard: [task] }, { conversation: 'd' }),
      answer('d', 2),
    ]);
    expect(steps).toMatchObject([
      { kind: 'task' },
      { kind: 'final_answer', answer: 1 },
      { kind: 'task' },
      { kind: 'final_answer', answer: 2 },
    ]);
  });

  it('say why an answer was refused, and not that it was given by a call', () => {
    const heard = [
      { role: 'tool', callId: 'c1', name: 'final_answer', content: '<tool_error>\nnot executed\n</tool_error>' },
      { role: 'user', content: 'Not accepted: it is short.', purpose: 'repair' },
    ];
    const toolCalls = [call('c1', 'final_answer', { answer: 'a' })];
    const steps = stepsOf([model(1, '', { asked: 'answer', toolCalls }), model(2, 'b', { asked: 'answer', heard })]);
    expect(steps[0]).toMatchObject({ kind: 'final_answer', answer: 'a', refused: 'Not accepted: it is short.' });
  });

  it('say why an answer was not accepted, and that one is a best effort', () => {
    const repair = { role: 'user', content: 'Not accepted: it is empty.', purpose: 'repair' };
    const steps = stepsOf([
      model(1, '', { asked: 'best_effort', heard: [task] }),
      model(2, 'Better.', { asked: 'answer', heard: [repair] }),
    ]);
    expect(steps.slice(1)).toMatchObject([
      { kind: 'final_answer', bestEffort: true, refused: 'Not accepted: it is empty.' },
      { kind: 'final_answer', answer: 'Better.', input: [repair] },
    ]);
  });

  it('are read from records of older releases, which hold less', () => {
    const steps = stepsOf([model(1, 'I search.', { toolCalls: [call('c1', 'search', {})] }), model(2, 'Done.')]);
    expect(steps.map(({ kind }) => kind)).toEqual(['action', 'final_answer']);
  });

  it('leave out what is no call of a model, or is under way', () => {
    expect(
      stepsOf([
        { tool: 'model:test/x', args: { conversation: 'c', turn: 1 } },
        { tool: 'http:get', args: ['a'], result: 1 },
        { tool: 'model:mine', args: null, result: 'text' },
      ]),
    ).toEqual([]);
  });
});
