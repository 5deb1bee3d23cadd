import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import { compilePipeline } from '../../../src/pipeline/compile.js';
import { evaluateExpression, renderTemplate, type ExpressionContext } from '../../../src/pipeline/expressions.js';

const json = fc.jsonValue().map((value) => value as Json);

const withInput = (x: Json): ExpressionContext => ({ inputs: { x }, nodes: {}, run: {} });

describe('for any JSON value', { timeout: 60_000 }, () => {
  it('D1: `${{ inputs.x }}` is that value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(renderTemplate('${{ inputs.x }}', withInput(value))).toBe(value);
      }),
    );
  });

  it('fromJSON(toJSON(x)) is that value', () => {
    fc.assert(
      fc.property(json, (value) => {
        const result = evaluateExpression('fromJSON(toJSON(inputs.x))', withInput(value));
        expect(JSON.stringify(result)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('every own key is read exactly', () => {
    const key = fc.string().filter((name) => !name.includes("'"));
    fc.assert(
      fc.property(fc.dictionary(key, json), (object) => {
        for (const [name, value] of Object.entries(object)) {
          expect(evaluateExpression(`inputs.x['${name}']`, withInput(object as JsonObject))).toBe(value);
        }
      }),
    );
  });

  it('text around an expression stays as it is', () => {
    const text = fc.string().filter((part) => !part.includes('${{') && !part.endsWith('$') && !part.endsWith('${'));
    fc.assert(
      fc.property(text, text, fc.string(), (before, after, value) => {
        fc.pre(before.length + after.length > 0);
        expect(renderTemplate(`${before}\${{ inputs.x }}${after}`, withInput(value))).toBe(before + value + after);
      }),
    );
  });

  it('a template without expressions is itself', () => {
    const plain = json.filter((value) => !JSON.stringify(value).includes('${{'));
    fc.assert(
      fc.property(plain, (template) => {
        expect(JSON.stringify(renderTemplate(template, withInput(null)))).toBe(JSON.stringify(template));
      }),
    );
  });
});

const VALID = `name: p
inputs: { q: { type: string, default: "a b" } }
defaults: { timeout: 5m, retry: { max_attempts: 2 } }
agents: { r: { instructions: "hi", tools: [t] } }
nodes:
  a: { agent: r, prompt: "Ask \${{ inputs.q }}" }
  b: { needs: [a], uses: x, if: "nodes.a.output != ''", with: { l: [1, "\${{ nodes.a.output }}"] }, output: { type: object } }
output: \${{ nodes.b.output }}
`;

const FRAGMENTS = [
  '\n',
  '  ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '${{ ',
  ' }}',
  ': ',
  '!!str ',
  '|\n',
  '>',
  '? ',
  '\t',
  '\r\n',
  '\0',
  '---\n',
  '\\',
  '\ud800',
  '~',
  '1',
  'nodes.',
  'len(',
];

function expectSound(text: string): void {
  const { compiled, issues } = compilePipeline(text, 'p.yaml');
  const lines = text.split('\n').length;
  expect(compiled === undefined).toBe(issues.some((issue) => issue.severity === 'error'));
  for (const issue of issues) {
    expect(issue.line).toBeGreaterThanOrEqual(1);
    expect(issue.line).toBeLessThanOrEqual(lines);
    expect(issue.column).toBeGreaterThanOrEqual(1);
    expect(issue.fix).not.toBe('');
  }
  if (compiled) expect(JSON.parse(compiled.irJson)).toEqual(JSON.parse(JSON.stringify(compiled.ir)));
}

describe('C3: compiling never throws', { timeout: 60_000 }, () => {
  it('on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), expectSound), { numRuns: 300 });
  });

  it('on any JSON document', () => {
    fc.assert(
      fc.property(json, (value) => expectSound(JSON.stringify(value))),
      { numRuns: 200 },
    );
  });

  it('on any values in the places of a pipeline', () => {
    const document = fc.record(
      {
        name: json,
        inputs: json,
        defaults: json,
        agents: fc.dictionary(fc.string(), json),
        nodes: fc.dictionary(fc.string(), json),
        output: json,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, (value) => expectSound(JSON.stringify(value))),
      { numRuns: 200 },
    );
  });

  it('on a pipeline with pieces cut out and put in', () => {
    const edit = fc.record({ at: fc.nat(VALID.length), cut: fc.nat(12), put: fc.constantFrom('', ...FRAGMENTS) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = VALID;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        expectSound(text);
      }),
      { numRuns: 500 },
    );
  });
});
