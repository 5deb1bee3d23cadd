/** Workflows of every node kind for engine tests, with the real expression language. */
import { createHash } from 'node:crypto';
import { EXPRESSIONS } from '../../src/pipeline/engine-expressions.js';
import type { IrNode, NodeBehaviour, PipelineInfo } from '../../src/core/ir.js';
import type { ExecutionDetail, NodeDetail } from '../../src/engine/execution-detail.js';
import { NO_DELAY } from './engine-execution.js';
import { EngineRig, type RigOptions, type TestWatch } from './engine-rig.js';

export type NodeOf = Partial<Omit<IrNode, 'x-nexum'>> & { readonly x?: NodeBehaviour };

/** A node that worker `h` executes. */
export function task(dependencies: readonly string[] = [], behaviour: NodeBehaviour = {}): NodeOf {
  return { type: 'EFFECT', dependencies, x: { handler: 'h', retry: { ...NO_DELAY, maxAttempts: 1 }, ...behaviour } };
}

export class KindsRig {
  private constructor(readonly rig: EngineRig) {}

  static async open(options: RigOptions = {}): Promise<KindsRig> {
    return new KindsRig(await EngineRig.open({ expressions: EXPRESSIONS, ...options }));
  }

  get engine(): EngineRig['engine'] {
    return this.rig.engine;
  }

  async restart(): Promise<KindsRig> {
    return new KindsRig(await this.rig.restart());
  }

  /** Registers the workflow; returns its version hash. */
  async register(
    nodes: Readonly<Record<string, NodeOf>>,
    workflowId = 'w',
    pipeline?: Partial<PipelineInfo>,
  ): Promise<string> {
    const entries = Object.entries(nodes).map(([id, { x, ...node }]) => [
      id,
      { type: 'EFFECT', dependencies: [], ...node, ...(x ? { 'x-nexum': x } : {}) },
    ]);
    const info = pipeline ? { pipeline: { name: workflowId, inputs: {}, ...pipeline } } : {};
    const irJson = JSON.stringify({ ...info, nodes: Object.fromEntries(entries) as unknown });
    const versionHash = `sha256:${createHash('sha256').update(workflowId).update(irJson).digest('hex')}`;
    await this.engine.call('registerWorkflow', { workflowId, versionHash, irJson });
    return versionHash;
  }

  start(input: unknown = {}, workflowId = 'w'): Promise<string> {
    return this.rig.start(JSON.stringify(input), workflowId);
  }

  /** Registers and starts. */
  async run(nodes: Readonly<Record<string, NodeOf>>, input: unknown = {}): Promise<string> {
    await this.register(nodes);
    return this.start(input);
  }

  watch(executionId: string): TestWatch {
    return this.rig.watch(executionId);
  }

  /** Waits until the execution has ended and returns it. */
  async end(executionId: string): Promise<ExecutionDetail> {
    await this.watch(executionId).until(({ ended }) => ended);
    return this.rig.detail(executionId);
  }

  async node(executionId: string, node: string): Promise<NodeDetail> {
    const found = (await this.rig.detail(executionId)).nodes.find((one) => one.node === node);
    if (!found) throw new Error(`no node ${node}`);
    return found;
  }

  statuses(executionId: string): Promise<Record<string, string>> {
    return this.rig.nodes(executionId);
  }
}

export function outputOf(detail: ExecutionDetail, node: string): unknown {
  const text = detail.nodes.find((one) => one.node === node)?.outputJson;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
