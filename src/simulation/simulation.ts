/**
 * A pipeline run in memory: the decisions are those of the engine, the workers and people those of a script, the clock
 * jumps to whatever comes next. Equal workflows, inputs and scripts give equal histories, to the last id.
 */
import type { ChildEnd, DecisionEnvironment, Reply } from '../core/command.js';
import { isClosing, type ExecutionEvent } from '../core/event.js';
import { activationKey, isClosed, NEVER_MS, refOf, type ActivationRecord, type NodeRef } from '../core/execution.js';
import { formatExecutionId, type TaskRef } from '../core/ids.js';
import type { NodeBehaviour } from '../core/ir.js';
import type { Changes } from '../core/transition.js';
import type { Workflow } from '../core/workflow.js';
import { errorMessage } from '../errors.js';
import { attemptFailure, nodeTimeout, renderAttempt } from '../pipeline/attempt.js';
import { EXPRESSIONS } from '../pipeline/engine-expressions.js';
import { renderTemplate } from '../pipeline/expressions.js';
import { resolveInputJson } from '../pipeline/inputs.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import { Agenda } from './agenda.js';
import type { Resume } from './fixture.js';
import { missingIteration, resultOf, scriptOf, SimulationProblem, type Script, type ScriptedResult } from './script.js';
import { childEnd, endOf, scriptedAttempt, type ExecutionCommand } from './scripted-end.js';
import { SimulatedExecution } from './simulated-execution.js';

/** Decisions of one simulation: a pipeline that needs more does not end. */
const MAX_STEPS = 2_000_000;
const LEASE_MS = 30_000;
const WORKER = 'simulated';

type Of<K extends ExecutionEvent['kind']> = ExecutionEvent & { readonly kind: K };

/** Finds the workflows of child pipelines. Without a version: the only one that there is. */
export type FindWorkflow = (workflowId: string, versionHash: string | undefined) => Workflow | undefined;

export class Simulation {
  private readonly agenda = new Agenda();
  private readonly executions = new Map<string, SimulatedExecution>();
  /** What is still to be said when an execution is PAUSED. */
  private readonly resumes = new Map<SimulatedExecution, Resume[]>();
  private minted = 0;

  constructor(
    private nowMs: number,
    private readonly findWorkflow: FindWorkflow = () => undefined,
  ) {}

  /** @throws NexumError INVALID_INPUT; SimulationProblem */
  start(workflow: Workflow, inputJson: string, script: Script): SimulatedExecution {
    return this.begin(this.mintExecutionId(), workflow, inputJson, script);
  }

  cancelAt(execution: SimulatedExecution, afterMs: number): void {
    this.agenda.add(this.nowMs + afterMs, () => this.send(execution, { kind: 'cancel' }));
  }

  /** Without a time: as soon as it is PAUSED. */
  resumeAt(execution: SimulatedExecution, resume: Resume): void {
    const { afterMs } = resume;
    if (afterMs !== undefined) this.agenda.add(this.nowMs + afterMs, () => this.resume(execution, resume));
    else if (execution.execution?.status === 'PAUSED' && !this.resumes.has(execution)) {
      // A limit was reached in its very first moment.
      this.resumes.set(execution, []);
      this.agenda.add(this.nowMs, () => this.resume(execution, resume));
    } else this.resumes.set(execution, [...(this.resumes.get(execution) ?? []), resume]);
  }

