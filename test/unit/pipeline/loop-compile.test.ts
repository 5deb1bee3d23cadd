/** `loop:` in the language: what it becomes, and how it is drawn. */
import { describe, expect, it } from 'vitest';
import type { IrNode } from '../../../src/core/ir.js';
import { parseIr } from '../../../src/core/ir-validation.js';
import { compilePipeline, type CompiledPipeline } from '../../../src/pipeline/compile.js';
import { toMermaid } from '../../../src/pipeline/mermaid.js';

const RESEARCH = `name: research
inputs: { query: { type: string } }
nodes:
  plan: { compute: "\${{ inputs.query }}" }
  improve:
    loop:
      max_iterations: 5
      until: nodes.validate.output.ok == true
      nodes:
        research:
          compute: { plan: "\${{ nodes.plan.output }}", critique: "\${{ nodes.validate.output.critique }}" }
        validate: { needs: research, compute: { ok: "\${{ nodes.research.output }}", before: "\${{ nodes.validate.output }}" } }
  report: { needs: improve, compute: "\${{ nodes.improve.output }}" }
`;

function compiled(text: string): CompiledPipeline {
  const { compiled: pipeline, issues } = compilePipeline(text, 'p.yaml');
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (!pipeline) throw new Error('nothing was compiled');
  expect(parseIr(pipeline.irJson).problems).toEqual([]);
  return pipeline;
}

const compute = (value: unknown, dependencies: string[] = [], reads?: string[]): unknown => ({
  type: 'COMPUTE',
  dependencies,
  'x-nexum': { compute: value, ...(reads ? { reads } : {}) },
});
const loop = (spec: object, dependencies: string[] = [], reads?: string[]): unknown => ({
  type: 'COMPUTE',
  dependencies,
  'x-nexum': { loop: { onExhausted: 'fail', ...spec }, ...(reads ? { reads } : {}) },
});

/** Nodes that compute the outputs of these nodes; keys in the order of the file. */
function step(reads: readonly string[], needs = ''): string {
  const values = reads.map((name) => `"\${{ nodes.${name}.output }}"`).join(', ');
  return `{ ${needs === '' ? '' : `needs: ${needs}, `}compute: [${values}] }`;
}

const outputs = (...names: string[]): string[] => names.map((name) => `\${{ nodes.${name}.output }}`);

