/** Wrong graphs. `⟦` stands right before the place where the issue must point. */
import type { Case } from './compile-error-cases.js';

/** Three agents and a computed node `c`; a right graph needs edges between them only. */
const NODES = `nodes:
  a: { agent: { instructions: i } }
  b: { agent: { instructions: i } }
  c: { compute: 1 }
  d: { uses: y }
`;
const ONE_LINE = '{ from: a, to: b }, { from: b, to: c }, { from: c, to: d }';
const graph = (keys: string): string => `name: p\n${NODES}graph: { ${keys} }\n`;
const edges = (list: string): string => graph(`max_turns: 9, edges: [${list}]`);
const when = (condition: string): string => edges(`{ from: a, to: b, when: ${condition} }, ${ONE_LINE.slice(20)}`);
const stop = (word: string): string => graph(`stop_when: ${word}, edges: [${ONE_LINE}]`);
const inNode = (keys: string): string =>
  `name: p\nnodes:\n  a: { uses: x }\n  b: { ${keys} }\n  m: { uses: y }\ngraph: { entry: [a, m], edges: [{ from: a, to: b }] }\n`;
const heard = (history: string): string => inNode(`agent: { instructions: i }, history: [${history}]`);

export const GRAPH_CASES: readonly Case[] = [
  // shape
  ['a graph without edges', 'MISSING_KEY', `name: p\n${NODES}⟦graph: { max_turns: 9 }\n`, 'graph.edges'],
  [
    'an unknown key of a graph',
    'UNKNOWN_KEY',
    graph(`⟦max_turn: 9, edges: [${ONE_LINE}]`),
    'graph.max_turn',
    'max_turns',
  ],
  ['an unknown key of an edge', 'UNKNOWN_KEY', edges('{ from: a, to: b, ⟦group: g }'), 'graph.edges[0].group'],
  ['an unknown condition', 'UNKNOWN_KEY', when('{ ⟦contain: x }'), 'graph.edges[0].when.contain', 'contains'],
  [
    'an unknown stop',
    'UNKNOWN_KEY',
    stop('{ any: [{ ⟦text_mentions: x }] }'),
    'graph.stop_when.any[0].text_mentions',
    'text_mention',
  ],
  ['a key of a graph at the top', 'UNKNOWN_KEY', `name: p\n⟦max_turns: 9\nnodes: { a: { uses: x } }\n`, 'max_turns'],
  [
    'an unknown scheduling',
    'BAD_VALUE',
    graph(`scheduling: ⟦barier, edges: [${ONE_LINE}]`),
    'graph.scheduling',
    'barrier',
  ],
  [
    'an unknown activation',
    'BAD_VALUE',
    edges(`{ from: a, to: b, activation_condition: ⟦some }, ${ONE_LINE.slice(20)}`),
    'graph.edges[0].activation_condition',
  ],
  ['a stop message that is none', 'BAD_VALUE', stop('{ stop_message: ⟦false }'), 'graph.stop_when.stop_message'],
  ['a graph of no nodes', 'NO_NODES', 'name: p\n⟦nodes: {}\ngraph: { edges: [] }\n', 'nodes'],
  // limits
  ['no turns at all', 'BAD_LIMIT', graph(`max_turns: ⟦0, edges: [${ONE_LINE}]`), 'graph.max_turns'],
  ['too many turns', 'BAD_LIMIT', graph(`max_turns: ⟦100001, edges: [${ONE_LINE}]`), 'graph.max_turns'],
  ['half a turn', 'BAD_LIMIT', graph(`max_turns: ⟦1.5, edges: [${ONE_LINE}]`), 'graph.max_turns'],
  ['turns in words', 'BAD_LIMIT', graph(`max_turns: ⟦many, edges: [${ONE_LINE}]`), 'graph.max_turns'],
  ['no messages at all', 'BAD_LIMIT', graph(`max_messages: ⟦-1, edges: [${ONE_LINE}]`), 'graph.max_messages'],
  ['a stop after no messages', 'BAD_LIMIT', stop('{ max_messages: ⟦0 }'), 'graph.stop_when.max_messages'],
  ['a history of no messages', 'BAD_LIMIT', heard('{ source: a, last: ⟦0 }'), 'nodes.b.history[0].last'],
  // names
  ['an unknown entry', 'UNKNOWN_NODE', graph(`entry: ⟦aa, edges: [${ONE_LINE}]`), 'graph.entry'],
  ['an unknown second entry', 'UNKNOWN_NODE', graph(`entry: [a, ⟦zz], edges: [${ONE_LINE}]`), 'graph.entry[1]'],
  ['an edge from nowhere', 'UNKNOWN_NODE', edges('{ from: ⟦zz, to: b }'), 'graph.edges[0].from'],
  ['an edge to nowhere', 'UNKNOWN_NODE', edges('{ from: a, to: ⟦zz }'), 'graph.edges[0].to'],
  ['a stop by nobody', 'UNKNOWN_NODE', stop('{ text_mention: x, sources: [a, ⟦user] }'), 'graph.stop_when.sources[1]'],
  [
    'a history of nobody',
    'UNKNOWN_NODE',
    heard('{ source: user, first: 1 }, { source: ⟦use, last: 1 }'),
    'nodes.b.history[1].source',
  ],
  ['a node that a condition does not find', 'UNKNOWN_NODE', when("'${{ nodes.⟦zz.output }}'"), 'graph.edges[0].when'],
  ['a node called user', 'BAD_NAME', 'name: p\nnodes:\n  ⟦user: { uses: x }\ngraph: { edges: [] }\n', 'nodes.user'],
  [
    'a group with spaces',
    'BAD_NAME',
    edges(`{ from: a, to: b, activation_group: ⟦a b }, ${ONE_LINE.slice(20)}`),
    'graph.edges[0].activation_group',
  ],
  [
    'a task that reads a node',
    'UNKNOWN_NAME',
    graph(`task: '\${{ ⟦nodes.a.output }}', edges: [${ONE_LINE}]`),
    'graph.task',
  ],
  // one word each
  ['two conditions', 'BAD_VALUE', when('⟦{ contains: x, equals: 1 }'), 'graph.edges[0].when'],
  ['no condition', 'MISSING_KEY', when('⟦{}'), 'graph.edges[0].when'],
  ['two stops', 'BAD_VALUE', stop('⟦{ text_mention: x, max_messages: 4 }'), 'graph.stop_when'],
  ['no stop', 'MISSING_KEY', stop('{ all: [⟦{}] }'), 'graph.stop_when.all[0]'],
  ['sources of no text', 'UNKNOWN_KEY', stop('{ max_messages: 4, ⟦sources: [a] }'), 'graph.stop_when.sources'],
  ['the first and the last', 'BAD_VALUE', heard('⟦{ source: a, first: 1, last: 1 }'), 'nodes.b.history[0]'],
  ['neither first nor last', 'MISSING_KEY', heard('⟦{ source: a }'), 'nodes.b.history[0]'],
  // conditions
  ['a condition that is a plain text', 'BAD_VALUE', when('⟦APPROVE'), 'graph.edges[0].when'],
  ['a condition inside text', 'BAD_EXPRESSION', when("⟦'is ${{ inputs.x }}'"), 'graph.edges[0].when'],
  ['a condition with wrong syntax', 'BAD_EXPRESSION', when("'${{ 1 ⟦+ }}'"), 'graph.edges[0].when'],
  [
    'an expression in contains',
    'BAD_EXPRESSION',
    when("{ contains: '⟦${{ inputs.x }}' }"),
    'graph.edges[0].when.contains',
  ],
  [
    'an expression in equals',
    'BAD_EXPRESSION',
    when("{ equals: [{ v: 'a⟦${{ 1 }}' }] }"),
    'graph.edges[0].when.equals[0].v',
  ],
  [
    'an expression in text_mention',
    'BAD_EXPRESSION',
    stop("{ text_mention: '⟦${{ 1 }}' }"),
    'graph.stop_when.text_mention',
  ],
  ['a pattern that is never closed', 'BAD_PATTERN', when("{ matches: ⟦'a(' }"), 'graph.edges[0].when.matches'],
  ['a pattern with look-ahead', 'BAD_PATTERN', when("{ matches: ⟦'(?=a)' }"), 'graph.edges[0].when.matches'],
  ['a pattern without end', 'BAD_PATTERN', when(`{ matches: ⟦${'a'.repeat(1001)} }`), 'graph.edges[0].when.matches'],
  [
    'a handler asked about a computation',
    'BAD_VALUE',
    edges('{ from: a, to: c }, { from: c, to: b, when: { handler: ⟦h } }, { from: b, to: d }'),
    'graph.edges[1].when.handler',
  ],
  ['the agent asked as a handler', 'BAD_VALUE', when('{ handler: ⟦agent }'), 'graph.edges[0].when.handler'],
  // what belongs to pipelines without a graph, and to agents
  ['needs in a graph', 'MIXED_FLOW', inNode('uses: x, ⟦needs: [a]'), 'nodes.b.needs'],
  ['needs of nobody in a graph', 'MIXED_FLOW', inNode('uses: x, ⟦needs: zz'), 'nodes.b.needs'],
  ['if in a graph', 'MIXED_FLOW', inNode('uses: x, ⟦if: "true"'), 'nodes.b.if'],
  ['join in a graph', 'MIXED_FLOW', inNode('uses: x, ⟦join: any'), 'nodes.b.join'],
  ['route in a graph', 'MIXED_FLOW', inNode('⟦route: [{ default: a }]'), 'nodes.b.route'],
  [
    'continue_on_error in a graph',
    'MIXED_FLOW',
    inNode('uses: x, ⟦continue_on_error: true'),
    'nodes.b.continue_on_error',
  ],
  [
    'history without a graph',
    'UNKNOWN_KEY',
    'name: p\nnodes: { a: { agent: { instructions: i }, prompt: q, ⟦history: [{ source: user, last: 1 }] } }\n',
    'nodes.a.history',
  ],
  ['history of no agent', 'UNKNOWN_KEY', inNode('uses: x, ⟦history: [{ source: user, last: 1 }]'), 'nodes.b.history'],
  [
    'history of an agent in a map',
    'UNKNOWN_KEY',
    inNode("map: { over: '1', node: { agent: { instructions: i }, prompt: q, ⟦history: [] } }"),
    'nodes.b.map.node.history',
  ],
  [
    'an agent in a map without a prompt',
    'MISSING_KEY',
    inNode("map: { over: '1', ⟦node: { agent: { instructions: i } } }"),
    'nodes.b.map.node.prompt',
  ],
  // edges
  [
    'an edge that stands twice',
    'DUPLICATE_EDGE',
    edges(`${ONE_LINE}, ⟦{ to: b, from: a, activation_group: b }`),
    'graph.edges[3]',
  ],
  [
    'an edge with a condition beside one without',
    'MIXED_CONDITIONS',
    edges(`${ONE_LINE}, ⟦{ from: a, to: d, when: { contains: x }, activation_group: g }`),
    'graph.edges[3]',
  ],
  [
    'a group of all and any',
    'CONFLICTING_ACTIVATION',
    edges(`{ from: a, to: c, activation_condition: any }, { from: a, to: b }, ⟦{ from: b, to: c }, { from: c, to: d }`),
    'graph.edges[2]',
  ],
  // the whole
  [
    'a graph that nothing starts',
    'NO_START_NODE',
    `name: p\nnodes: { a: { uses: x }, b: { uses: x }, c: { uses: x } }\n⟦graph: { max_turns: 9, edges: [{ from: a, to: b }, { from: b, to: a, when: { contains: x } }, { from: b, to: c, when: { contains: y } }] }\n`,
    'graph',
  ],
  [
    'a graph that never ends',
    'NO_LEAF_NODE',
    `name: p\nnodes: { a: { uses: x }, b: { uses: x } }\ngraph:\n  max_turns: 9\n  entry: a\n  ⟦edges: [{ from: a, to: b }, { from: b, to: a, when: { contains: x } }]\n`,
    'graph.edges',
  ],
  [
    'a cycle that nothing leaves',
    'CYCLE_WITHOUT_EXIT',
    graph(
      'entry: a, max_turns: 9, edges: [{ from: a, to: b }, { from: b, to: c }, ⟦{ from: c, to: a }, { from: c, to: d }]',
    ),
    'graph.edges[2]',
  ],
  [
    'a node that runs itself for ever',
    'CYCLE_WITHOUT_EXIT',
    edges(`${ONE_LINE}, ⟦{ from: c, to: c, activation_group: g }`),
    'graph.edges[3]',
  ],
  [
    'a cycle without a limit',
    'CYCLE_WITHOUT_LIMIT',
    `name: p\n${NODES}⟦graph: { entry: a, edges: [{ from: a, to: b }, { from: b, to: a, when: { contains: x } }, { from: b, to: c, when: { contains: y } }, { from: c, to: d }] }\n`,
    'graph',
  ],
  [
    'a node that no entry leads to',
    'UNREACHABLE_NODE',
    `name: p\nnodes:\n  a: { uses: x }\n  ⟦b: { uses: x }\ngraph: { entry: a, edges: [] }\n`,
    'nodes.b',
  ],
  [
    'a cycle beside the entries',
    'UNREACHABLE_NODE',
    `name: p\nnodes:\n  a: { uses: x }\n  ⟦b: { uses: x }\ngraph: { max_turns: 9, edges: [{ from: b, to: b, when: { contains: x } }] }\n`,
    'nodes.b',
  ],
  [
    'a join that waits for what comes after it',
    'JOIN_NEVER_FIRES',
    edges(
      '{ from: a, to: b }, { from: b, to: c }, ⟦{ from: c, to: b, when: { contains: x } }, { from: c, to: d, when: { contains: y } }',
    ),
    'graph.edges[2]',
  ],
  [
    'two joins that wait for each other',
    'JOIN_NEVER_FIRES',
    graph(
      'entry: [a], max_turns: 9, edges: [{ from: a, to: b }, { from: a, to: d }, { from: b, to: c, when: { contains: x } }, ⟦{ from: c, to: b }]',
    ),
    'graph.edges[3]',
  ],
];
