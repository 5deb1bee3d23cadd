/** Runs one attempt of one node: renders what the author wrote, calls the handler, checks what it returns. */
import { idempotencyKey as activationIdempotencyKey, REMOTE_WORKFLOW } from '../core/ids.js';
import type { AgentSpec, Json, JsonObject, NodeBehaviour, WorkflowIr } from '../core/ir.js';
import type { AttemptFailure } from '../core/retry.js';
import { nexumError } from '../errors.js';
import { attemptFailure, checkedOutput, nodeTimeout, renderAttempt, type RenderTemplate } from '../pipeline/attempt.js';
import type { ExpressionContext } from '../pipeline/expressions.js';
import type { ModelUsage } from '../rpc/generated/nexum/ModelUsage.js';
import type { PollResponse__Output } from '../rpc/generated/nexum/PollResponse.js';
import type { ThreadMessage__Output } from '../rpc/generated/nexum/ThreadMessage.js';
import { traceAttempt } from '../tracing/attempt-span.js';
import { askEdges, findAskedEdges, type EdgeAnswer } from './edge-conditions.js';
import type {
  DurableSession,
  HandlerContext,
  HandlerLog,
  HandlerMessage,
  HandlerTable,
  McpContext,
  ModelBudget,
} from './handler.js';
import { TaskBudget } from './task-budget.js';
import { readMcp } from './task-mcp.js';
import { maskSecrets, readSecrets, type SecretSource } from './task-secrets.js';

/** setTimeout counts in 32 bits and fires at once beyond them (24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

type Outcome =
  | { readonly ok: true; readonly outputJson: string; readonly conditions?: readonly EdgeAnswer[] }
  | ({ readonly ok: false } & AttemptFailure);

export type TaskResult = Outcome & {
  /** What its model calls have used; absent: it made none. */
  readonly usage?: readonly ModelUsage[];
  /** It ended because a model call was refused: the attempt is given back instead of failed. */
  readonly limited?: true;
};

export interface RunnerOptions {
  readonly workerId: string;
  readonly handlers: HandlerTable;
  readonly openSession: (task: PollResponse__Output, signal: AbortSignal) => DurableSession;
  readonly log: (task: PollResponse__Output) => HandlerLog;
  /** The expression language, loaded with the first node that uses it. */
  readonly expressions: () => Promise<{ renderTemplate: RenderTemplate }>;
  readonly secrets: SecretSource;
  /** Absent: model calls are not limited. */
  readonly openBudget?: (task: PollResponse__Output, ir: WorkflowIr) => TaskBudget;
}

/** For nodes that have nothing to render. */
const verbatim: RenderTemplate = (template) => template;

/** Never throws: whatever goes wrong is a result with the code and text that the execution will show. */
export function runTask(
  options: RunnerOptions,
  task: PollResponse__Output,
  ir: WorkflowIr,
  cancelled: AbortSignal,
): Promise<TaskResult> {
  const { workerId } = options;
  return traceAttempt({ ...task, workerId }, async () => {
    const budget = options.openBudget?.(task, ir) ?? new TaskBudget();
    const outcome = await runInTime({ ...options, budget }, task, ir, cancelled);
    // A handler that caught the refusal and came to an end all the same has ended.
    const limited = !outcome.ok && budget.isLimited && outcome.code !== 'NODE_TIMEOUT';
    const { usage } = budget;
    return { ...outcome, ...(usage.length > 0 ? { usage } : {}), ...(limited ? { limited } : {}) };
  });
}

type AttemptOptions = RunnerOptions & { readonly budget: ModelBudget };

