/** Where free graphs stop, and what agents hear in them; each with what must come of it, written from the rules. */
import { graph, type Scenario } from './scenario.js';

const contains = (text: string): { readonly when: { readonly contains: string } } => ({ when: { contains: text } });
const lacks = (text: string): { readonly when: { readonly notContains: string } } => ({ when: { notContains: text } });

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

export const STOPS_AND_MESSAGES: readonly Scenario[] = [...STOPS, ...MESSAGES, ...AUTOGEN_7043];
