/** Wrong expressions, schedules and rules of concurrency. `⟦` stands right before the place of the issue. */
import { NODES, inNode, type Case } from './compile-error-cases.js';

const top = (keys: string): string =>
  `name: p\ninputs: { q: { type: string, required: true }, n: { type: integer } }\n${keys}\n${NODES}`;

export const START_CASES: readonly Case[] = [
  // roots of expressions
  ['item outside of a map', 'UNKNOWN_NAME', inNode('with: { v: "${{ ⟦item }}" }'), 'nodes.a.with.v'],
  ['index outside of a map', 'UNKNOWN_NAME', inNode('if: ⟦index == 1'), 'nodes.a.if'],
  ['item in the output', 'UNKNOWN_NAME', `name: p\n${NODES}output: "\${{ ⟦item }}"\n`, 'output'],
  ['secrets in if', 'UNKNOWN_NAME', inNode('secrets: [A], if: ⟦secrets.A'), 'nodes.a.if'],
  [
    'a secret nobody declares',
    'UNKNOWN_NAME',
    inNode('secrets: [TOKEN], with: { v: "${{ secrets.⟦TOKN }}" }'),
    'nodes.a.with.v',
    'TOKEN',
  ],
  ['a secret without secrets', 'UNKNOWN_NAME', inNode('env: { V: "${{ secrets.⟦TOKEN }}" }'), 'nodes.a.env.V'],
  [
    'a secret in a prompt',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { agent: { instructions: i }, prompt: "${{ ⟦secrets.A }}" } }\n',
    'nodes.a.prompt',
  ],
  [
    'a secret in compute',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { compute: "${{ ⟦secrets.A }}" } }\n',
    'nodes.a.compute',
  ],
  [
    'env in compute',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { compute: { v: ["${{ ⟦env.A }}"] } } }\n',
    'nodes.a.compute.v[0]',
  ],
  [
    'an unknown node in compute',
    'UNKNOWN_NODE',
    'name: p\nnodes: { a: { compute: "${{ nodes.⟦b.output }}" } }\n',
    'nodes.a.compute',
  ],
  [
    'an unknown input in a message',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { approval: { message: "${{ inputs.⟦x }}" } } }\n',
    'nodes.a.approval.message',
  ],
  ['a broken expression in wait', 'BAD_EXPRESSION', 'name: p\nnodes: { a: { wait: "${{ 1 ⟦+ }}" } }\n', 'nodes.a.wait'],
  [
    'an unknown name in until',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { wait: { until: "${{ ⟦now }}" } } }\n',
    'nodes.a.wait.until',
  ],
  [
    'an unknown input for a child',
    'UNKNOWN_NAME',
    'name: p\nnodes: { a: { pipeline: { name: c, with: { v: "${{ inputs.⟦x }}" } } } }\n',
    'nodes.a.pipeline.with.v',
  ],
  // concurrency, priority, retention
  ['concurrency without key', 'MISSING_KEY', top('⟦concurrency: { limit: 1 }'), 'concurrency.key'],
  ['a limit of 0', 'BAD_VALUE', top('concurrency: { key: k, limit: ⟦0 }'), 'concurrency.limit'],
  [
    'an unknown on_conflict',
    'BAD_VALUE',
    top('concurrency: { key: k, on_conflict: ⟦rejct }'),
    'concurrency.on_conflict',
    'reject',
  ],
  ['a node in the key', 'UNKNOWN_NAME', top('concurrency: { key: "${{ ⟦nodes.a.output }}" }'), 'concurrency.key'],
  ['the execution in the key', 'UNKNOWN_NAME', top('concurrency: { key: "${{ ⟦run.id }}" }'), 'concurrency.key'],
  ['an unknown input in the key', 'UNKNOWN_NAME', top('concurrency: { key: "${{ inputs.⟦x }}" }'), 'concurrency.key'],
  [
    'an unknown key of concurrency',
    'UNKNOWN_KEY',
    top('concurrency: { key: k, ⟦limt: 1 }'),
    'concurrency.limt',
    'limit',
  ],
  ['a priority of 101', 'BAD_VALUE', top('priority: ⟦101'), 'priority'],
  ['a retention without unit', 'BAD_DURATION', top('retention: ⟦30'), 'retention'],
  ['a retention above ten years', 'BAD_DURATION', top('retention: ⟦3651d'), 'retention'],
  // schedules
  ['a schedule that is a map', 'WRONG_TYPE', top('schedule: ⟦{ cron: "0 9 * * *" }'), 'schedule'],
  ['a schedule without cron', 'MISSING_KEY', top('schedule: [⟦{ with: { q: x } }]'), 'schedule[0].cron'],
  ['a cron of four fields', 'BAD_VALUE', top('schedule: [{ cron: ⟦"0 9 * *", with: { q: x } }]'), 'schedule[0].cron'],
  [
    'a cron that the checker refuses',
    'BAD_VALUE',
    top('schedule: [{ cron: ⟦"99 9 * * *", with: { q: x } }]'),
    'schedule[0].cron',
  ],
  [
    'an unknown overlap',
    'BAD_VALUE',
    top('schedule: [{ cron: "0 9 * * *", overlap: ⟦quue, with: { q: x } }]'),
    'schedule[0].overlap',
    'queue',
  ],
  [
    'an unknown catch_up',
    'BAD_VALUE',
    top('schedule: [{ cron: "0 9 * * *", catch_up: ⟦lst, with: { q: x } }]'),
    'schedule[0].catch_up',
    'last',
  ],
  [
    'two schedules of one name',
    'DUPLICATE_KEY',
    top('schedule: [{ cron: "0 9 * * *", name: s, with: { q: x } }, { cron: "0 8 * * *", name: ⟦s, with: { q: x } }]'),
    'schedule[1].name',
  ],
  [
    'an unknown input of a schedule',
    'UNKNOWN_NAME',
    top('schedule: [{ cron: "0 9 * * *", with: { q: x, ⟦m: 1 } }]'),
    'schedule[0].with.m',
  ],
  ['a missing input of a schedule', 'MISSING_KEY', top('schedule: [⟦{ cron: "0 9 * * *" }]'), 'schedule[0].with.q'],
  [
    'a wrong input of a schedule',
    'BAD_VALUE',
    top('schedule: [{ cron: "0 9 * * *", with: { q: x, n: ⟦1.5 } }]'),
    'schedule[0].with.n',
  ],
  [
    'an expression in a schedule',
    'BAD_EXPRESSION',
    top('schedule: [{ cron: "0 9 * * *", with: { q: "⟦${{ run.id }}" } }]'),
    'schedule[0].with.q',
  ],
  [
    'an unknown key of a schedule',
    'UNKNOWN_KEY',
    top('schedule: [{ cron: "0 9 * * *", ⟦timezon: UTC, with: { q: x } }]'),
    'schedule[0].timezon',
    'timezone',
  ],
  // include
  ['an include that is text', 'WRONG_TYPE', top('include: ⟦part.yaml'), 'include'],
  ['an included file that is missing', 'FILE_NOT_FOUND', top('include: [⟦gone.yaml]'), 'include[0]'],
  ['a file included twice', 'DUPLICATE_KEY', top('include: [part.yaml, ⟦./part.yaml]'), 'include[1]'],
];