describe('a loop', () => {
  it('becomes a node beside its nodes, with feedback as reads', () => {
    const { ir } = compiled(RESEARCH);
    expect(ir.nodes).toEqual({
      plan: compute('${{ inputs.query }}'),
      improve: loop({ nodes: ['research', 'validate'], until: 'nodes.validate.output.ok == true', maxIterations: 5 }, [
        'plan',
      ]),
      research: compute(
        { plan: '${{ nodes.plan.output }}', critique: '${{ nodes.validate.output.critique }}' },
        [],
        ['plan', 'validate'],
      ),
      validate: compute(
        { ok: '${{ nodes.research.output }}', before: '${{ nodes.validate.output }}' },
        ['research'],
        ['validate'],
      ),
      report: compute('${{ nodes.improve.output }}', ['improve']),
    });
  });

  it('says of feedback and of what is outside no warning, of a forgotten neighbour it does', () => {
    expect(compilePipeline(RESEARCH, 'p.yaml').issues).toEqual([]);
    const forgot = `name: p\nnodes:\n  l:\n    loop:\n      until: nodes.b.output == 1\n      max_iterations: 2\n      nodes:\n        a: { compute: 1 }\n        b: ${step(['a'])}\n`;
    const { compiled: pipeline, issues } = compilePipeline(forgot, 'p.yaml');
    expect(issues.map(({ code, severity, path }) => [code, severity, path])).toEqual([
      ['IMPLICIT_DEPENDENCY', 'warning', 'nodes.l.loop.nodes.b.compute[0]'],
    ]);
    expect(pipeline?.ir.nodes['b']).toEqual(compute(outputs('a'), ['a']));
  });

  it('in a loop waits for what its nodes read beside it, and reads what comes behind it of the round before', () => {
    const text = `name: nested
nodes:
  start: { compute: 1 }
  outer:
    if: nodes.start.output == 1
    needs: [start]
    continue_on_error: true
    loop:
      until: "\${{ nodes.judge.output == 1 && nodes.start.status == 'COMPLETED' }}"
      max_iterations: 10
      on_exhausted: continue
      nodes:
        first: { compute: 2 }
        inner:
          loop:
            until: nodes.step.output[0] == nodes.first.output
            max_iterations: 3
            nodes:
              step: ${step(['start', 'first', 'judge', 'inner', 'step'])}
        judge: ${step(['inner'], '[inner]')}
  end: ${step(['outer'], '[outer]')}
`;
    const { ir } = compiled(text);
    const until = "nodes.judge.output == 1 && nodes.start.status == 'COMPLETED'";
    expect(ir.nodes).toEqual({
      start: compute(1),
      outer: {
        type: 'COMPUTE',
        dependencies: ['start'],
        'x-nexum': {
          loop: { nodes: ['first', 'inner', 'judge'], until, maxIterations: 10, onExhausted: 'continue' },
          if: 'nodes.start.output == 1',
          continueOnError: true,
        },
      },
      first: compute(2),
      inner: loop(
        { nodes: ['step'], until: 'nodes.step.output[0] == nodes.first.output', maxIterations: 3 },
        ['first'],
        ['judge', 'inner'],
      ),
      step: compute(
        outputs('start', 'first', 'judge', 'inner', 'step'),
        [],
        ['start', 'first', 'judge', 'inner', 'step'],
      ),
      judge: compute(outputs('inner'), ['inner']),
      end: compute(outputs('outer'), ['outer']),
    });
  });

  it('holds every kind of node, routes, maps and folds among themselves', () => {
    const text = `name: kinds
nodes:
  work:
    loop:
      until: nodes.fold.output == 1
      max_iterations: 2
      nodes:
        choose: { route: [{ if: "iteration > 1", to: each }, { default: each }] }
        each: { map: { over: "fromJSON('[1]')", node: { compute: "\${{ item }}" } } }
        fold: { reduce: { of: each, compute: 1 }, join: any }
        ask: { needs: { fold: completed }, approval: { message: ok? } }
        pause: { wait: 1s }
        child: { pipeline: { name: other } }
        call: { uses: my.handler, retry: { max_attempts: 1 }, timeout: 1m, queue: gpu }
`;
    const { nodes } = compiled(text).ir;
    const shown = (name: string): unknown[] => [nodes[name]?.type, nodes[name]?.dependencies];
    expect(Object.keys(nodes).map((name) => [name, ...shown(name)])).toEqual([
      ['work', 'COMPUTE', []],
      ['choose', 'ROUTER', []],
      ['each', 'MAP', ['choose']],
      ['fold', 'REDUCE', ['each']],
      ['ask', 'HUMAN_APPROVAL', ['fold']],
      ['pause', 'TIMER', []],
      ['child', 'SUBWORKFLOW', []],
      ['call', 'EFFECT', []],
    ]);
    expect((nodes['call'] as IrNode)['x-nexum']).toMatchObject({
      handler: 'my.handler',
      queue: 'gpu',
      timeoutMs: 60_000,
    });
  });

  it('comes from an included file as from the file itself', () => {
    const included = RESEARCH.slice(RESEARCH.indexOf('nodes:'));
    const text = `name: research\ninclude: [nodes.yaml]\ninputs: { query: { type: string } }\n`;
    const { compiled: pipeline } = compilePipeline(text, 'p.yaml', {
      readFile: (file) => (file === 'nodes.yaml' ? included : undefined),
    });
    expect(pipeline?.versionHash).toBe(compiled(RESEARCH).versionHash);
  });

  it('is drawn as a frame with its end in the title, and feedback dotted', () => {
    expect(toMermaid(compiled(RESEARCH).ir)).toBe(`flowchart TD
  n0["plan<br/>compute"]
  subgraph n1["improve<br/>loop until nodes.validate.output.ok == true, at most 5 rounds"]
    n2["research<br/>compute"]
    n3["validate<br/>compute"]
  end
  n4["report<br/>compute"]
  n0 --> n1
  n2 --> n3
  n1 --> n4
  n3 -.->|"next round"| n2
  n3 -.->|"next round"| n3
`);
  });
});
