/** Free graphs, each with what must come of it; written from the rules, not from what the engine does. */
import { graph, type Scenario } from './scenario.js';

const contains = (text: string): { readonly when: { readonly contains: string } } => ({ when: { contains: text } });
const lacks = (text: string): { readonly when: { readonly notContains: string } } => ({ when: { notContains: text } });

const SHAPES: readonly Scenario[] = [
  graph({
    name: 'chain',
    edges: { a: ['b'], b: ['c'] },
    plot: ['a b c'],
    expected: { turns: 3, output: 'c1', reads: { 'b#1': { a: 'a1' }, 'c#1': { b: 'b1' } } },
  }),
  graph({
    name: 'fan-out',
    edges: { a: ['b', 'c', 'd'] },
    plot: ['a c d b'],
    expected: { turns: 4, output: { b: 'b1', c: 'c1', d: 'd1' } },
  }),
  graph({
    name: 'all-join',
    edges: { a: ['b', 'c', 'd'], b: ['e'], c: ['e'], d: ['e'] },
    plot: ['a d b c e'],
    expected: { turns: 5, output: 'e1', reads: { 'e#1': { b: 'b1', c: 'c1', d: 'd1' } } },
  }),
  graph({
    name: 'any-join in one wave',
    scheduling: 'barrier',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: [{ to: 'd', activation: 'any' }] },
    plot: ['a b c d'],
    expected: { turns: 3, output: 'd1' },
  }),
  graph({
    name: 'any-join over several waves',
    scheduling: 'barrier',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: ['e'], e: [{ to: 'd', activation: 'any' }] },
    plot: ['a c b d e d2'],
    expected: { turns: 4, output: 'd2', reads: { 'd#1': { b: 'b1', e: null }, 'd#2': { b: 'b1', e: 'e1' } } },
  }),
  graph({
    name: 'any-join, eager',
    edges: { a: ['b', 'c'], b: [{ to: 'd', activation: 'any' }], c: [{ to: 'd', activation: 'any' }] },
    plot: ['a b c d d2'],
    expected: { turns: 5, output: 'd2', reads: { 'd#1': { b: 'b1', c: null }, 'd#2': { b: 'b1', c: 'c1' } } },
  }),
  graph({
    name: 'two groups on one target',
    scheduling: 'barrier',
    edges: {
      s: ['a', 'b', 'c'],
      a: [{ to: 'd', group: 'both' }],
      b: [{ to: 'd', group: 'both' }],
      c: [{ to: 'd', group: 'alone' }],
    },
    plot: ['s a b c d d2'],
    expected: { turns: 3, output: 'd2' },
  }),
  graph({
    name: 'two groups on one target, eager',
    edges: {
      s: ['a', 'b', 'c'],
      a: [{ to: 'd', group: 'both' }],
      b: [{ to: 'd', group: 'both' }],
      c: [{ to: 'd', group: 'alone' }],
    },
    plot: ['s c d a b d2'],
    expected: { turns: 6, reads: { 'd#1': { a: null, b: null, c: 'c1' }, 'd#2': { a: 'a1', b: 'b1', c: 'c1' } } },
  }),
  graph({
    name: 'entry points',
    entry: ['a', 'b'],
    edges: { a: ['c'], b: ['c'] },
    plot: ['b a c'],
    expected: { turns: 3, output: 'c1' },
  }),
  graph({
    name: 'nodes that the engine computes',
    edges: { a: ['b'], b: ['c', 'd'] },
    computes: { b: '${{ upper(nodes.a.output) }}' },
    plot: ['a b c d'],
    expected: { reads: { 'c#1': { b: 'A1' }, 'd#1': { b: 'A1' } } },
  }),
];

