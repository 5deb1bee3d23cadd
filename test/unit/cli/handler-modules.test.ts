/** Which pipelines bring handlers by file. */
import { expect, test } from 'vitest';
import { usesFileHandlers } from '../../../src/cli/handler-modules.js';
import type { EdgeSpec, NodeBehaviour } from '../../../src/core/ir.js';
import type { CompiledPipeline } from '../../../src/pipeline/compile.js';

function pipeline(behaviour: NodeBehaviour, children: readonly CompiledPipeline[] = []): CompiledPipeline {
  const ir = { nodes: { a: { type: 'EFFECT' as const, dependencies: [], 'x-nexum': behaviour } } };
  return {
    workflowId: 'p',
    versionHash: '',
    irJson: '',
    ir,
    file: '/p/p.yaml',
    children,
  };
}

test('a handler by file may be that of a node, or the condition of an edge, in a child too', () => {
  const edges: EdgeSpec[] = [{ to: 'b', when: { contains: 'x' } }, { to: 'c' }];
  const asks: EdgeSpec[] = [...edges, { to: 'd', when: { handler: './conditions.js#approved' } }];
  expect(usesFileHandlers(pipeline({ handler: './own.js#fn' }))).toBe(true);
  expect(usesFileHandlers(pipeline({ handler: 'text.template', edges: asks }))).toBe(true);
  expect(usesFileHandlers(pipeline({ compute: 1 }, [pipeline({ compute: 1, edges: asks })]))).toBe(true);
  expect(usesFileHandlers(pipeline({ handler: 'text.template', edges }))).toBe(false);
  expect(usesFileHandlers(pipeline({ edges: [{ to: 'b', when: { handler: 'mine' } }] }))).toBe(false);
});
