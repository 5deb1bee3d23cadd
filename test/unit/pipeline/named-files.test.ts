/** Pipelines of several files: what is merged, what is pinned, and where problems are reported. */
import { describe, expect, it } from 'vitest';
import { compilePipeline, type CompileResult } from '../../../src/pipeline/compile.js';
import { marked } from './compile-error-cases.js';

function compileFiles(files: Readonly<Record<string, string>>, first: string): CompileResult {
  return compilePipeline(files[first]!, first, { readFile: (path) => files[path] });
}

const places = ({ issues }: CompileResult): unknown[] =>
  issues.map(({ code, file, line, column, path }) => ({ code, file, line, column, path }));

describe('include', () => {
  const PART = `x-note: anything
inputs: { q: { type: string } }
defaults: { timeout: 5s }
agents: { writer: { instructions: i } }
nodes:
  write: { agent: writer, prompt: "\${{ inputs.q }}" }
`;
  const MAIN = 'name: p\ninclude: [parts/write.yaml]\nnodes:\n  end: { needs: write, uses: x }\n';

  it('gives the same workflow as one file', () => {
    const whole = compilePipeline(
      `name: p\n${PART.replace('x-note: anything\n', '')}  end: { needs: write, uses: x }\n`,
      'p.yaml',
    );
    const split = compileFiles({ 'a/p.yaml': MAIN, 'a/parts/write.yaml': PART }, 'a/p.yaml');
    expect(split.issues).toEqual([]);
    expect(split.compiled!.versionHash).toBe(whole.compiled!.versionHash);
  });

  it('may bring all the nodes there are', () => {
    const files = { 'p.yaml': 'name: p\ninclude: [n.yaml]\n', 'n.yaml': 'nodes: { a: { uses: x } }\n' };
    expect(Object.keys(compileFiles(files, 'p.yaml').compiled!.ir.nodes)).toEqual(['a']);
  });

  it.each([
    ['a wrong name', 'UNKNOWN_NODE', 'nodes:\n  b: { uses: x, needs: ⟦ad }\n', 'nodes.b.needs'],
    ['a wrong expression', 'UNKNOWN_NAME', 'nodes:\n  b: { compute: "${{ inputs.⟦z }}" }\n', 'nodes.b.compute'],
    ['a wrong value', 'BAD_DURATION', 'defaults: { timeout: ⟦5x }\n', 'defaults.timeout'],
    ['a wrong key', 'UNKNOWN_KEY', 'agents:\n  w: { instructions: i, ⟦tool: [] }\n', 'agents.w.tool'],
    ['a missing key', 'MISSING_KEY', 'inputs:\n\n  ⟦i: { required: true }\n', 'inputs.i.type'],
    ['broken YAML', 'DUPLICATE_KEY', 'nodes:\n  b: { uses: x }\n  ⟦b: { uses: y }\n', 'nodes.b'],
    ['a name of its own', 'UNKNOWN_KEY', '⟦name: q\n', 'name'],
    ['an include of its own', 'UNKNOWN_KEY', '⟦include: [x.yaml]\n', 'include'],
    ['a section that is text', 'WRONG_TYPE', 'nodes: ⟦all\n', 'nodes'],
    ['no map', 'WRONG_TYPE', '⟦- a\n', ''],
    ['a node of the main file', 'DUPLICATE_KEY', 'nodes:\n  ⟦a: { uses: y }\n', 'nodes.a'],
    ['a default of the main file', 'DUPLICATE_KEY', 'defaults: { ⟦model: m/x }\n', 'defaults.model'],
    ['a cycle', 'CYCLE', 'nodes:\n  b: { uses: x, needs: ⟦b }\n', 'nodes.b.needs'],
  ])('reports %s at its place in the included file', (_what, code, template, path) => {
    const { text, line, column } = marked(template);
    const main = 'name: p\ninclude: [./part.yaml]\ndefaults: { model: m/y }\nnodes:\n  a: { uses: x }\n';
    const result = compileFiles({ 'p.yaml': main, 'part.yaml': text }, 'p.yaml');
    expect(places(result)).toEqual([{ code, file: 'part.yaml', line, column, path }]);
  });

  it('names both places of a name that stands twice', () => {
    const files = {
      'p.yaml': 'name: p\ninclude: [one.yaml, two.yaml]\n',
      'one.yaml': 'nodes:\n  a: { uses: x }\n',
      'two.yaml': 'nodes: { a: { uses: x } }\n',
    };
    const [issue] = compileFiles(files, 'p.yaml').issues;
    expect(issue).toMatchObject({
      file: 'two.yaml',
      line: 1,
      column: 10,
      message: 'nodes.a stands also in one.yaml:2:3',
    });
  });

  it('lists the problems of the main file first', () => {
    const files = {
      'p.yaml': 'name: p\ninclude: [part.yaml]\n\n\nnodes: { a: { uses: x, needs: gone } }\n',
      'part.yaml': 'nodes: { b: { uses: x, needs: gone } }\n',
    };
    expect(compileFiles(files, 'p.yaml').issues.map(({ file }) => file)).toEqual(['p.yaml', 'part.yaml']);
  });
});