const CONDITIONS: readonly Scenario[] = [
  graph({
    name: 'conditional split',
    edges: {
      a: [
        { to: 'b', ...contains('YES') },
        { to: 'c', ...lacks('YES') },
      ],
      b: ['d'],
      c: ['e'],
    },
    says: { a: ['Yes or no? NO'] },
    plot: ['a c e'],
    expected: { turns: 3, output: { e: 'e1' } },
  }),
  graph({
    name: 'several matching edges',
    edges: {
      a: [
        { to: 'b', ...contains('x') },
        { to: 'c', when: { matches: 'x.*y' } },
        { to: 'd', ...contains('z') },
        { to: 'e', when: { if: 'len(nodes.a.output) == 7' } },
      ],
    },
    says: { a: ['x and y'] },
    plot: ['a e b c'],
    expected: { turns: 4, output: { b: 'b1', c: 'c1', e: 'e1' } },
  }),
  graph({
    name: 'no matching edge',
    edges: { a: ['b'], b: [{ to: 'c', ...contains('GO') }] },
    plot: ['a b'],
    expected: { turns: 2, output: 'b1' },
  }),
  graph({
    name: 'a join that one edge leaves waiting',
    edges: { s: ['a', 'b'], a: ['c', 'd'], b: [{ to: 'c', ...contains('GO') }] },
    plot: ['s a b d'],
    expected: { turns: 4, output: { d: 'd1' }, unsatisfied: ['c/c: 1'] },
  }),
  graph({
    name: 'equal JSON, and a handler that is asked',
    edges: {
      a: [
        { to: 'b', when: { equals: { go: ['c'] } } },
        { to: 'c', when: { handler: 'scripted.names' } },
        { to: 'd', when: { handler: 'scripted.names' } },
      ],
    },
    says: { a: [{ go: ['c'] }] },
    plot: ['a c b'],
    expected: { turns: 3, output: { b: 'b1', c: 'c1' } },
  }),
];

