import { describe, expect, it } from 'vitest';
import { buildWorkflow } from '../../../src/core/workflow.js';
import { DEFAULT_RETRY } from '../../../src/core/ir.js';
import { compilePipeline, type CompiledPipeline } from '../../../src/pipeline/compile.js';
import { formatIssue } from '../../../src/pipeline/issue.js';

const RESEARCH = `
name: research-report
description: Answer a question.
inputs:
  query: { type: string, required: true, description: The question }
  docs:  { type: string, default: "." }
defaults:
  timeout: 5m
  retry: { max_attempts: 5, initial_interval: 500ms, non_retryable: [InvalidInput] }
agents:
  researcher: { instructions: "Collect facts with sources.", tools: [search_documents, read_document], max_steps: 4 }
nodes:
  research:  { agent: researcher, prompt: "Research \${{ inputs.query }}", output: { type: object } }
  validate:  { needs: research, uses: cite.validate, with: { findings: "\${{ nodes.research.output }}" }, timeout: 30s }
  summarize:
    needs: [validate]
    if: \${{ nodes.validate.output.ok }}
    uses: text.summarize
    with: { findings: "\${{ nodes.validate.output }}", sentences: 8 }
    retry: { max_attempts: 1, max_lost: 2, jitter: 0 }
    env: { LEVEL: 3, NAME: "\${{ inputs.query }}" }
output: \${{ nodes.summarize.output }}
`;

function compiled(text: string): CompiledPipeline {
  const result = compilePipeline(text, 'p.yaml');
  expect(result.issues.filter((issue) => issue.severity === 'error').map(formatIssue)).toEqual([]);
  return result.compiled!;
}

function behaviour(text: string, node = 'a') {
  return compiled(text).ir.nodes[node]!['x-nexum']!;
}

describe('the IR', () => {
  it('holds each node with its resolved behaviour', () => {
    const { ir } = compiled(RESEARCH);
    expect(ir.nodes['research']).toEqual({
      type: 'EFFECT',
      dependencies: [],
      'x-nexum': {
        handler: 'agent',
        agent: {
          name: 'researcher',
          instructions: 'Collect facts with sources.',
          tools: ['search_documents', 'read_document'],
          maxSteps: 4,
        },
        prompt: 'Research ${{ inputs.query }}',
        retry: { ...DEFAULT_RETRY, maxAttempts: 5, initialIntervalMs: 500, nonRetryable: ['InvalidInput'] },
        timeoutMs: 300_000,
        outputSchema: { type: 'object' },
      },
    });
    expect(ir.nodes['summarize']).toEqual({
      type: 'EFFECT',
      dependencies: ['validate'],
      'x-nexum': {
        handler: 'text.summarize',
        with: { findings: '${{ nodes.validate.output }}', sentences: 8 },
        if: 'nodes.validate.output.ok',
        retry: {
          ...DEFAULT_RETRY,
          maxAttempts: 1,
          maxLost: 2,
          jitter: 0,
          initialIntervalMs: 500,
          nonRetryable: ['InvalidInput'],
        },
        timeoutMs: 300_000,
        env: { LEVEL: '3', NAME: '${{ inputs.query }}' },
      },
    });
    expect(ir.nodes['validate']!['x-nexum']!.timeoutMs).toBe(30_000);
  });

  it('carries name, inputs and output of the pipeline', () => {
    const { ir, workflowId } = compiled(RESEARCH);
    expect(workflowId).toBe('research-report');
    expect(ir.pipeline).toEqual({
      name: 'research-report',
      description: 'Answer a question.',
      inputs: {
        query: { type: 'string', required: true, description: 'The question' },
        docs: { type: 'string', default: '.' },
      },
      output: '${{ nodes.summarize.output }}',
    });
  });

  it('leaves out what nobody said', () => {
    const { ir } = compiled('name: p\nnodes: { a: { uses: x } }\n');
    expect(ir).toEqual({
      nodes: { a: { type: 'EFFECT', dependencies: [], 'x-nexum': { handler: 'x', retry: DEFAULT_RETRY } } },
      pipeline: { name: 'p', inputs: {} },
    });
  });

  it('is accepted by the core and equals its canonical JSON', () => {
    const { irJson, ir, workflowId, versionHash } = compiled(RESEARCH);
    expect(JSON.parse(irJson)).toEqual(ir);
    const workflow = buildWorkflow(workflowId, versionHash, irJson);
    expect(workflow.entries).toEqual(['research']);
  });

  it('gives an agent the nearest model: node, then agent, then defaults', () => {
    const text = (defaults: string, agent: string, node: string): string =>
      `name: p\n${defaults}\nagents: { b: { instructions: hi ${agent} } }\nnodes: { a: { agent: b, prompt: q ${node} } }\n`;
    expect(behaviour(text('', '', '')).agent).toEqual({ name: 'b', instructions: 'hi', tools: [], maxSteps: 8 });
    expect(behaviour(text('defaults: { model: m/d }', '', '')).agent?.model).toBe('m/d');
    expect(behaviour(text('defaults: { model: m/d }', ', model: m/a', '')).agent?.model).toBe('m/a');
    expect(behaviour(text('defaults: { model: m/d }', ', model: m/a', ', model: m/n')).agent?.model).toBe('m/n');
  });

  it('takes an agent written inside its node, which then has no name', () => {
    const { agent, handler } = behaviour(
      'name: p\nnodes: { a: { agent: { instructions: hi, kind: tool_calling }, prompt: q } }\n',
    );
    expect(handler).toBe('agent');
    expect(agent).toEqual({ instructions: 'hi', tools: [], maxSteps: 8 });
  });

  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads the duration %s as %i ms', (duration, ms) => {
    expect(behaviour(`name: p\nnodes: { a: { uses: x, timeout: ${duration} } }\n`).timeoutMs).toBe(ms);
  });

  it('takes an `if` with its wrapper, without it, and as a boolean', () => {
    const source = (condition: string) =>
      behaviour(`name: p\ninputs: { n: { type: number } }\nnodes: { a: { uses: x, if: ${condition} } }\n`).if;
    expect(source('"${{ inputs.n > 1 }}"')).toBe('inputs.n > 1');
    expect(source('inputs.n > 1')).toBe('inputs.n > 1');
    expect(source('false')).toBe('false');
  });

  it('ignores x- keys, which anchors and merges may use', () => {
    const text =
      'name: p\nx-base: &base { uses: x, timeout: 1s }\nnodes:\n  a: { <<: *base }\n  b: { <<: *base, timeout: 2s }\n';
    expect(behaviour(text, 'a').timeoutMs).toBe(1000);
    expect(behaviour(text, 'b').timeoutMs).toBe(2000);
    expect(compiled(text).irJson).not.toContain('base');
  });

  it('merges lists of maps, of which the first wins', () => {
    const text = 'name: p\nx-a: &a { timeout: 1s }\nx-b: &b { uses: y, timeout: 2s }\nnodes: { a: { <<: [*a, *b] } }\n';
    expect(behaviour(text)).toMatchObject({ handler: 'y', timeoutMs: 1000 });
  });

  it('keeps nodes whose names objects inherit', () => {
    const { ir, irJson } = compiled(
      'name: p\nnodes: { toString: { uses: x }, toJSON: { uses: y, needs: toString } }\n',
    );
    expect(Object.keys(ir.nodes)).toEqual(['toString', 'toJSON']);
    expect(JSON.parse(irJson)).toEqual(ir);
  });
});

