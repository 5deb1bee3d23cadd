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
