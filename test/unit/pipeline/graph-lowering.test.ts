import { describe, expect, it } from 'vitest';
import type { WorkflowIr } from '../../../src/core/ir.js';
import { DEFAULT_RETRY } from '../../../src/core/ir.js';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { formatIssue } from '../../../src/pipeline/issue.js';

function irOf(text: string): WorkflowIr {
  const { compiled, issues } = compilePipeline(text, 'p.yaml');
  expect(issues.map(formatIssue)).toEqual([]);
  return compiled!.ir;
}

const graphOf = (text: string) => irOf(text).pipeline?.graph;
const behaviour = (text: string, node: string) => irOf(text).nodes[node]!['x-nexum']!;

const REVIEW = `name: review
inputs: { task: { type: string, required: true } }
agents: { writer: { instructions: Write., max_steps: 2 } }
nodes:
  generator: { agent: writer }
  reviewer: { agent: writer, history: [{ source: user, first: 1 }, { source: generator, last: 2 }] }
  summary: { uses: text.summarize, with: { text: '\${{ nodes.generator.output }}' } }
graph:
  entry: generator
  scheduling: eager
  max_turns: 20
  stop_when: { text_mention: TERMINATE }
  edges:
    - { from: generator, to: reviewer }
    - { from: reviewer, to: summary, when: { contains: APPROVE } }
    - from: reviewer
      to: generator
      when: { not_contains: APPROVE }
      activation_group: feedback
      activation_condition: all
`;

const NODES = 'nodes: { a: { uses: x }, b: { uses: x }, c: { uses: x } }\n';
/** a -> b <-> c, and these keys. */
const loop = (keys: string): string =>
  `name: p\nnodes: { a: { uses: x }, b: { uses: x }, c: { uses: x }, d: { uses: x } }\n` +
  `graph: { ${keys}, edges: [{ from: a, to: b }, { from: b, to: c, when: { contains: x } }, ` +
  `{ from: b, to: d, when: { not_contains: x } }, { from: c, to: b, activation_group: back }] }\n`;
const when = (condition: string) =>
  behaviour(`name: p\n${NODES}graph: { entry: [a, c], edges: [{ from: a, to: b, when: ${condition} }] }\n`, 'a').edges;