const LOOPS: readonly Scenario[] = [
  graph({
    name: 'self loop',
    edges: {
      a: [
        { to: 'a', ...lacks('DONE') },
        { to: 'b', ...contains('DONE') },
      ],
    },
    says: { a: ['one', 'two', 'DONE'] },
    plot: ['a a2 a3 b'],
    expected: { turns: 4, output: 'b1', reads: { 'a#1': { a: null }, 'a#3': { a: 'two' }, 'b#1': { a: 'DONE' } } },
  }),
  graph({
    name: 'nested loops',
    edges: {
      w: ['r'],
      r: [
        { to: 'w', group: 'inner', ...contains('FIX') },
        { to: 'p', ...contains('OK') },
      ],
      p: [
        { to: 'w', group: 'outer', ...contains('AGAIN') },
        { to: 'e', ...contains('SHIP') },
      ],
    },
    says: { r: ['FIX', 'OK', 'FIX', 'OK'], p: ['AGAIN', 'SHIP'] },
    plot: ['w r w2 r2 p w3 r3 w4 r4 p2 e'],
    expected: { turns: 11, output: 'e1', reads: { 'w#3': { r: 'OK', p: 'AGAIN' } } },
  }),
  graph({
    name: 'two loops that share a node',
    edges: {
      h: [
        { to: 'x', ...contains('X') },
        { to: 'y', ...contains('Y') },
        { to: 'o', ...contains('OUT') },
      ],
      x: [{ to: 'h', group: 'x' }],
      y: [{ to: 'h', group: 'y' }],
    },
    says: { h: ['X', 'Y', 'X', 'OUT'] },
    plot: ['h x h2 y h3 x2 h4 o'],
    expected: { turns: 8, output: 'o1', reads: { 'h#3': { x: 'x1', y: 'y1' }, 'h#4': { x: 'x2', y: 'y1' } } },
  }),
  graph({
    name: 'a loop with a join inside',
    edges: {
      s: ['b', 'c'],
      b: ['j'],
      c: ['j'],
      j: [
        { to: 's', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { j: ['AGAIN', 'DONE'] },
    plot: ['s c b j s2 b2 c2 j2 e'],
    expected: { turns: 9, output: 'e1', reads: { 'j#2': { b: 'b2', c: 'c2' } } },
  }),
  graph({
    name: 'a loop with a join inside, by waves',
    scheduling: 'barrier',
    edges: {
      s: ['b', 'c'],
      b: ['j'],
      c: ['j'],
      j: [
        { to: 's', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { j: ['AGAIN', 'DONE'] },
    plot: ['s c b j s2 b2 c2 j2 e'],
    expected: { turns: 7, output: 'e1' },
  }),
];

const STOPS: readonly Scenario[] = [
  graph({
    name: 'max_turns',
    maxTurns: 3,
    edges: {
      a: ['b'],
      b: [
        { to: 'a', ...lacks('END') },
        { to: 'c', ...contains('END') },
      ],
    },
    says: { b: ['more', 'END'] },
    plot: ['a b a2', { paused: 'max_turns' }, { resume: '' }, 'b2 c'],
    expected: { turns: 5, output: 'c1' },
  }),
  graph({
    name: 'max_messages, and a new message',
    // The task, a1, b1.
    maxMessages: 3,
    agents: { a: undefined, b: undefined },
    edges: {
      a: ['b'],
      b: [
        { to: 'a', ...lacks('END') },
        { to: 'c', ...contains('END') },
      ],
    },
    says: { b: ['more', 'END'] },
    plot: [
      'a b',
      { paused: 'max_messages' },
      { resume: 'Go on.' },
      'a2 b2',
      { paused: 'max_messages' },
      { resume: '' },
      'c',
    ],
    expected: {
      turns: 5,
      heard: { 'a#2': ['b#1: more', 'user#0: Go on.'], 'b#2': ['user#0: Go on.', 'a#2: a2'] },
    },
  }),
  graph({
    name: 'stop_when in a parallel wave',
    scheduling: 'barrier',
    stopWhen: { textMention: 'TERMINATE' },
    edges: { a: ['b', 'c', 'd'], b: ['e'], c: ['e'], d: ['f'] },
    says: { c: ['TERMINATE'] },
    plot: ['a b c d'],
    expected: { stop: 'stop_when', stoppedBy: 'c#1', turns: 2, output: 'd1' },
  }),
  graph({
    name: 'stop_when while others run',
    stopWhen: { textMention: 'TERMINATE', sources: ['b'] },
    edges: { a: ['b', 'c', 'd'], b: ['e'], c: ['e'], d: ['f'] },
    says: { a: ['do not TERMINATE'], b: ['TERMINATE'] },
    plot: ['a d b'],
    expected: { stop: 'stop_when', stoppedBy: 'b#1', turns: 3, output: 'TERMINATE', cancelled: ['c#1', 'f#1'] },
  }),
  graph({
    name: 'the stop word as the last word',
    stopWhen: { any: [{ textMention: 'TERMINATE' }, { maxMessages: 10 }] },
    edges: { a: ['b'] },
    says: { b: ['TERMINATE'] },
    plot: ['a b'],
    expected: { stop: 'complete', turns: 2, output: 'TERMINATE' },
  }),
  graph({
    name: 'a node that fails for good',
    edges: { a: ['b', 'c'], b: ['d'], c: ['d'] },
    says: { c: [{ throws: 'no' }] },
    plot: ['a b c!'],
    expected: { status: 'FAILED', stop: 'none', turns: 2, failed: ['c#1'] },
  }),
];

const MESSAGES: readonly Scenario[] = [
  graph({
    name: 'messages with filters',
    agents: {
      w: undefined,
      r: [{ source: 'w', last: 1 }],
      e: [{ source: 'r', first: 1 }, { source: 'user' }, { source: 'w', last: 2 }],
    },
    edges: {
      w: ['r'],
      r: [
        { to: 'w', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { r: ['AGAIN', 'AGAIN', 'DONE'] },
    plot: ['w r w2 r2 w3 r3 e'],
    expected: {
      turns: 7,
      heard: {
        'w#1': ['user#0: Begin.'],
        'w#3': ['r#2: AGAIN'],
        'r#1': ['w#1: w1'],
        'r#3': ['w#3: w3'],
        'e#1': ['r#1: AGAIN', 'user#0: Begin.', 'w#2: w2', 'w#3: w3'],
      },
    },
  }),
  graph({
    name: 'siblings of a wave do not hear each other',
    scheduling: 'barrier',
    agents: { a: undefined, b: undefined, c: undefined },
    edges: {
      s: ['a', 'b'],
      a: ['c'],
      b: ['c'],
      c: [
        { to: 'a', group: 'again', ...contains('AGAIN') },
        { to: 'b', group: 'again', ...contains('AGAIN') },
        { to: 'e', ...contains('DONE') },
      ],
    },
    says: { c: ['AGAIN', 'DONE'] },
    plot: ['s a b c b2 a2 c2 e'],
    expected: {
      turns: 6,
      heard: {
        'a#1': ['user#0: Begin.', 's#1: s1'],
        'b#1': ['user#0: Begin.', 's#1: s1'],
        'c#1': ['user#0: Begin.', 's#1: s1', 'a#1: a1', 'b#1: b1'],
        'a#2': ['b#1: b1', 'c#1: AGAIN'],
        'b#2': ['a#1: a1', 'c#1: AGAIN'],
        'c#2': ['b#2: b2', 'a#2: a2'],
      },
    },
  }),
  graph({
    name: 'a message while a node runs',
    agents: { a: undefined, b: undefined, c: undefined },
    edges: { a: ['b'], b: ['c'] },
    plot: ['a', { say: 'Hurry.' }, 'b c'],
    expected: {
      heard: {
        'b#1': ['user#0: Begin.', 'a#1: a1'],
        'c#1': ['user#0: Begin.', 'a#1: a1', 'user#0: Hurry.', 'b#1: b1'],
      },
    },
  }),
];

/** The graphs of microsoft/autogen#7043. */
const AUTOGEN_7043: readonly Scenario[] = [
  graph({
    name: '#7043: a sequence',
    agents: { writer: undefined, reviewer: undefined, editor: undefined },
    edges: { writer: ['reviewer'], reviewer: ['editor'] },
    plot: ['writer reviewer editor'],
    expected: {
      turns: 3,
      heard: {
        'reviewer#1': ['user#0: Begin.', 'writer#1: writer1'],
        'editor#1': ['user#0: Begin.', 'writer#1: writer1', 'reviewer#1: reviewer1'],
      },
    },
  }),
  graph({
    name: '#7043: two branches',
    agents: { writer: undefined, left: undefined, right: undefined, editor: undefined },
    edges: { writer: ['left', 'right'], left: ['editor'], right: ['editor'] },
    plot: ['writer left right editor'],
    expected: {
      turns: 4,
      heard: { 'editor#1': ['user#0: Begin.', 'writer#1: writer1', 'left#1: left1', 'right#1: right1'] },
    },
  }),
  graph({
    name: '#7043: a cycle',
    agents: { writer: undefined, reviewer: undefined, editor: undefined },
    edges: {
      writer: ['reviewer'],
      reviewer: [
        { to: 'writer', group: 'again', ...lacks('APPROVE') },
        { to: 'editor', ...contains('APPROVE') },
      ],
    },
    says: { reviewer: ['longer', 'shorter', 'APPROVE'] },
    plot: ['writer reviewer writer2 reviewer2 writer3 reviewer3 editor'],
    expected: {
      turns: 7,
      heard: {
        'writer#2': ['reviewer#1: longer'],
        'writer#3': ['reviewer#2: shorter'],
        'reviewer#3': ['writer#3: writer3'],
      },
    },
  }),
  graph({
    name: '#7043: a new message',
    maxTurns: 2,
    agents: { writer: undefined, reviewer: undefined, editor: undefined },
    edges: { writer: ['reviewer'], reviewer: ['editor'] },
    plot: ['writer reviewer', { paused: 'max_turns' }, { resume: 'In English.' }, 'editor'],
    expected: {
      turns: 3,
      heard: {
        'editor#1': ['user#0: Begin.', 'writer#1: writer1', 'reviewer#1: reviewer1', 'user#0: In English.'],
      },
    },
  }),
];

export const GRAPHS: readonly Scenario[] = [...SHAPES, ...CONDITIONS, ...LOOPS, ...STOPS, ...MESSAGES, ...AUTOGEN_7043];
