import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { toMermaid } from '../../../src/pipeline/mermaid.js';

describe('the diagram', () => {
  it('shows nodes with their handler or agent, edges, and conditions', () => {
    const text = `name: p
agents: { researcher: { instructions: i } }
nodes:
  research: { agent: researcher, prompt: q }
  inline: { agent: { instructions: i }, prompt: q }
  end: { uses: report.markdown, needs: [research, inline], if: "nodes.research.output != ''" }
`;
    expect(toMermaid(compilePipeline(text, 'p').compiled!.ir)).toBe(`flowchart TD
  n0["research<br/>agent: researcher"]
  n1["inline<br/>agent"]
  n2{{"end<br/>report.markdown<br/>if nodes.research.output != #39;#39;"}}
  n0 -.-> n2
  n1 -.-> n2
`);
  });

  it('shows the kind of each node by its shape, and on edges when they are taken', () => {
    const text = `name: p
nodes:
  sort: { route: [{ if: "inputs.n > 1", to: each }, { if: "1", to: ask }, { default: ask }] }
  each: { map: { over: "fromJSON('[1]')", node: { uses: x } } }
  all: { reduce: { of: each, compute: "\${{ nodes.each.output }}" } }
  ask: { approval: { message: ok? } }
  pause: { needs: { all: failed, ask: completed }, wait: 3d }
  go: { needs: pause, wait: { signal: go }, if: "true" }
  child: { needs: go, pipeline: { name: c } }
inputs: { n: { type: number } }
`;
    expect(toMermaid(compilePipeline(text, 'p').compiled!.ir)).toBe(`flowchart TD
  n0{"sort<br/>route"}
  n1[/"each<br/>map fromJSON(#39;#91;1#93;#39;): x"\\]
  n2[\\"all<br/>reduce each: compute"/]
  n3(["ask<br/>approval"])
  n4(("pause<br/>wait 259200s"))
  n5(("go<br/>wait for go<br/>if true"))
  n6[["child<br/>pipeline: c"]]
  n0 -->|"inputs.n #62; 1"| n1
  n1 --> n2
  n0 -->|"1 or otherwise"| n3
  n2 -->|"failed"| n4
  n3 -->|"completed"| n4
  n4 -.-> n5
  n5 --> n6
`);
  });

  it('shows where a free graph begins and stops, its conditions and its groups', () => {
    const text = `name: p
nodes:
  generator: { agent: { instructions: i } }
  reviewer: { agent: { instructions: i } }
  critic: { uses: x }
  end: { compute: 1 }
graph:
  entry: [generator, critic]
  scheduling: barrier
  max_turns: 20
  max_messages: 50
  stop_when: { any: [{ text_mention: 'STOP!"', sources: [critic] }, { all: [{ stop_message: true }, { max_messages: 3 }] }] }
  edges:
    - { from: generator, to: reviewer, activation_condition: any }
    - { from: critic, to: reviewer, activation_condition: any }
    - { from: reviewer, to: end, when: { contains: '"]; click "APPROVE' } }
    - { from: reviewer, to: generator, when: { not_contains: APPROVE }, activation_group: feedback }
    - { from: reviewer, to: critic, when: { matches: '^a+$' } }
    - { from: reviewer, to: critic, when: { equals: [1] } }
    - { from: reviewer, to: end, when: { handler: h } }
    - { from: reviewer, to: critic, when: '\${{ nodes.reviewer.output.score > 3 }}' }
`;
    expect(toMermaid(compilePipeline(text, 'p').compiled!.ir)).toBe(`flowchart TD
  n0["generator<br/>agent"]
  n1["reviewer<br/>agent"]
  n2["critic<br/>x"]
  n3["end<br/>compute"]
  task>"task<br/>in waves<br/>pauses after 20 turns<br/>pauses after 50 messages<br/>stops when critic says STOP!#34; or (somebody gives a StopMe..."]
  task --> n0
  task --> n2
  n0 -->|"any of its edges"| n1
  n1 -.->|"contains #34;#93;#59; click #34;APPROVE"| n3
  n1 -.->|"does not contain APPROVE<br/>all of group feedback"| n0
  n1 -.->|"matches #94;a#43;#36;"| n2
  n1 -.->|"equals #91;1#93;"| n2
  n1 -.->|"h says so"| n3
  n1 -.->|"nodes.reviewer.output.score #62; 3"| n2
  n2 -->|"any of its edges"| n1
`);
  });

  it('draws foreign IR by node type', () => {
    expect(
      toMermaid({
        nodes: { a: { type: 'COMPUTE', dependencies: [] }, b: { type: 'EFFECT', dependencies: ['a', 'a', 'gone'] } },
      }),
    ).toBe('flowchart TD\n  n0["a<br/>COMPUTE"]\n  n1["b<br/>EFFECT"]\n  n0 --> n1\n');
  });

  it('never lets a name become syntax', () => {
    const name = '"] --> x\n%% <script>`&#quot;{}|';
    const diagram = toMermaid({
      nodes: {
        [name]: {
          type: 'EFFECT',
          dependencies: [],
          'x-nexum': { handler: '"]; click n0 "javascript:x"', if: '"}} x' },
        },
      },
    });
    expect(diagram.split('\n')).toHaveLength(3);
    const label = /^ {2}n0\{\{"(.*)"\}\}$/.exec(diagram.split('\n')[1]!)?.[1] ?? '';
    expect(label).not.toBe('');
    expect(label.replaceAll('<br/>', '').replaceAll(/#\d+;/g, '')).not.toMatch(/["<>[\]{}|`&#;%\n]/);
  });

  it('cuts long conditions', () => {
    const diagram = toMermaid({
      nodes: { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { if: 'x'.repeat(500) } } },
    });
    expect(diagram.length).toBeLessThan(150);
    expect(diagram).toContain('xxx...');
  });
});