describe('a free graph in the IR', () => {
  it('is the graph of a writer and a reviewer, exactly as written', () => {
    const agent = { name: 'writer', instructions: 'Write.', tools: [], maxSteps: 2 };
    expect(irOf(REVIEW)).toEqual({
      nodes: {
        generator: {
          type: 'EFFECT',
          dependencies: [],
          'x-nexum': {
            handler: 'agent',
            agent,
            retry: DEFAULT_RETRY,
            edges: [{ to: 'reviewer' }],
            reads: ['reviewer'],
          },
        },
        reviewer: {
          type: 'EFFECT',
          dependencies: [],
          'x-nexum': {
            handler: 'agent',
            agent,
            retry: DEFAULT_RETRY,
            history: [
              { source: 'user', first: 1 },
              { source: 'generator', last: 2 },
            ],
            edges: [
              { to: 'summary', when: { contains: 'APPROVE' } },
              { to: 'generator', when: { notContains: 'APPROVE' }, group: 'feedback', activation: 'all' },
            ],
            reads: ['generator'],
          },
        },
        summary: {
          type: 'EFFECT',
          dependencies: [],
          'x-nexum': {
            handler: 'text.summarize',
            with: { text: '${{ nodes.generator.output }}' },
            retry: DEFAULT_RETRY,
            reads: ['generator', 'reviewer'],
          },
        },
      },
      pipeline: {
        name: 'review',
        inputs: { task: { type: 'string', required: true } },
        graph: {
          entry: ['generator'],
          scheduling: 'eager',
          maxTurns: 20,
          stopWhen: { textMention: 'TERMINATE' },
          task: '${{ inputs.task }}',
        },
      },
    });
  });

  it('is a panel whose opinions are joined, in waves', () => {
    const text = `name: panel
inputs: { question: { type: string }, members: { type: integer, default: 2 } }
nodes:
  moderator: { agent: { instructions: Ask. } }
  optimist: { agent: { instructions: Hope. } }
  pessimist: { agent: { instructions: Fear. } }
  verdict: { agent: { instructions: Judge. }, history: [{ source: optimist, last: 1 }] }
graph:
  scheduling: barrier
  max_messages: 30
  stop_when: { any: [{ stop_message: true }, { all: [{ max_messages: 9 }, { text_mention: done, sources: [verdict] }] }] }
  task: { ask: '\${{ inputs.question }}' }
  edges:
    - { from: moderator, to: optimist }
    - { from: moderator, to: pessimist }
    - { from: optimist, to: verdict }
    - { from: pessimist, to: verdict }
`;
    const ir = irOf(text);
    expect(ir.pipeline?.graph).toEqual({
      entry: ['moderator'],
      scheduling: 'barrier',
      maxMessages: 30,
      stopWhen: {
        any: [{ stopMessage: true }, { all: [{ maxMessages: 9 }, { textMention: 'done', sources: ['verdict'] }] }],
      },
      task: { ask: '${{ inputs.question }}' },
    });
    expect(ir.nodes['moderator']!['x-nexum']!.edges).toEqual([{ to: 'optimist' }, { to: 'pessimist' }]);
    expect(ir.nodes['verdict']!['x-nexum']).toMatchObject({ reads: ['optimist', 'pessimist'] });
    expect(ir.nodes['verdict']!['x-nexum']).not.toHaveProperty('edges');
    expect(ir.nodes['moderator']!['x-nexum']).not.toHaveProperty('reads');
  });

  it.each([
    ['{ contains: A }', { contains: 'A' }],
    ['{ not_contains: A }', { notContains: 'A' }],
    ['{ equals: null }', { equals: null }],
    ['{ equals: { ok: [1, true] } }', { equals: { ok: [1, true] } }],
    ["{ matches: '^A+$' }", { matches: '^A+$' }],
    ['{ handler: x }', { handler: 'x' }],
    ['${{ nodes.a.output.score > 3 }}', { if: 'nodes.a.output.score > 3' }],
  ])('has the condition %s', (written, condition) => {
    expect(when(written.startsWith('$') ? `'${written}'` : written)).toEqual([{ to: 'b', when: condition }]);
  });

  it('warns of a condition handler that is not built in, as of any handler', () => {
    const text = `name: p\n${NODES}graph: { entry: [a, c], edges: [{ from: a, to: b, when: { handler: docs.raed } }] }\n`;
    const { issues } = compilePipeline(text, 'p.yaml', { knownHandlers: ['x', 'docs.read'] });
    expect(issues).toMatchObject([
      { code: 'UNKNOWN_HANDLER', severity: 'warning', path: 'graph.edges[0].when.handler', nearest: 'docs.read' },
    ]);
  });

  it('pauses graphs with a cycle after 1000 turns when nothing else is said', () => {
    expect(graphOf(loop('stop_when: { max_messages: 5 }'))?.maxTurns).toBe(1000);
    expect(graphOf(loop('max_messages: 5'))).toMatchObject({ maxTurns: 1000, maxMessages: 5 });
    expect(graphOf(loop('max_turns: 7'))?.maxTurns).toBe(7);
    expect(graphOf(`name: p\n${NODES}graph: { edges: [{ from: a, to: b }] }\n`)).not.toHaveProperty('maxTurns');
  });

  it('begins with the nodes that no edge leads to, in whatever order they are written', () => {
    const hash = (nodes: string) =>
      compilePipeline(`name: p\nnodes: { ${nodes} }\ngraph: { edges: [{ from: b, to: c }] }\n`, 'p').compiled!;
    const [one, other] = [
      hash('b: { uses: x }, a: { uses: x }, c: { uses: x }'),
      hash('a: { uses: x }, c: { uses: x }, b: { uses: x }'),
    ];
    expect(one.ir.pipeline?.graph?.entry).toEqual(['a', 'b']);
    expect(one.versionHash).toBe(other.versionHash);
    expect(graphOf(`name: p\n${NODES}graph: { entry: [c, a, c], edges: [{ from: a, to: b }] }\n`)?.entry).toEqual([
      'c',
      'a',
    ]);
  });

  it.each([
    ['{ q: { type: string } }', '${{ inputs.q }}'],
    ['{ q: { type: integer } }', '${{ toJSON(inputs) }}'],
    ['{ q: { type: string }, n: { type: integer } }', '${{ toJSON(inputs) }}'],
    ['{}', '${{ toJSON(inputs) }}'],
  ])('has its inputs %s as the task', (inputs, task) => {
    expect(graphOf(`name: p\ninputs: ${inputs}\n${NODES}graph: { entry: [a, b, c], edges: [] }\n`)?.task).toBe(task);
  });

  it('reads what edges and expressions name, and itself, without waiting for it', () => {
    const text = `name: p
nodes:
  a: { uses: x, with: { before: '\${{ nodes.a.output }}', other: '\${{ nodes.c.output }}' } }
  b: { compute: 1 }
  c: { map: { over: nodes.b.output, node: { compute: '\${{ item }}' } } }
  d: { reduce: { of: c, compute: '\${{ nodes.c.output }}' } }
graph:
  max_turns: 5
  edges:
    - { from: b, to: c }
    - { from: c, to: a, when: '\${{ nodes.d.status == "COMPLETED" }}' }
    - { from: c, to: d, when: '\${{ nodes.c.output }}' }
`.replaceAll('"COMPLETED"', "''COMPLETED''");
    const { nodes } = irOf(text);
    expect(Object.values(nodes).map(({ dependencies }) => dependencies)).toEqual([[], [], [], []]);
    expect(nodes['a']!['x-nexum']!.reads).toEqual(['a', 'c']);
    expect(nodes['c']!['x-nexum']!.reads).toEqual(['b', 'c', 'd']);
    expect(nodes['d']!['x-nexum']!.reads).toEqual(['c']);
  });
});
