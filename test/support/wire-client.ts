/** A client that knows only the contract of Nexum 0.2 (test/fixtures/nexum-0.2.proto), as its SDKs do. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  type GrpcObject,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../fixtures/nexum-0.2.proto', import.meta.url));

export interface OldTask {
  readonly has_task: boolean;
  readonly task_id: string;
  readonly execution_id: string;
  readonly node_id: string;
  readonly input_json: string;
  readonly idempotency_key: string;
  readonly node_type: string;
  readonly map_item_json: string;
  readonly is_map_subtask: boolean;
  readonly map_index: number;
  readonly map_total: number;
}

export interface OldWorkflow {
  readonly workflow_id: string;
  readonly version_hash: string;
  readonly ir_json: string;
}

type Unary = (request: object, callback: (error: ServiceError | null, response: unknown) => void) => void;

export class OldClient {
  private readonly stub: InstanceType<ServiceClientConstructor>;

  constructor(address: string) {
    const definition = loadSync(PROTO, { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true });
    const { NexumService } = loadPackageDefinition(definition)['nexum'] as GrpcObject;
    // An SDK of Nexum 0.2 sets no limits of its own but those of its library for what it receives: 4 MiB. It is raised
    // here because what is tested is that the server sends and takes more.
    this.stub = new (NexumService as ServiceClientConstructor)(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
    });
  }

  call<Response = { ok: boolean }>(method: string, request: object): Promise<Response> {
    return new Promise((resolve, reject) => {
      const invoke = this.stub[method] as unknown as Unary;
      invoke.call(this.stub, request, (error, response) => {
        if (error) reject(error);
        else resolve(response as Response);
      });
    });
  }

  /** The status code and text of the refusal; -1 when the call was not refused. */
  async refusal(method: string, request: object): Promise<{ code: number; details: string }> {
    try {
      await this.call(method, request);
      return { code: -1, details: '' };
    } catch (error) {
      const { code, details } = error as ServiceError;
      return { code, details };
    }
  }

  async start(workflow: OldWorkflow, input: unknown = {}): Promise<string> {
    const { workflow_id, version_hash } = workflow;
    const request = { workflow_id, version_hash, input_json: JSON.stringify(input) };
    return (await this.call<{ execution_id: string }>('StartExecution', request)).execution_id;
  }

  poll(workflow: OldWorkflow, workerId = 'old-worker'): Promise<OldTask> {
    return this.call<OldTask>('PollTask', { worker_id: workerId, version_hash: workflow.version_hash });
  }

  complete(task: OldTask, output: unknown): Promise<{ ok: boolean }> {
    return this.call('CompleteTask', { task_id: task.task_id, output_json: JSON.stringify(output) });
  }

  async status(executionId: string): Promise<{ status: string; nodes: Record<string, unknown> }> {
    const request = { execution_id: executionId };
    const answer = await this.call<{ status: string; completed_nodes_json: string }>('GetStatus', request);
    return { status: answer.status, nodes: JSON.parse(answer.completed_nodes_json) as Record<string, unknown> };
  }

  close(): void {
    this.stub.close();
  }
}

/** Node -> its dependencies, as the SDKs of Nexum 0.2 write it. */
export function oldWorkflow(workflowId: string, graph: Readonly<Record<string, readonly string[]>>): OldWorkflow {
  const nodes = Object.entries(graph).map(([id, dependencies]) => [id, { type: 'EFFECT', dependencies }] as const);
  return oldWorkflowOf(workflowId, Object.fromEntries(nodes));
}

/** Of nodes of any type, as the IR of Nexum 0.2 has them. */
export function oldWorkflowOf(workflowId: string, nodes: Readonly<Record<string, object>>): OldWorkflow {
  // The id makes the hash unique: two workflows of one shape would share it in Nexum 0.2.
  const ir_json = JSON.stringify({ nodes, name: workflowId });
  return {
    workflow_id: workflowId,
    version_hash: `sha256:${createHash('sha256').update(ir_json).digest('hex')}`,
    ir_json,
  };
}
