import { describe, expect, it } from 'vitest';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { formatIssue } from '../../../src/pipeline/issue.js';

function agentOf(agents: string, node = 'agent: r'): unknown {
  const { compiled, issues } = compilePipeline(
    `name: p\nagents:\n${agents}\nnodes: { a: { prompt: q, ${node} } }\n`,
    'p.yaml',
  );
  expect(issues.map(formatIssue)).toEqual([]);
  return compiled?.ir.nodes['a']?.['x-nexum']?.agent;
}

describe('an agent in the IR', () => {
  it('has nothing of the keys that are not written, so that its version stays what it was', () => {
    const plain = { name: 'r', instructions: 'i', tools: [], maxSteps: 8 };
    expect(agentOf('  r: { instructions: i }')).toEqual(plain);
    expect(agentOf('  r: { instructions: i, kind: tool_calling, on_divergence: fail, agents: [] }')).toEqual(plain);
  });

  it('has how it acts, plans, is checked, and what divergence means', () => {
    const checks = '[{ min_length: 3 }, { regex: a }, { json_schema: { type: object } }, { citations_exist: true }]';
    const keys = `kind: code, planning_interval: 2, on_divergence: truncate, final_answer_checks: ${checks}`;
    expect(agentOf(`  r: { instructions: i, description: d, ${keys} }`)).toEqual({
      name: 'r',
      instructions: 'i',
      tools: [],
      maxSteps: 8,
      kind: 'code',
      description: 'd',
      planningInterval: 2,
      finalAnswerChecks: [
        { minLength: 3 },
        { regex: 'a' },
        { jsonSchema: { type: 'object' } },
        { citationsExist: true },
      ],
      onDivergence: 'truncate',
    });
  });

  it('has the agents that it asks, with their own models or that of the one who asks', () => {
    const agents =
      '  r: { instructions: i, agents: [w, w] }\n' +
      '  w: { instructions: w, description: writes, agents: [e] }\n' +
      '  e: { instructions: e, description: edits, model: m/own }';
    const spec = { tools: [], maxSteps: 8 };
    expect(agentOf(agents, 'agent: r, model: m/node')).toEqual({
      ...spec,
      name: 'r',
      instructions: 'i',
      model: 'm/node',
      agents: [
        {
          ...spec,
          name: 'w',
          instructions: 'w',
          description: 'writes',
          model: 'm/node',
          agents: [{ ...spec, name: 'e', instructions: 'e', description: 'edits', model: 'm/own' }],
        },
      ],
    });
  });
});