  /**
   * Goes on until nothing can happen any more.
   * @throws SimulationProblem when something would have to happen about which the script says nothing
   */
  run(): void {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const entry = this.agenda.next();
      if (!entry) return;
      this.nowMs = Math.max(this.nowMs, entry.atMs);
      entry.act();
    }
    throw new SimulationProblem(`the pipeline does not end: ${MAX_STEPS} steps were not enough`);
  }

  /** What an execution that cannot go on waits for, as the ends of sentences. */
  waitsFor(execution: SimulatedExecution): string[] {
    return [...execution.activations()].flatMap((record) => {
      if (record.status !== 'WAITING' || record.waitsFor === 'items') return [];
      const child = this.executions.get(record.detail?.child ?? '');
      if (child) return this.waitsFor(child).map((what) => `${what} of the child pipeline of ${record.node}`);
      if (record.waitsFor === 'signal') return [`the signal ${record.detail?.signal ?? ''} at node ${record.node}`];
      return [`the ${record.waitsFor === 'approval' ? 'answer to' : 'end of'} node ${record.node}`];
    });
  }

  private begin(
    executionId: string,
    workflow: Workflow,
    inputJson: string,
    script: Script,
    parent?: NodeRef & { readonly executionId: string },
  ): SimulatedExecution {
    const input = resolveInputJson(workflow.ir.pipeline, inputJson);
    const execution = new SimulatedExecution(executionId, workflow, script, this.note);
    this.executions.set(executionId, execution);
    const extra = parent ? { extra: { parent } } : {};
    execution.send({ kind: 'start', executionId, input, ...extra }, this.environment());
    return execution;
  }

  private send(execution: SimulatedExecution, command: ExecutionCommand): Reply {
    return execution.send(command, this.environment());
  }

  private environment(): DecisionEnvironment {
    const { nowMs } = this;
    return { nowMs, random: 0, expressions: EXPRESSIONS, mintExecutionId: () => this.mintExecutionId() };
  }

  private mintExecutionId(): string {
    this.minted += 1;
    const bytes = new Uint8Array(10);
    new DataView(bytes.buffer).setUint32(6, this.minted);
    return formatExecutionId(this.nowMs, bytes);
  }

  /** What follows from a decision: tasks, timers, people, other executions. */
  private readonly note = (execution: SimulatedExecution, changes: Changes): void => {
    for (const record of changes.activations) {
      if (record.status === 'READY') this.agenda.add(record.readyAtMs, () => this.lease(execution, refOf(record)));
      if (record.status === 'WAITING') this.noteWaiting(execution, record);
    }
    for (const event of changes.events) {
      if (changes.outbox.includes(event.seq)) this.agenda.add(this.nowMs, () => this.carryOut(execution, event));
      const resume = event.kind === 'execution_paused' ? this.resumes.get(execution)?.shift() : undefined;
      if (resume) this.agenda.add(this.nowMs, () => this.resume(execution, resume));
    }
  };

  private resume(execution: SimulatedExecution, { path, message }: Resume): void {
    const said = message === undefined ? {} : { message };
    const reply = this.send(execution, { kind: 'resume', ...said });
    if (!reply.ok) throw new SimulationProblem(`the resume is refused: ${reply.message}`, path);
    if (reply.alreadyApplied && message === undefined)
      throw new SimulationProblem('there is nothing to resume: the execution is not PAUSED then', path);
  }

  /** An answer that comes at the very deadline counts. */
  private noteWaiting(execution: SimulatedExecution, record: ActivationRecord): void {
    const result = resultOf(scriptOf(execution.script, record), 1);
    const sinceMs = record.detail?.waitingSinceMs ?? this.nowMs;
    if (result && record.waitsFor === 'approval') {
      this.agenda.add(sinceMs + result.afterMs, () => this.answer(execution, record, result));
    } else if (result?.kind === 'signal' && record.waitsFor === 'signal') {
      const command = {
        kind: 'signal',
        name: record.detail?.signal ?? '',
        payload: JSON.stringify(result.payload),
      } as const;
      this.agenda.add(sinceMs + result.afterMs, () => {
        if (this.stillWaits(execution, record)) this.send(execution, command);
      });
    }
    if (record.readyAtMs < NEVER_MS)
      this.agenda.add(record.readyAtMs, () => this.send(execution, { kind: 'fire', ...refOf(record) }));
  }

  private stillWaits(execution: SimulatedExecution, { node, iteration, item }: NodeRef): boolean {
    return execution.activation(node, iteration, item)?.status === 'WAITING';
  }

  private answer(execution: SimulatedExecution, record: ActivationRecord, result: ScriptedResult): void {
    if (result.kind !== 'answer' || !this.stillWaits(execution, record)) return;
    const { node } = record;
    const { approvers } = execution.workflow.nodes.get(node)?.behaviour.approval ?? {};
    const { approved, comment, approver = approvers?.[0] ?? WORKER } = result;
    const form = JSON.stringify(result.form);
    let reply: Reply;
    try {
      reply = this.send(execution, { kind: 'answer', node, approved, approver, comment, form });
    } catch (error) {
      throw new SimulationProblem(`the answer to node ${node} is refused: ${errorMessage(error)}`, result.path);
    }
    if (!reply.ok) throw new SimulationProblem(`the answer to node ${node} is refused: ${reply.message}`, result.path);
  }

  private lease(execution: SimulatedExecution, ref: NodeRef): void {
    const { node, iteration, item } = ref;
    const behaviour = execution.workflow.nodes.get(node)?.behaviour ?? {};
    const before = execution.activation(node, iteration, item);
    const nonce = `${activationKey(node, iteration, item)}.${(before?.attempt ?? 0) + 1}`;
    const leaseMs = behaviour.heartbeatTimeoutMs ?? LEASE_MS;
    const reply = this.send(execution, { kind: 'lease', ...ref, workerId: WORKER, nonce, leaseMs });
    const record = execution.activation(node, iteration, item);
    // It was opened and cancelled before its turn came, or its turn came twice.
    if (!reply.ok || !record) return;
    const task: TaskRef = { executionId: execution.id, ...ref, attempt: record.attempt, nonce };
    try {
      const context = { ...execution.scope(ref, this.nowMs), iteration };
      const secrets = placeholders(behaviour.secrets);
      const inputs = isJsonMap(context.inputs) ? context.inputs : {};
      const rendered = renderAttempt(behaviour, { ...context, inputs }, secrets, renderTemplate);
      execution.rendered.set(activationKey(node, iteration, item), rendered);
    } catch (error) {
      this.send(execution, { kind: 'fail', task, failure: attemptFailure(error) });
      return;
    }
    this.attempt(execution, task, behaviour);
  }

  /** Notes how the attempt ends. */
  private attempt(execution: SimulatedExecution, task: TaskRef, behaviour: NodeBehaviour): void {
    const result = scriptedAttempt(execution.script, task);
    const { timeoutMs = Infinity } = behaviour;
    if (result.afterMs > timeoutMs) {
      const failure = attemptFailure(nodeTimeout(task.node, timeoutMs));
      this.agenda.add(this.nowMs + timeoutMs, () => this.send(execution, { kind: 'fail', task, failure }));
      return;
    }
    this.agenda.add(this.nowMs + result.afterMs, () => this.send(execution, endOf(result, task, behaviour)));
  }

  /** What the engine does about an event in other executions (engine/consequences.ts). */
  private carryOut(execution: SimulatedExecution, event: ExecutionEvent): void {
    if (isClosing(event)) this.tellParent(execution, event);
    else if (event.kind === 'node_waiting') this.startChild(execution, event);
    else if (event.kind === 'node_cancelled') {
      const child = this.executions.get(event.child ?? '');
      if (child) this.send(child, { kind: 'cancel', reason: `its parent ${execution.id} ended` });
    }
  }

  private startChild(parent: SimulatedExecution, event: Of<'node_waiting'>): void {
    const { node, child = '', childWorkflowId = '', childVersion, payload = 'null' } = event;
    const missing = missingIteration(parent.script, event);
    if (missing) throw missing;
    const script = scriptOf(parent.script, event);
    const result = resultOf(script, 1);
    const close = (end: ChildEnd): Reply => this.send(parent, { kind: 'child_closed', ...refOf(event), child, end });
    if (result) {
      this.agenda.add(this.nowMs + result.afterMs, () => close(childEnd(result)));
      return;
    }
    const workflow = this.findWorkflow(childWorkflowId, childVersion);
    if (!workflow)
      throw new SimulationProblem(
        `node ${node} starts the pipeline ${childWorkflowId}, whose file is not known here: give its \`output\` under \`nodes\``,
        script?.path,
      );
    try {
      this.begin(child, workflow, payload, script?.nodes ?? new Map(), { executionId: parent.id, ...refOf(event) });
    } catch (error) {
      if (error instanceof SimulationProblem) throw error;
      close({ status: 'FAILED', message: `it cannot start: ${errorMessage(error)}` });
    }
  }

  private tellParent(child: SimulatedExecution, event: ExecutionEvent): void {
    const { parent } = child.execution?.extra ?? {};
    const execution = this.executions.get(parent?.executionId ?? '');
    if (!parent || !execution || isClosed(execution.execution?.status ?? 'CANCELLED')) return;
    const end: ChildEnd =
      event.kind === 'execution_completed'
        ? { status: 'COMPLETED', output: event.payload }
        : event.kind === 'execution_failed'
          ? { status: 'FAILED', message: event.error.message }
          : { status: 'CANCELLED', message: 'CANCELLED' };
    this.send(execution, { kind: 'child_closed', ...refOf(parent), child: child.id, end });
  }
}

/** The values of secrets exist at workers only. */
function placeholders(names: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `<secret ${name}>`]));
}
