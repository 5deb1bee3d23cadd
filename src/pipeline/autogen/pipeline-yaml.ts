/** Writes an imported pipeline: what is imported as a document, with comments, and where each part of it came from. */
import { Document, isScalar, visit, YAMLMap, type Pair } from 'yaml';
import type { Json } from '../../core/ir.js';

const SCHEMA = ' yaml-language-server: $schema=./pipeline.schema.json';
const WIDTH = 120;

/** Maps whose keys are names of authors, and lists of edges, are written over several lines; small ones on one. */
const FLOW_LENGTH = 90;

export interface PipelineText {
  /** Lines below the line that names the schema. */
  readonly head: readonly string[];
  /** Lines above the edges. */
  readonly edges: readonly string[];
  readonly pipeline: ReadonlyMap<string, unknown>;
}

export function writePipeline({ head, edges, pipeline }: PipelineText): string {
  const document = new Document(pipeline, { version: '1.2', schema: 'core' });
  document.commentBefore = [SCHEMA, ...head.map((line) => ` ${line}`)].join('\n');
  const list = document.getIn(['graph', 'edges'], true);
  visit(document, {
    Map: (_key, node, path) => {
      if (path.length > 1 && isShort(node)) node.flow = true;
    },
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && node.value.includes('\n')) node.type = 'BLOCK_LITERAL';
    },
  });
  const graph = document.get('graph', true);
  if (graph instanceof YAMLMap && edges.length > 0) {
    const pair = (graph.items as Pair[]).find(({ value }) => value === list);
    if (pair && isScalar(pair.key)) pair.key.commentBefore = edges.map((line) => ` ${line}`).join('\n');
  }
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
}

/** True for a map that fits on one line and holds no long text. */
function isShort(node: YAMLMap): boolean {
  const value = node.toJSON() as Json;
  const text = JSON.stringify(value);
  return text.length <= FLOW_LENGTH && !text.includes('\\n');
}
