import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../../src/core/ir.js';
import { pipelineJsonSchema } from '../../../src/pipeline/schema-document.js';

const FILE = fileURLToPath(new URL('../../../pipelines/pipeline.schema.json', import.meta.url));

function undescribed(schema: Json, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const found: string[] = [];
  for (const [key, value] of Object.entries(schema as Readonly<Record<string, Json>>)) {
    if (key === 'properties') {
      for (const [name, property] of Object.entries(
        value as Readonly<Record<string, Readonly<Record<string, Json>>>>,
      )) {
        if (typeof property['description'] !== 'string') found.push(`${path}.${name}`);
      }
    }
    found.push(...undescribed(value, `${path}.${key}`));
  }
  return found;
}

const validate = new Ajv2020({ strict: false }).compile(pipelineJsonSchema());
const accepts = (text: string): boolean => validate(parse(text, { merge: true }));

describe('pipelines/pipeline.schema.json', () => {
  it('equals the schema of the model', () => {
    const expected = `${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`;
    expect(readFileSync(FILE, 'utf8') === expected, 'the file is stale: regenerate it with `npm run schema`').toBe(
      true,
    );
  });

  it('describes every key, for editors', () => {
    expect(undescribed(pipelineJsonSchema(), '')).toEqual([]);
  });

  it.each([
    'name: p\nnodes: { a: { uses: x } }\nx-note: hi\n',
    'name: p\nnodes: { a: { agent: { instructions: i }, prompt: q, output: { type: object } }, b: { needs: a, uses: x, if: true, with: { v: [1] } } }\n',
    'name: p\ninputs: { q: { type: string, default: a } }\ndefaults: { timeout: 5m, retry: { max_attempts: 2 } }\nagents: { r: { instructions: i, tools: [t] } }\nnodes: { a: { agent: r, prompt: q, model: m/x } }\noutput: [1]\n',
    'name: p\nnodes: { r: { route: [{ if: x, to: w }, { default: m }] }, w: { wait: 3d }, u: { wait: { until: 1 } }, m: { map: { over: x, node: { uses: x } } } }\n',
    'name: p\nnodes: { s: { reduce: { of: m, compute: [1] } }, a: { approval: {}, needs: { s: failed } }, c: { pipeline: { file: c.yaml }, join: any } }\n',
    'name: p\nconcurrency: { key: k }\npriority: 1\nretention: 3650d\nschedule: [{ cron: x }]\ninclude: [a.yaml]\nnodes: { a: { uses: x, secrets: [A], queue: q, labels: { a: b } } }\n',
    'name: p\nnodes: { a: { agent: r, history: [{ source: user, first: 1 }] } }\ngraph: { entry: a, max_turns: 5, stop_when: { any: [{ text_mention: x, sources: [a] }, { all: [{ stop_message: true }] }] }, edges: [{ from: a, to: a, when: { equals: null } }, { from: a, to: a, when: "x" }] }\n',
  ])('accepts %j', (text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each([
    'nodes: { a: { uses: x } }\n',
    'name: p\nnodes: { a: {} }\n',
    'name: p\nnodes: { a: { uses: x, agent: r, prompt: q } }\n',
    'name: p\nnodes: { a: { agent: r } }\n',
    'name: p\nnodes: { a: { uses: x, prompt: q } }\n',
    'name: p\nnodes: { a: { uses: x, neds: [b] } }\n',
    'name: p\nnodes: { a: { uses: x, timeout: 5 } }\n',
    'name: p\nnodes: { 1a: { uses: x } }\n',
    'name: p\nnotes: hi\nnodes: { a: { uses: x } }\n',
    'name: p\nnodes: { a: { uses: x, compute: 1 } }\n',
    'name: p\nnodes: { a: { map: { over: x, node: {} } } }\n',
    'name: p\nnodes: { a: { reduce: { of: m } } }\n',
    'name: p\nnodes: { a: { uses: x, needs: { b: faild } } }\n',
    'name: p\nnodes: { a: { approval: { on_reject: no } } }\n',
    'name: p\npriority: 101\nnodes: { a: { uses: x } }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { max_turns: 5 }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { max_turns: 0, edges: [] }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { edges: [{ from: a, to: a, when: {} }] }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { edges: [{ from: a, to: a, when: { equals: 1, contains: x } }] }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { edges: [], stop_when: { any: [{ max_messages: 1, stop_message: true }] } }\n',
    'name: p\nnodes: { a: { uses: x } }\ngraph: { edges: [], stop_when: { max_messages: 1, sources: [a] } }\n',
    'name: p\nnodes: { a: { agent: r, history: [{ source: user }] } }\ngraph: { edges: [] }\n',
  ])('refuses %j', (text) => {
    expect(accepts(text)).toBe(false);
  });
});
