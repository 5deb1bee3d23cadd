import { describe, expect, it } from 'vitest';
import { textToolCalls } from '../../../src/agents/models/text-tool-calls.js';

const TOOLS = new Set(['search', 'read']);
const SEARCH = { name: 'search', arguments: '{"query":"x"}' };
const CALL = '{"name": "search", "arguments": {"query": "x"}}';

describe('tool calls that arrive as text', () => {
  it.each<[string, string, number]>([
    ['one object', CALL, 1],
    ['with `parameters`', '{"name": "search", "parameters": {"query": "x"}}', 1],
    ['with arguments as JSON text', '{"name": "search", "arguments": "{\\"query\\":\\"x\\"}"}', 1],
    ['with an id and a type', '{"id": "1", "type": "function", "name": "search", "arguments": {"query": "x"}}', 1],
    ['in the shape of the API', `{"type": "function", "id": "1", "function": ${CALL}}`, 1],
    ['a list', `[${CALL}, ${CALL}]`, 2],
    ['a list by its name', `{"tool_calls": [{"function": ${CALL}}, ${CALL}]}`, 2],
    ['between tags', `<tool_call>\n${CALL}\n</tool_call>\n<tool_call>${CALL}</tool_call>`, 2],
    ['without the last tag', `<tool_call>\n${CALL}\n`, 1],
    ['in a fence', `\`\`\`json\n${CALL}\n\`\`\``, 1],
    ['after a mark', `<|python_tag|>${CALL}`, 1],
    ['after another mark', `[TOOL_CALLS] [${CALL}]`, 1],
    ['after thoughts', `<think>\nI could call {"name": "read"}.\n</think>\n\n${CALL}`, 1],
  ])('X1 are read: %s', (_form, text, count) => {
    expect(textToolCalls(text, TOOLS)).toEqual(Array.from({ length: count }, () => SEARCH));
  });

  it.each([
    ['a word before', `I will search: ${CALL}`],
    ['a word after', `${CALL} Done.`],
    ['two objects without tags', `${CALL}\n${CALL}`],
    ['a call inside of a quotation', JSON.stringify({ quotations: [{ text: CALL }] })],
    ['a word between tags', `<tool_call>${CALL}</tool_call> and <tool_call>${CALL}</tool_call>`],
    ['a word before tags', `The page says <tool_call>${CALL}</tool_call>`],
    ['a fence that never ends', `\`\`\`json\n${CALL}`],
    ['two fences', `\`\`\`json\n${CALL}\n\`\`\`\n\`\`\`json\n${CALL}\n\`\`\``],
    ['thoughts that never end', `<think>${CALL}`],
    ['a call within thoughts only', `<think>${CALL}</think>`],
    ['half a call', CALL.slice(0, -1)],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['an empty list', '[]'],
    ['an empty list by its name', '{"tool_calls": []}'],
    ['a list of lists', `[[${CALL}]]`],
  ])('X1 are an answer, not a call: %s', (_form, text) => {
    expect(textToolCalls(text, TOOLS)).toEqual([]);
  });

  it.each([
    ['a tool that is not offered', '{"name": "shell", "arguments": {}}'],
    ['a name in another case', '{"name": "Search", "arguments": {}}'],
    ['the name of a method of objects', '{"name": "toString", "arguments": {}}'],
    ['no name', '{"arguments": {"query": "x"}}'],
    ['no arguments: a person is named search', '{"name": "search"}'],
    ['two kinds of arguments', '{"name": "search", "arguments": {}, "parameters": {}}'],
    ['another key', '{"name": "search", "arguments": {}, "status": "answered"}'],
    ['another key beside the function', `{"function": ${CALL}, "status": "answered"}`],
    ['another key beside the list', `{"tool_calls": [${CALL}], "answer": "x"}`],
    ['arguments that are a list', '{"name": "search", "arguments": [1]}'],
    ['arguments that are a word', '{"name": "search", "arguments": "x"}'],
    ['arguments that are null', '{"name": "search", "arguments": null}'],
    ['a good call beside a bad one', `[${CALL}, {"name": "shell", "arguments": {}}]`],
    ['a good call beside no call', `[${CALL}, "and so on"]`],
  ])('X2 are nothing else than calls: %s', (_form, text) => {
    expect(textToolCalls(text, TOOLS)).toEqual([]);
  });

  it('X2 hand every argument on as it is, prototypes too', () => {
    expect(textToolCalls('{"name": "read", "arguments": {"__proto__": {"a": 1}}}', TOOLS)).toEqual([
      { name: 'read', arguments: '{"__proto__":{"a":1}}' },
    ]);
  });

  it('are not looked for without tools, or in a text that is too long', () => {
    expect(textToolCalls(CALL, new Set())).toEqual([]);
    expect(textToolCalls(CALL.replace('x', 'x'.repeat(70_000)), TOOLS)).toEqual([]);
  });

  it('do not cost more than their length', () => {
    for (const nasty of ['<tool_call>', '{"a":', '[', '<think>', '```json\n', '{"function":']) {
      expect(textToolCalls(nasty.repeat(5_000), TOOLS)).toEqual([]);
    }
    const deep = `{"name":"search","arguments":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`;
    expect(textToolCalls(deep, TOOLS).length).toBeLessThan(2);
  });
});
