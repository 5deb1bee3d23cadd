/** What cannot be imported is refused, with its place in the file and a cure; nothing is written then. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { changedTeam, importTeam, linesOf, readTeam, type Path } from './autogen-file.js';

const PARTICIPANT: Path = ['config', 'participants', 0];
const AGENT: Path = [...PARTICIPANT, 'config'];
const FILTERED: Path = ['config', 'participants', 2, 'config'];
const GRAPH: Path = ['config', 'graph'];
const EDGES: Path = [...GRAPH, 'nodes', 'reviewer', 'edges'];
const TERMINATION: Path = ['config', 'termination_condition'];

const component = (provider: string, config: Json = {}): Json => ({ provider, config });
const condition = (name: string, config: Json = {}): Json => component(`autogen_agentchat.conditions.${name}`, config);

describe('lost conditions', () => {
  it('give themselves away by a cycle that GraphFlow would not run', () => {
    const result = importTeam(readTeam('lost-functions'));
    expect(result.imported).toBeUndefined();
    expect(linesOf(result)).toContain(
      'config.graph.nodes.B.edges[1]: error NOT_IMPORTABLE: nothing ends the cycle A -> B -> A: GraphFlow refuses it, so ' +
        'a condition was a Python function, which a dump does not hold',
    );
  });

  it('give themselves away beside an edge with a condition', () => {
    const result = importTeam(changedTeam('review-loop', [[[...EDGES, 0, 'condition'], null]]));
    expect(result.imported).toBeUndefined();
    expect(linesOf(result)).toEqual([
      'config.graph.nodes.reviewer.edges[0]: error NOT_IMPORTABLE: the edge reviewer -> translator has no condition, but ' +
        'others of reviewer have one: GraphFlow allows no such mix, so its condition was a Python function, which a dump ' +
        'does not hold',
    ]);
  });

  it('of a node that leads to itself, and of two cycles, are told one by one', () => {
    const edge = (target: string): Json => ({ target, condition: null });
    const node = (name: string, ...targets: string[]): Json => ({ name, edges: targets.map(edge), activation: 'all' });
    const nodes = {
      writer: node('writer', 'writer', 'reviewer'),
      reviewer: node('reviewer', 'translator'),
      translator: node('translator', 'reviewer'),
    };
    const cycles = linesOf(importTeam(changedTeam('review-loop', [[[...GRAPH, 'nodes'], nodes]])))
      .filter((line) => line.includes(' error '))
      .map((line) => /the cycle (.+?):/.exec(line)?.[1]);
    expect(cycles).toEqual(['writer -> writer', 'reviewer -> translator -> reviewer']);
  });
});

describe('one problem', () => {
  const cases: readonly (readonly [what: string, path: Path, value: Json | undefined, line: string])[] = [
    [
      'another team',
      ['provider'],
      'autogen_agentchat.teams.Swarm',
      'provider: error NOT_IMPORTABLE: the file holds a Swarm, and no GraphFlow',
    ],
    ['no config', ['config'], undefined, 'config: error MISSING_KEY: `config` is missing; it is an object'],
    [
      'an unknown key',
      ['config', 'colour'],
      'red',
      'config.colour: error NOT_IMPORTABLE: the importer does not know the key `colour`, which may change what the team does',
    ],
    [
      'another agent',
      [...PARTICIPANT, 'provider'],
      'autogen_agentchat.agents.SocietyOfMindAgent',
      'config.participants[0].provider: error NOT_IMPORTABLE: SocietyOfMindAgent cannot be imported, only AssistantAgent and MessageFilterAgent',
    ],
    [
      'an agent of your own',
      [...PARTICIPANT, 'provider'],
      'mine.MyAgent',
      'config.participants[0].provider: error NOT_IMPORTABLE: MyAgent cannot be imported, only AssistantAgent and MessageFilterAgent',
    ],
    [
      'another filtered agent',
      [...FILTERED, 'wrapped_agent', 'provider'],
      'mine.MyAgent',
      'config.participants[2].config.wrapped_agent.provider: error NOT_IMPORTABLE: MyAgent cannot be imported, only AssistantAgent and MessageFilterAgent',
    ],
    [
      'tools',
      [...AGENT, 'tools'],
      [component('autogen_core.tools.FunctionTool')],
      'config.participants[0].config.tools[0]: error NOT_IMPORTABLE: tools are Python source, which does not run here',
    ],
    [
      'tools in a workbench',
      [...AGENT, 'workbench'],
      component('autogen_core.tools.StaticWorkbench', { tools: [1] }),
      'config.participants[0].config.workbench.config.tools[0]: error NOT_IMPORTABLE: tools are Python source, which does not run here',
    ],
    [
      'another workbench',
      [...AGENT, 'workbench', 0, 'provider'],
      'autogen_ext.tools.mcp.McpWorkbench',
      'config.participants[0].config.workbench[0].provider: error NOT_IMPORTABLE: the tools of McpWorkbench do not run here',
    ],
    [
      'handoffs',
      [...AGENT, 'handoffs'],
      ['reviewer'],
      'config.participants[0].config.handoffs: error NOT_IMPORTABLE: handoffs are decisions of the agent, and graphs have none',
    ],
    [
      'a memory',
      [...AGENT, 'memory'],
      [component('m.Memory')],
      'config.participants[0].config.memory: error NOT_IMPORTABLE: agents here have no memory besides their messages',
    ],
    [
      'structured answers',
      [...AGENT, 'structured_message_factory'],
      component('f.F', { a: 1 }),
      'config.participants[0].config.structured_message_factory: error NOT_IMPORTABLE: its answers are objects of a Python class',
    ],
    [
      'a bounded context',
      [...AGENT, 'model_context', 'provider'],
      'autogen_core.model_context.BufferedChatCompletionContext',
      'config.participants[0].config.model_context.provider: error NOT_IMPORTABLE: the agent forgets by the rules of BufferedChatCompletionContext, which do not exist here',
    ],
    [
      'first messages',
      [...AGENT, 'model_context', 'config', 'initial_messages'],
      [{ content: 'x' }],
      'config.participants[0].config.model_context.config.initial_messages: error NOT_IMPORTABLE: agents here begin without messages',
    ],
    [
      'another client',
      [...AGENT, 'model_client', 'provider'],
      'autogen_ext.models.openai.AzureOpenAIChatCompletionClient',
      'config.participants[0].config.model_client.provider: error NOT_IMPORTABLE: no model here belongs to the client AzureOpenAIChatCompletionClient',
    ],
    [
      'stop words',
      [...AGENT, 'model_client', 'config', 'stop'],
      ['END'],
      'config.participants[0].config.model_client.config.stop: error NOT_IMPORTABLE: agents here have no stop words',
    ],
    [
      'a response format',
      [...AGENT, 'model_client', 'config', 'response_format'],
      { type: 'json_object' },
      'config.participants[0].config.model_client.config.response_format: error NOT_IMPORTABLE: agents here say by a schema what they answer, not by `response_format`',
    ],
    [
      'an unknown source',
      [...FILTERED, 'filter', 'per_source', 1, 'source'],
      'writr',
      'config.participants[2].config.filter.per_source[1].source: error UNKNOWN_NODE: nobody is called "writr", so the filter lets nothing pass',
    ],
    [
      'a negative count',
      [...FILTERED, 'filter', 'per_source', 1, 'count'],
      -1,
      'config.participants[2].config.filter.per_source[1].count: error BAD_VALUE: -1 is no whole number from 1 on',
    ],
    [
      'a filter for nothing',
      [...FILTERED, 'filter', 'per_source'],
      [],
      'config.participants[2].config.filter.per_source: error NOT_IMPORTABLE: with this filter the agent hears nothing at all',
    ],
    [
      'a function as condition',
      [...EDGES, 0, 'condition_function'],
      'lambda',
      'config.graph.nodes.reviewer.edges[0].condition_function: error NOT_IMPORTABLE: the condition is a Python function, which does not run here',
    ],
    [
      'the empty condition',
      [...EDGES, 0, 'condition'],
      '',
      'config.graph.nodes.reviewer.edges[0].condition: error BAD_VALUE: every message has the empty text in it, so this condition always holds',
    ],
    [
      'an unknown target',
      [...EDGES, 0, 'target'],
      'translater',
      'config.graph.nodes.reviewer.edges[0].target: error UNKNOWN_NODE: no node is called "translater"',
    ],
    [
      'an unknown activation',
      [...EDGES, 0, 'activation_condition'],
      'most',
      'config.graph.nodes.reviewer.edges[0].activation_condition: error BAD_VALUE: "most" is none of all, any',
    ],
    [
      'an unknown start',
      [...GRAPH, 'default_start_node'],
      'riter',
      'config.graph.default_start_node: error UNKNOWN_NODE: no node is called "riter"',
    ],
    [
      'two names of a node',
      [...GRAPH, 'nodes', 'writer', 'name'],
      'author',
      'config.graph.nodes.writer.name: error BAD_VALUE: the node "writer" calls itself "author"',
    ],
    [
      'a node without an agent',
      ['config', 'participants', 0],
      undefined,
      'config.participants[0]: error WRONG_TYPE: this must be an object',
    ],
    [
      'another termination',
      TERMINATION,
      condition('HandoffTermination', { target: 'user' }),
      'config.termination_condition.provider: error NOT_IMPORTABLE: HandoffTermination cannot be imported, only MaxMessageTermination, TextMentionTermination, StopMessageTermination, and | and & of them',
    ],
    [
      'a nested one',
      [...TERMINATION, 'config', 'conditions', 1],
      condition('ExternalTermination'),
      'config.termination_condition.config.conditions[1].provider: error NOT_IMPORTABLE: ExternalTermination cannot be imported, only MaxMessageTermination, TextMentionTermination, StopMessageTermination, and | and & of them',
    ],
    [
      'no parts',
      [...TERMINATION, 'config', 'conditions'],
      [],
      'config.termination_condition.config.conditions: error BAD_VALUE: the condition has no parts',
    ],
    [
      'no limit in a limit',
      TERMINATION,
      condition('MaxMessageTermination'),
      'config.termination_condition.config.max_messages: error MISSING_KEY: `max_messages` is missing; it is a number',
    ],
    [
      'the task as source',
      TERMINATION,
      condition('TextMentionTermination', { text: 'X', sources: ['user'] }),
      'config.termination_condition.config.sources[0]: error NOT_IMPORTABLE: the task never stops the graph, only what nodes say',
    ],
    ['no turns', ['config', 'max_turns'], 0, 'config.max_turns: error BAD_VALUE: 0 is no whole number from 1 on'],
  ];

  it.each(cases)('%s', (_what, path, value, line) => {
    const result = importTeam(changedTeam('review-loop', [[path, value]]));
    expect(result.imported).toBeUndefined();
    const errors = result.issues.filter(({ severity }) => severity === 'error');
    expect(linesOf({ issues: errors })).toContain(line);
    for (const { fix, line: row } of errors) {
      expect(fix).toMatch(/^[A-Z].+[.?]$/);
      expect(row).toBeGreaterThan(0);
    }
  });
});

describe('what the compiler refuses', () => {
  it('is told at the place of the file that it came from', () => {
    const twice = { target: 'reviewer', condition: null, activation_group: 'reviewer', activation_condition: 'all' };
    const result = importTeam(
      changedTeam('review-loop', [
        [
          [...GRAPH, 'nodes', 'writer', 'edges'],
          [twice, twice],
        ],
      ]),
    );
    expect(result.imported).toBeUndefined();
    expect(linesOf(result)).toContain(
      'config.graph.nodes.writer.edges[1]: error DUPLICATE_EDGE: this edge writer -> reviewer stands here twice (in the ' +
        'pipeline: graph.edges[1])',
    );
  });

  it('includes expressions, which nothing would evaluate', () => {
    const lines = linesOf(importTeam(changedTeam('review-loop', [[[...AGENT, 'system_message'], 'Say ${{ x }}']])));
    expect(lines.filter((line) => line.startsWith('config.participants[0].config: error'))).toHaveLength(1);
  });

  it('includes a cycle without a limit', () => {
    const lines = linesOf(importTeam(changedTeam('review-loop', [[TERMINATION, null]])));
    expect(lines.filter((line) => line.startsWith('config.graph: error CYCLE_WITHOUT_LIMIT'))).toHaveLength(1);
  });
});

describe('all problems', () => {
  it('come at once, in the order of the file', () => {
    const { issues, imported } = importTeam(readTeam('refused'));
    expect(imported).toBeUndefined();
    const errors = issues.filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(18);
    expect(issues.map(({ line }) => line)).toEqual(issues.map(({ line }) => line).sort((a, b) => a - b));
  });
});

describe('files that are no teams', () => {
  it.each<[string, string, string]>([
    ['nothing', '', ': error NOT_IMPORTABLE: the file is no JSON'],
    ['half a file', readTeam('review-loop').slice(0, 700), ': error NOT_IMPORTABLE: the file is no JSON'],
    ['YAML', 'provider: x\nconfig: {}\n', ': error NOT_IMPORTABLE: the file is no JSON'],
    ['a list', '[1]', ': error WRONG_TYPE: this must be an object'],
    ['null', 'null', ': error WRONG_TYPE: this must be an object'],
    ['a key twice', '{"provider": "a", "provider": "b", "config": {}}', 'provider: error DUPLICATE_KEY'],
    ['a file that is too deep', '['.repeat(5000) + ']'.repeat(5000), ': error DOCUMENT_TOO_LARGE'],
    ['a file that is too large', `"${'x'.repeat(1024 * 1024)}"`, ': error DOCUMENT_TOO_LARGE'],
  ])('%s', (_what, text, start) => {
    const result = importTeam(text);
    expect(result.imported).toBeUndefined();
    expect(linesOf(result).filter((line) => line.startsWith(start))).toHaveLength(1);
  });

  it('never end in an exception, whatever is cut out of a team', () => {
    const team = readTeam('fan-out');
    for (let start = 0; start < team.length; start += 397) {
      const cut = team.slice(0, start) + team.slice(start + 60);
      expect(importTeam(cut).issues.length).toBeGreaterThan(0);
    }
  });

  it('never end in an exception, whatever value stands anywhere', () => {
    const visit = (value: Json, path: Path): void => {
      for (const other of [null, 'x', [], {}] as Json[]) {
        const { imported, issues } = importTeam(changedTeam('lost-functions', [[path, other]]));
        expect(imported !== undefined || issues.some(({ severity }) => severity === 'error')).toBe(true);
      }
      if (typeof value !== 'object' || value === null || path.length > 4) return;
      for (const [key, item] of Object.entries(value)) visit(item, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    visit(JSON.parse(readTeam('lost-functions')) as Json, []);
  });
});