async function runInTime(
  options: AttemptOptions,
  task: PollResponse__Output,
  ir: WorkflowIr,
  cancelled: AbortSignal,
): Promise<Outcome> {
  const behaviour = ir.nodes[task.nodeId]?.['x-nexum'] ?? {};
  const { timeoutMs } = behaviour;
  if (timeoutMs === undefined) return attempt(options, task, ir, behaviour, cancelled);
  const timeout = new AbortController();
  const signal = AbortSignal.any([cancelled, timeout.signal]);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => {
        const error = nodeTimeout(task.nodeId, timeoutMs);
        timeout.abort(error);
        resolve({ ok: false, ...attemptFailure(error) });
      },
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
  });
  try {
    return await Promise.race([attempt(options, task, ir, behaviour, signal), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(
  options: AttemptOptions,
  task: PollResponse__Output,
  ir: WorkflowIr,
  behaviour: NodeBehaviour,
  signal: AbortSignal,
): Promise<Outcome> {
  /** Values that must not show in the error. */
  let masked: Readonly<Record<string, string>> = {};
  // Before a text about something else than the handler of the node.
  let place = '';
  try {
    const name = behaviour.handler ?? task.nodeId;
    const handler = options.handlers.get(name);
    if (!handler) throw nexumError('UNKNOWN_HANDLER', `this worker has no handler ${name} (node ${task.nodeId})`);
    const asked = task.isMapSubtask ? [] : findAskedEdges(task.nodeId, behaviour.edges, options.handlers);
    const secrets = readSecrets(behaviour.secrets ?? [], options.secrets, task.nodeId);
    masked = secrets;
    const mcp = await readMcp(behaviour, ir, {
      secrets: options.secrets,
      node: task.nodeId,
      render: async () => {
        const { renderTemplate: fill } = await options.expressions();
        return (template, values) => fill(template, { ...expressionContext(task, {}, {}), secrets: values });
      },
    });
    masked = { ...secrets, ...mcp?.secrets };
    const asWritten = task.withJson ? { ...behaviour, with: JSON.parse(task.withJson) as JsonObject } : behaviour;
    const templates = asWritten.with !== undefined || behaviour.env !== undefined || behaviour.agent !== undefined;
    const renderTemplate = templates ? (await options.expressions()).renderTemplate : verbatim;
    const { input, context } = prepare(options, task, ir, {
      behaviour: asWritten,
      secrets,
      signal,
      renderTemplate,
      ...(mcp === undefined ? {} : { mcp: mcp.context }),
    });
    const output = await handler(input, context);
    const outputJson = checkedOutput(output, task.nodeId, behaviour.outputSchema);
    if (asked.length === 0) return { ok: true, outputJson };
    const conditions = await askEdges(asked, outputJson, context, (edge) => (place = `${edge}: `));
    return { ok: true, outputJson, conditions };
  } catch (error) {
    return { ok: false, ...attemptFailure(error, (text) => maskSecrets(place + text, masked)) };
  }
}

/** How the templates of one attempt are rendered. */
interface Rendering {
  readonly behaviour: NodeBehaviour;
  readonly secrets: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly renderTemplate: RenderTemplate;
  readonly mcp?: McpContext;
}

function prepare(
  options: AttemptOptions,
  task: PollResponse__Output,
  ir: WorkflowIr,
  { behaviour, secrets, signal, renderTemplate, mcp }: Rendering,
): { input: JsonObject; context: HandlerContext } {
  const envelope = JSON.parse(task.inputJson) as { input: Json; deps: JsonObject };
  const inputs = isObject(envelope.input) ? envelope.input : {};
  const expressions = expressionContext(task, inputs, envelope.deps);
  const { input, env, prompt = '' } = renderAttempt(behaviour, expressions, secrets, renderTemplate);
  const { agent } = behaviour;
  let session: DurableSession | undefined;
  const context: HandlerContext = {
    executionId: task.executionId,
    node: task.nodeId,
    iteration: task.iteration,
    attempt: task.attempt,
    idempotencyKey:
      task.idempotencyKey ||
      activationIdempotencyKey(task.executionId, { node: task.nodeId, iteration: task.iteration }, task.versionHash),
    signal,
    log: options.log(task),
    get session() {
      // Most handlers make no durable call; those that do pay for the session.
      session ??= options.openSession(task, signal);
      return session;
    },
    budget: options.budget,
    env,
    inputs,
    deps: envelope.deps,
    ...mapItem(task),
    ...(agent && ir.pipeline?.graph ? { messages: task.messages.map(spoken) } : {}),
    ...(mcp === undefined ? {} : { mcp }),
    ...(agent ? { agent: agentContext(agent, prompt, behaviour) } : {}),
  };
  if (task.workflowId === REMOTE_WORKFLOW) return { input: argumentsOf(inputs), context };
  return { input: ir.pipeline ? input : { input: envelope.input, deps: envelope.deps }, context };
}

/** Of a durable call that a session left to workers. */
function argumentsOf({ args = null }: JsonObject): JsonObject {
  return isObject(args) ? args : {};
}

function agentContext(
  spec: AgentSpec,
  prompt: string,
  { outputSchema, secrets = [] }: NodeBehaviour,
): NonNullable<HandlerContext['agent']> {
  return {
    spec,
    prompt,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(secrets.length === 0 ? {} : { holdsSecrets: true }),
  };
}

/** What one task of a MAP works on. */
function mapItem(task: PollResponse__Output): { readonly item?: Json; readonly index?: number } {
  return task.isMapSubtask ? { item: JSON.parse(task.mapItemJson) as Json, index: task.mapIndex } : {};
}

function spoken({ source, iteration, content }: ThreadMessage__Output): HandlerMessage {
  return { source, iteration, content };
}

function expressionContext(task: PollResponse__Output, inputs: JsonObject, deps: JsonObject): ExpressionContext {
  const status = new Map([
    ...task.skipped.map((id) => [id, 'SKIPPED'] as const),
    ...task.pending.map((id) => [id, 'PENDING'] as const),
  ]);
  const nodes: Record<string, { output: Json; status: string; error?: string }> = {};
  for (const [id, output] of Object.entries(deps)) {
    nodes[id] = { output, status: status.get(id) ?? 'COMPLETED' };
  }
  for (const { nodeId, errorMessage: error } of task.failed) nodes[nodeId] = { output: null, status: 'FAILED', error };
  return {
    inputs,
    nodes,
    run: { id: task.executionId, workflow: task.workflowId, version: task.versionHash },
    iteration: task.iteration,
    ...mapItem(task),
  };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
