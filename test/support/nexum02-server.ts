/**
 * A server of the contract of Nexum 0.2 (test/fixtures/nexum-0.2.proto), in memory, with what that server does: tasks by
 * version hash alone, a lease of fixed length without a fence, three attempts. What it does not know is UNIMPLEMENTED.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type GrpcObject,
  type ServiceClientConstructor,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../fixtures/nexum-0.2.proto', import.meta.url));
const MAX_ATTEMPTS = 3;

interface Task {
  readonly taskId: string;
  readonly node: string;
  status: 'PENDING' | 'RUNNING' | 'DONE';
  expiresAtMs: number;
  failures: number;
}

interface Execution {
  readonly executionId: string;
  readonly workflowId: string;
  readonly versionHash: string;
  status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  readonly outputs: Record<string, unknown>;
  readonly tasks: Task[];
}

type Request = Readonly<Record<string, string>>;

export class Nexum02Server {
  /** Calls in the order of their arrival. */
  readonly calls: string[] = [];
  readonly executions: Execution[] = [];
  address = '';
  private readonly workflows = new Map<string, { workflowId: string; nodes: string[] }>();
  private readonly server = new Server();

  constructor(private readonly leaseMs = 60_000) {}

  static async start(leaseMs?: number): Promise<Nexum02Server> {
    const fake = new Nexum02Server(leaseMs);
    const definition = loadSync(PROTO, { keepCase: true, longs: Number, defaults: true });
    const { NexumService } = loadPackageDefinition(definition)['nexum'] as GrpcObject;
    fake.server.addService((NexumService as ServiceClientConstructor).service, fake.handlers());
    const port = await new Promise<number>((resolve, reject) => {
      fake.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    fake.address = `127.0.0.1:${port}`;
    return fake;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private handlers(): Record<string, UntypedHandleCall> {
    const answers: Record<string, (request: Request) => object> = {
      RegisterWorkflow: (request) => this.register(request),
      StartExecution: (request) => this.start(request),
      PollTask: (request) => this.poll(request),
      CompleteTask: ({ task_id: taskId = '', output_json: json = '' }) => this.complete(taskId, json),
      FailTask: ({ task_id: taskId = '' }) => this.fail(taskId),
      GetStatus: ({ execution_id: id }) => {
        const execution = this.executions.find(({ executionId }) => executionId === id);
        return { status: execution?.status ?? '', completed_nodes_json: JSON.stringify(execution?.outputs ?? {}) };
      },
      ListExecutions: (request) => this.list(request),
    };
    return Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [
        name,
        (call: { request: Request }, callback: (error: null, response: object) => void) => {
          this.calls.push(name);
          callback(null, answer(call.request));
        },
      ]),
    );
  }

  private register({ workflow_id: workflowId = '', version_hash: hash = '', ir_json: ir = '' }: Request): object {
    const { nodes } = JSON.parse(ir) as { nodes: object };
    const isNew = !this.workflows.has(hash);
    this.workflows.set(hash, { workflowId, nodes: Object.keys(nodes) });
    return { ok: true, compatibility: isNew ? 'NEW' : 'IDENTICAL' };
  }

  private start({ workflow_id: workflowId = '', version_hash: versionHash = '' }: Request): object {
    const nodes = this.workflows.get(versionHash)?.nodes ?? [];
    const executionId = `exec-${randomUUID()}`;
    const tasks = nodes.map((node): Task => ({
      taskId: `task-${randomUUID()}`,
      node,
      status: 'PENDING',
      expiresAtMs: 0,
      failures: 0,
    }));
    this.executions.push({ executionId, workflowId, versionHash, status: 'RUNNING', outputs: {}, tasks });
    return { execution_id: executionId };
  }

  private poll({ version_hash: versionHash }: Request): object {
    for (const execution of this.executions) {
      if (execution.versionHash !== versionHash || execution.status !== 'RUNNING') continue;
      const free = ({ status, expiresAtMs }: Task): boolean =>
        status === 'PENDING' || (status === 'RUNNING' && expiresAtMs <= Date.now());
      const task = execution.tasks.find(free);
      if (!task) continue;
      task.status = 'RUNNING';
      task.expiresAtMs = Date.now() + this.leaseMs;
      const { executionId } = execution;
      return { has_task: true, task_id: task.taskId, execution_id: executionId, node_id: task.node };
    }
    return { has_task: false };
  }

  private complete(taskId: string, json: string): object {
    const [execution, task] = this.find(taskId);
    if (!execution || !task) return { ok: false };
    task.status = 'DONE';
    execution.outputs[task.node] = JSON.parse(json) as unknown;
    if (execution.tasks.every(({ status }) => status === 'DONE')) execution.status = 'COMPLETED';
    return { ok: true };
  }

  private fail(taskId: string): object {
    const [execution, task] = this.find(taskId);
    if (!execution || !task) return { ok: false };
    task.failures += 1;
    task.status = 'PENDING';
    if (task.failures >= MAX_ATTEMPTS) execution.status = 'FAILED';
    return { ok: true };
  }

  private list({ workflow_id: workflowId, status, limit }: Request): object {
    const found = this.executions
      .filter((one) => one.workflowId === workflowId && (!status || one.status === status))
      .reverse()
      .slice(0, Number(limit) || 100);
    return {
      executions: found.map(({ executionId, status: state }) => ({ execution_id: executionId, status: state })),
    };
  }

  private find(taskId: string): [Execution | undefined, Task | undefined] {
    const execution = this.executions.find(({ tasks }) => tasks.some((task) => task.taskId === taskId));
    return [execution, execution?.tasks.find((task) => task.taskId === taskId)];
  }
}