describe('a child by file', () => {
  const CHILD = 'name: child\ninputs: { n: { type: integer, required: true } }\nnodes: { a: { uses: x } }\n';

  it('is compiled, and its version pinned', () => {
    const files = {
      'dir/p.yaml': 'name: p\nnodes: { c: { pipeline: { file: ../sub/c.yaml, with: { n: 1 } } } }\n',
      'sub/c.yaml': CHILD,
    };
    const { compiled } = compileFiles(files, 'dir/p.yaml');
    const child = compilePipeline(CHILD, 'c.yaml').compiled!;
    expect(compiled!.children).toEqual([{ ...child, file: 'sub/c.yaml' }]);
    expect(compiled!.ir.nodes['c']).toEqual({
      type: 'SUBWORKFLOW',
      dependencies: [],
      subWorkflowId: 'child',
      'x-nexum': { child: { workflowId: 'child', versionHash: child.versionHash, with: { n: 1 } } },
    });
  });

  it('changes the version of its parent when it changes', () => {
    const parent =
      'name: p\nnodes: { m: { map: { over: "fromJSON(\'[1]\')", node: { pipeline: { file: c.yaml, with: { n: 1 } } } } } }\n';
    const hash = (child: string): string =>
      compileFiles({ 'p.yaml': parent, 'c.yaml': child }, 'p.yaml').compiled!.versionHash;
    expect(hash(CHILD)).not.toBe(hash(CHILD.replace('uses: x', 'uses: y')));
    expect(hash(CHILD)).toBe(hash(`# note\n${CHILD}`));
  });

  it('comes after its own children, and once however many nodes run it', () => {
    const run = (...files: string[]): string =>
      files.map((file, index) => `  c${index}: { pipeline: { file: ${file} } }\n`).join('');
    const files = {
      'p.yaml': `name: p\nnodes:\n${run('b.yaml', 'c.yaml', 'c.yaml')}`,
      'b.yaml': `name: b\nnodes:\n${run('d.yaml')}`,
      'c.yaml': `name: c\nnodes:\n${run('./d.yaml')}`,
      'd.yaml': 'name: d\nnodes: { a: { uses: x } }\n',
    };
    expect(compileFiles(files, 'p.yaml').compiled!.children.map(({ workflowId }) => workflowId)).toEqual([
      'd',
      'b',
      'c',
    ]);
  });

  it('reports its problems in its own file, once', () => {
    const files = {
      'p.yaml': 'name: p\nnodes: { a: { pipeline: { file: c.yaml } }, b: { pipeline: { file: c.yaml } } }\n',
      'c.yaml': 'name: c\nnodes:\n  a: { uses: x, needs: gone }\n',
    };
    const result = compileFiles(files, 'p.yaml');
    expect(result.compiled).toBeUndefined();
    expect(places(result)).toEqual([
      { code: 'UNKNOWN_NODE', file: 'c.yaml', line: 3, column: 24, path: 'nodes.a.needs' },
    ]);
  });

  it('is looked for beside the included file that names it', () => {
    const files = {
      'p.yaml': 'name: p\ninclude: [sub/part.yaml]\n',
      'sub/part.yaml': 'nodes: { c: { pipeline: { file: c.yaml, with: { n: 1 } } } }\n',
      'sub/c.yaml': CHILD,
    };
    expect(compileFiles(files, 'p.yaml').compiled!.children.map(({ file }) => file)).toEqual(['sub/c.yaml']);
  });

  it('that runs its parent is a circle, told where it closes', () => {
    const files = {
      'p.yaml': 'name: p\nnodes: { a: { pipeline: { file: c.yaml } } }\n',
      'c.yaml': 'name: c\nnodes:\n  a: { pipeline: { file: ./p.yaml } }\n',
    };
    const { issues } = compileFiles(files, 'p.yaml');
    expect(issues).toMatchObject([
      {
        code: 'CYCLE',
        file: 'c.yaml',
        line: 3,
        column: 26,
        message: 'the pipelines run each other: p.yaml -> c.yaml -> p.yaml',
      },
    ]);
  });

  it('cannot be read by a caller without files', () => {
    const { issues } = compilePipeline('name: p\nnodes: { a: { pipeline: { file: c.yaml } } }\n', 'p.yaml');
    expect(issues.map(({ code }) => code)).toEqual(['FILE_NOT_FOUND']);
  });
});