describe('dependencies', () => {
  const text = `name: p
nodes:
  z: { uses: x }
  b: { uses: x }
  a: { uses: x }
  last: { uses: x, needs: [b, z, b], with: { v: "\${{ nodes.a.output }}", w: "\${{ nodes.z.output }}" } }
`;

  it('are `needs` as written, once each, then the nodes that expressions read', () => {
    expect(compiled(text).ir.nodes['last']!.dependencies).toEqual(['b', 'z', 'a']);
  });

  it('that only an expression names are added with a warning at the expression', () => {
    expect(compilePipeline(text, 'p.yaml').issues).toMatchObject([
      { code: 'IMPLICIT_DEPENDENCY', severity: 'warning', line: 6, column: 60, path: 'nodes.last.with.v' },
    ]);
  });

  it('come from `if`, prompts and env too', () => {
    const nodes = (key: string) =>
      compiled(`name: p\nnodes:\n  a: { uses: x }\n  b: { agent: { instructions: i }, prompt: p, ${key} }\n`).ir.nodes[
        'b'
      ]!.dependencies;
    expect(nodes('if: nodes.a.output')).toEqual(['a']);
    expect(nodes('env: { X: "${{ nodes.a.status }}" }')).toEqual(['a']);
  });
});

describe('known names', () => {
  it('makes an unknown handler a warning with the nearest name', () => {
    const text = 'name: p\nnodes: { a: { uses: cite.valdate }, b: { uses: cite.validate } }\n';
    const result = compilePipeline(text, 'p.yaml', { knownHandlers: ['cite.validate', 'docs.load'] });
    expect(result.compiled).toBeDefined();
    expect(result.issues).toMatchObject([
      {
        code: 'UNKNOWN_HANDLER',
        severity: 'warning',
        line: 2,
        column: 21,
        path: 'nodes.a.uses',
        nearest: 'cite.validate',
      },
    ]);
  });

  it('makes an unknown agent tool an error with the nearest name', () => {
    const text = 'name: p\nagents: { r: { instructions: i, tools: [serch] } }\nnodes: { a: { agent: r, prompt: q } }\n';
    const result = compilePipeline(text, 'p.yaml', { knownTools: ['search', 'read'] });
    expect(result.compiled).toBeUndefined();
    expect(result.issues).toMatchObject([
      { code: 'UNKNOWN_TOOL', severity: 'error', line: 2, column: 41, path: 'agents.r.tools[0]', nearest: 'search' },
    ]);
    expect(compilePipeline(text, 'p.yaml').compiled).toBeDefined();
  });
});

describe('large pipelines', { timeout: 60_000 }, () => {
  const chain = (first: string): string =>
    `name: p\nnodes:\n  n0: { uses: x${first} }\n${Array.from({ length: 9999 }, (_, i) => `  n${i + 1}: { uses: x, needs: [n${i}] }\n`).join('')}`;

  it('compile with 10,000 nodes in one chain', () => {
    const { ir } = compiled(chain(''));
    expect(Object.keys(ir.nodes)).toHaveLength(10_000);
    expect(ir.nodes['n9999']!.dependencies).toEqual(['n9998']);
  });

  it('report a cycle through 10,000 nodes with its whole path', () => {
    const { issues, compiled: result } = compilePipeline(chain(', needs: [n9999]'), 'p.yaml');
    expect(result).toBeUndefined();
    expect(issues.map((issue) => [issue.code, issue.line, issue.column])).toEqual([['CYCLE', 3, 26]]);
    expect(issues[0]!.message.split(' -> ')).toHaveLength(10_001);
  });

  it('list at most 1,000 errors and say how many are left', () => {
    const { issues } = compilePipeline(chain('').replaceAll('uses', 'usse'), 'p.yaml');
    expect(issues).toHaveLength(1001);
    expect(issues.at(-1)!.message).toBe('19000 more problems are not listed');
  });
});
