import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compilePipeline, type CompiledPipeline } from '../../../src/pipeline/compile.js';
import { formatIssue } from '../../../src/pipeline/issue.js';

function compiled(text: string): CompiledPipeline {
  const result = compilePipeline(text, 'p.yaml');
  expect(result.issues.filter((issue) => issue.severity === 'error').map(formatIssue)).toEqual([]);
  return result.compiled!;
}

const BASE = 'name: p\nnodes:\n  a: { uses: x, with: { k: 1, l: [1, 2] } }\n  b: { uses: y, needs: [a] }\n';

describe('the version hash', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    const { versionHash, irJson } = compiled(BASE);
    expect(versionHash).toBe(`sha256:${createHash('sha256').update(irJson).digest('hex')}`);
    expect(irJson.startsWith('{"nodes":{"a":{"dependencies":[],')).toBe(true);
  });

  it.each([
    [
      'the order of keys',
      'nodes:\n  b: { needs: [a], uses: y }\n  a: { with: { l: [1, 2], k: 1 }, uses: x }\nname: p\n',
    ],
    ['comments and layout', `# c\n${BASE.replace('needs: [a]', 'needs: a')}`],
    ['x- keys', `x-note: hi\n${BASE}`],
    ['defaults spelt out', BASE.replace('uses: y', 'uses: y, retry: { max_attempts: 3, multiplier: 2 }')],
  ])('does not change with %s', (_, text) => {
    expect(compiled(text).versionHash).toBe(compiled(BASE).versionHash);
  });

  it.each([
    ['the name', BASE.replace('name: p', 'name: q')],
    ['a handler', BASE.replace('uses: y', 'uses: z')],
    ['a value', BASE.replace('k: 1', 'k: 2')],
    ['the type of a value', BASE.replace('k: 1', 'k: "1"')],
    ['the order of a list', BASE.replace('[1, 2]', '[2, 1]')],
    ['a dependency', BASE.replace(', needs: [a]', '')],
    ['a node name', BASE.replace('  a:', '  c:').replace('[a]', '[c]')],
    ['a timeout', BASE.replace('uses: y', 'uses: y, timeout: 1s')],
    ['a retry policy', BASE.replace('uses: y', 'uses: y, retry: { max_lost: 1 }')],
    ['a default', `defaults: { timeout: 1s }\n${BASE}`],
    ['an input', `inputs: { i: { type: string } }\n${BASE}`],
    ['a condition', BASE.replace('uses: y', 'uses: y, if: false')],
    ['an output schema', BASE.replace('uses: y', 'uses: y, output: { type: object }')],
    ['the output', `${BASE}output: 1\n`],
  ])('changes with %s', (_, text) => {
    expect(compiled(text).versionHash).not.toBe(compiled(BASE).versionHash);
  });
});
