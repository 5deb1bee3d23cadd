/** What becomes of a GraphFlow that can be imported: the pipeline, word by word, and what it compiles to. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/ir.js';
import { changedTeam, importTeam, linesOf, readTeam, type Path } from './autogen-file.js';

const REVIEW_LOOP = `# yaml-language-server: $schema=./pipeline.schema.json
# Imported from "team.json", a GraphFlow of AutoGen, by \`nexum import autogen\`.

name: team
inputs: { task: { type: string, required: true, description: The first message } }
agents:
  writer: { instructions: Write a short poem about the task., model: openai/gpt-4.1 }
  reviewer:
    instructions: |-
      Review the draft.
      Say APPROVE when it is good, REVISE and why when it is not.
    model: openai/gpt-4.1-nano
  translator: { instructions: Translate the final poem to Korean., model: openai/gpt-4.1-nano }
nodes:
  writer:
    description: Writes drafts.
    agent: writer
    prompt: |-
      The task: \${{ inputs.task }}

      Your last answer, if there was one: \${{ nodes.writer.output }}
  reviewer:
    agent: reviewer
    prompt: |-
      The task: \${{ inputs.task }}

      Your last answer, if there was one: \${{ nodes.reviewer.output }}
  translator:
    agent: translator
    history:
      - { source: user, first: 1 }
      - { source: writer, last: 1 }
graph:
  entry: writer
  scheduling: barrier
  task: \${{ inputs.task }}
  stop_when: { text_mention: GIVE UP }
  max_messages: 20
  # Edges without \`when\` always fire. AutoGen does not dump conditions that are Python functions: if these had
  # any, write them here.
  edges:
    - { from: writer, to: reviewer }
    - { from: reviewer, to: translator, when: { contains: APPROVE } }
    - { from: reviewer, to: writer, when: { contains: REVISE } }
`;

const CONFIG: Path = ['config'];
const TERMINATION: Path = [...CONFIG, 'termination_condition'];
const NODES: Path = [...CONFIG, 'graph', 'nodes'];
const WRITER: Path = [...CONFIG, 'participants', 0, 'config'];
const TRANSLATOR: Path = [...CONFIG, 'participants', 2, 'config'];

const condition = (name: string, config: Json): Json => ({
  provider: `autogen_agentchat.conditions.${name}`,
  component_type: 'termination',
  config,
});
const combined = (word: 'And' | 'Or', ...conditions: Json[]): Json => ({
  provider: `autogen_agentchat.base.${word}TerminationCondition`,
  component_type: 'termination',
  config: { conditions },
});
const limit = (count: number): Json => condition('MaxMessageTermination', { max_messages: count });
const text = (words: string): Json => condition('TextMentionTermination', { text: words });

describe('a review loop', () => {
  it('is written as a pipeline that compiles', () => {
    const { imported, issues } = importTeam(readTeam('review-loop'));
    expect(imported?.yaml).toBe(REVIEW_LOOP);
    expect(issues.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning IMPORT_CHANGED']);
    expect(imported?.compiled.ir.pipeline?.graph).toEqual({
      entry: ['writer'],
      scheduling: 'barrier',
      maxMessages: 20,
      maxTurns: 1000,
      stopWhen: { textMention: 'GIVE UP' },
      task: '${{ inputs.task }}',
    });
    expect(imported?.compiled.ir.nodes['reviewer']?.['x-nexum']?.edges).toEqual([
      { to: 'translator', when: { contains: 'APPROVE' } },
      { to: 'writer', when: { contains: 'REVISE' } },
    ]);
    expect(imported?.compiled.ir.nodes['translator']?.['x-nexum']?.history).toEqual([
      { source: 'user', first: 1 },
      { source: 'writer', last: 1 },
    ]);
  });

  it('says that agents do not remember, with the place of the graph', () => {
    expect(linesOf(importTeam(readTeam('review-loop')))).toEqual([
      'config.graph: warning IMPORT_CHANGED: writer, reviewer may run more than once: agents of AutoGen remember what ' +
        'they heard and said',
    ]);
  });

  it('is the same pipeline however the JSON is laid out', () => {
    const { imported } = importTeam(`\ufeff${JSON.stringify(JSON.parse(readTeam('review-loop')))}`);
    expect(imported?.yaml).toBe(REVIEW_LOOP);
  });
});

describe('a panel with groups', () => {
  const { imported, issues } = importTeam(readTeam('fan-out'));
  const yaml = imported?.yaml ?? '';

  it('keeps the groups and conditions of its edges', () => {
    expect(imported?.compiled.ir.nodes['planner']?.['x-nexum']?.edges).toEqual([
      { to: 'user_agent', group: 'start', activation: 'any' },
      { to: 'economiste', group: 'start', activation: 'any' },
    ]);
    expect(imported?.compiled.ir.nodes['user_agent']?.['x-nexum']?.edges).toEqual([
      { to: 'judge', group: 'both_views' },
    ]);
    expect(imported?.compiled.ir.nodes['judge']?.['x-nexum']?.edges).toEqual([
      { to: 'user_agent', when: { contains: 'MORE' }, group: 'again', activation: 'any' },
      { to: 'economiste', when: { contains: 'MORE' }, group: 'again', activation: 'any' },
      { to: 'editor', when: { contains: 'DONE' } },
    ]);
  });

  it('takes nested conditions apart and keeps what belongs together', () => {
    expect(imported?.compiled.ir.pipeline?.graph).toMatchObject({
      entry: ['planner'],
      maxTurns: 8,
      stopWhen: {
        any: [
          { textMention: 'STOP', sources: ['judge', 'user_agent'] },
          { stopMessage: true },
          { all: [{ maxMessages: 12 }, { textMention: 'ENOUGH' }] },
        ],
      },
    });
    expect(imported?.compiled.ir.pipeline?.graph?.maxMessages).toBeUndefined();
  });

  it('has the name and the description of the team', () => {
    expect(yaml).toContain('\nname: Panel_of_experts\ndescription: Two views, one judge.\n');
  });

  it('changes names that are none here, everywhere, and says so', () => {
    expect(yaml).toContain('# "user" is called user_agent here.\n# "économiste" is called economiste here.\n');
    expect(yaml.match(/économiste|\buser\b/g)).toEqual(['user', 'économiste']);
    expect(linesOf({ issues })).toContain(
      'config.graph.nodes.user: warning IMPORT_CHANGED: user becomes the node user_agent: so the messages of the user are ' +
        'signed here',
    );
  });

  it('warns of a fan-out, which looks the same as a choice by Python functions', () => {
    expect(linesOf({ issues })).toContain(
      'config.graph.nodes.planner.edges[0]: warning IMPORT_CHANGED: planner leads to user, économiste without a ' +
        'condition, so all of them run',
    );
  });
});

describe('terminations', () => {
  it.each<[string, Json | undefined, Json]>([
    ['a message limit', limit(7), { maxMessages: 7 }],
    ['a text', text('DONE'), { stopWhen: { textMention: 'DONE' } }],
    ['two limits, of which the smaller counts', combined('Or', limit(9), limit(5)), { maxMessages: 5 }],
    [
      'texts and a limit, nested to the left as Python does',
      combined('Or', combined('Or', text('A'), limit(9)), text('B')),
      { maxMessages: 9, stopWhen: { any: [{ textMention: 'A' }, { textMention: 'B' }] } },
    ],
    [
      'a text after so many messages',
      combined('And', limit(3), text('A')),
      { stopWhen: { all: [{ maxMessages: 3 }, { textMention: 'A' }] } },
    ],
    [
      'three things together',
      combined('And', combined('And', text('A'), text('B')), condition('StopMessageTermination', {})),
      { stopWhen: { all: [{ textMention: 'A' }, { textMention: 'B' }, { stopMessage: true }] } },
    ],
  ])('%s', (_what, written, expected) => {
    const { imported, issues } = importTeam(changedTeam('review-loop', [[TERMINATION, written]]));
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { stopWhen, maxMessages } = imported?.compiled.ir.pipeline?.graph ?? {};
    expect(JSON.parse(JSON.stringify({ maxMessages, stopWhen }))).toEqual(expected);
  });
});

describe('agents', () => {
  it('keep any text as it is', () => {
    const texts = ['', ' lead\n\n  two\ttabs \n', 'a\r\nb', '# no comment: {x}\n---\n...', '\u0007é😀'];
    for (const written of texts) {
      const { imported } = importTeam(changedTeam('review-loop', [[[...WRITER, 'system_message'], written]]));
      expect(imported?.compiled.ir.nodes['writer']?.['x-nexum']?.agent?.instructions).toBe(written);
    }
  });

  it('without a system message have no instructions', () => {
    const { imported } = importTeam(changedTeam('review-loop', [[[...WRITER, 'system_message'], null]]));
    expect(imported?.compiled.ir.nodes['writer']?.['x-nexum']?.agent?.instructions).toBe('');
  });

  it('all get the model of the option, whatever client they have', () => {
    const client = { provider: 'autogen_ext.models.ollama.OllamaChatCompletionClient', config: { model: 'llama3' } };
    const changed = changedTeam('review-loop', [[[...WRITER, 'model_client'], client]]);
    const { imported } = importTeam(changed, { model: 'offline' });
    const models = Object.values(imported?.compiled.ir.nodes ?? {}).map((node) => node['x-nexum']?.agent?.model);
    expect(models).toEqual(['offline', 'offline', 'offline']);
  });

  it('of another server are compatible, and settings that do not exist here are named; the key is never written', () => {
    const config = { model: 'llama', base_url: 'https://llm.example/v1', api_key: 'sk-secret', temperature: 0.3 };
    const result = importTeam(changedTeam('review-loop', [[[...WRITER, 'model_client', 'config'], config]]));
    expect(result.imported?.compiled.ir.nodes['writer']?.['x-nexum']?.agent?.model).toBe('compatible/llama');
    expect(result.imported?.yaml).not.toContain('sk-secret');
    const place = 'config.participants[0].config.model_client.config';
    expect(linesOf(result).slice(0, 2)).toEqual([
      `${place}.base_url: warning IMPORT_CHANGED: the address of the model is not taken over; the model is written as ` +
        'compatible/llama',
      `${place}.temperature: warning IMPORT_CHANGED: \`temperature\` is not taken over: agents here have no such setting`,
    ]);
  });

  it('hear all messages of a source without a position or a count', () => {
    const filters = [
      { source: 'writer', position: null, count: 3 },
      { source: 'user', position: 'last' },
    ];
    const { imported } = importTeam(changedTeam('review-loop', [[[...TRANSLATOR, 'filter', 'per_source'], filters]]));
    expect(imported?.compiled.ir.nodes['translator']?.['x-nexum']?.history).toEqual([
      { source: 'writer', last: 10_000 },
      { source: 'user', last: 10_000 },
    ]);
  });

  it('on a cycle that never hear the task are not told it', () => {
    const writer = (JSON.parse(readTeam('review-loop')) as { config: { participants: Json[] } }).config.participants[0];
    const filtered = {
      provider: 'autogen_agentchat.agents.MessageFilterAgent',
      config: { name: 'writer', wrapped_agent: writer ?? null, filter: { per_source: [{ source: 'reviewer' }] } },
    };
    const { imported } = importTeam(changedTeam('review-loop', [[[...CONFIG, 'participants', 0], filtered]]));
    expect(imported?.compiled.ir.nodes['writer']?.['x-nexum']?.prompt).toBe(
      'Your last answer, if there was one: ${{ nodes.writer.output }}',
    );
  });
});

describe('activation', () => {
  const bare = (target: string, when: string | null = null): Json => ({ target, condition: when });
  const old: readonly (readonly [Path, Json])[] = [
    [[...NODES, 'writer', 'edges'], [bare('reviewer')]],
    [
      [...NODES, 'reviewer', 'edges'],
      [bare('translator', 'APPROVE'), bare('writer', 'REVISE')],
    ],
    [[...NODES, 'writer', 'activation'], 'any'],
  ];

  it('of nodes counts where edges say nothing, as in dumps of old releases', () => {
    const { imported } = importTeam(changedTeam('review-loop', old));
    expect(imported?.compiled.ir.nodes['reviewer']?.['x-nexum']?.edges).toEqual([
      { to: 'translator', when: { contains: 'APPROVE' } },
      { to: 'writer', when: { contains: 'REVISE' }, activation: 'any' },
    ]);
  });

  it('of nodes is left out, with a warning, where edges say it', () => {
    const result = importTeam(changedTeam('review-loop', [[[...NODES, 'writer', 'activation'], 'any']]));
    expect(result.imported?.yaml).toBe(REVIEW_LOOP);
    expect(linesOf(result)).toContain(
      'config.graph.nodes.writer.activation: warning IMPORT_CHANGED: `activation` of writer is not taken over: GraphFlow ' +
        'reads `activation_condition` of the edges',
    );
  });
});
